"""What the forms of all kinds of sources have in common: a name and a schedule."""

from typing import Any

from celery.schedules import ParseException
from django import forms

from ingestion.models import Subscription
from ingestion.scheduling import check_crontab
from ingestion.subscriptions import Wanted
from search.models import Source

Mode = Subscription.Mode
MODES = (
    (Mode.ADAPTIVE, "As often as it posts"),
    (Mode.INTERVAL, "At even intervals"),
    (Mode.CRONTAB, "At fixed times"),
    (Mode.MANUAL, "Only when somebody asks"),
)
# Minutes and their names; a source is asked at most every five, at least every four weeks.
INTERVALS = (
    (5, "5 minutes"), (15, "15 minutes"), (30, "30 minutes"), (60, "hour"), (120, "2 hours"), (240, "4 hours"),
    (480, "8 hours"), (720, "12 hours"), (1440, "day"), (2880, "2 days"), (10_080, "week"), (40_320, "4 weeks"),
)  # fmt: skip
NOT_SO = "Five fields with spaces between: minute, hour, day, month, weekday, such as 0 6 * * 1-5."


def _interval(label: str, initial: int) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=INTERVALS, coerce=int, initial=initial)


class SourceForm(forms.Form):
    """What all kinds have in common: `label` and `hint` are how the page offers one, `source` is what is to be changed."""

    kind: Source.Kind
    label: str
    hint: str

    name = forms.CharField(required=False, max_length=200, help_text="If you leave it empty, one is made up.")
    mode = forms.ChoiceField(label="Look for new ones", choices=MODES, initial=Mode.ADAPTIVE, widget=forms.RadioSelect)
    every_min = _interval("Every", 60)
    least_min = _interval("At most every", 15)
    most_min = _interval("At least every", 1440)
    crontab = forms.CharField(label="Times", required=False, max_length=100, help_text=NOT_SO)

    SCHEDULE = ("mode", "every_min", "least_min", "most_min", "crontab")

    def __init__(self, data: Any = None, *, source: Source | None = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial if source is None else initial_of(source, self.shown(source)))
        self.source = source

    def own_fields(self) -> list[forms.BoundField]:
        """Those of its kind, and the name."""
        names = [name for name in self.fields if name not in (*self.SCHEDULE, "name")]
        return [self[name] for name in (*names, "name")]

    def clean_crontab(self) -> str:
        text = " ".join(self.cleaned_data["crontab"].split())
        if not text and self.data.get("mode") != Mode.CRONTAB:
            return ""
        try:
            check_crontab(text)
        except (ParseException, ValueError) as error:
            raise forms.ValidationError(NOT_SO) from error
        return text

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("least_min") and given.get("most_min") and given["least_min"] > given["most_min"]:
            self.add_error("most_min", "This has to be the longer of the two.")
        return given

    def wanted(self) -> Wanted:
        """Of a valid form."""
        given = self.cleaned_data
        return Wanted(
            self.kind,
            self.root(),
            given["name"].strip() or self.made_up_name()[:200],
            self.options(),
            **{name: given[name] for name in self.SCHEDULE},
        )

    @staticmethod
    def shown(source: Source) -> dict[str, Any]:
        """What fields show that does not stand in the options."""
        return {}

    # Each kind of source below says what it is, what it is read with, and what to call it where nobody does.
    def root(self) -> str:
        raise NotImplementedError  # a form of no kind is never shown

    def options(self) -> dict[str, Any]:
        raise NotImplementedError  # each kind says what it is read with

    def made_up_name(self) -> str:
        raise NotImplementedError  # each kind says how its source is called


def initial_of(source: Source, shown: dict[str, Any]) -> dict[str, Any]:
    """What the form of a source says before anybody changes it; `shown` is what is its kind's alone."""
    subscription = Subscription.objects.get_or_create(source=source)[0]
    schedule = {name: getattr(subscription, name) for name in SourceForm.SCHEDULE}
    return {"name": source.name, **schedule, **subscription.options, **shown}
