"""What people may ask the curation pages for."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import QueryDict

from rating.curation import names, queues
from rating.curation.queues import Wanted
from rating.curation.selections import Counted, Selection
from rating.models import Axis, CurationQueue, Verdict
from search import query
from search.curators import is_curator
from search.models import Sighting
from search.query import MAX_LENGTH, BadQuery

MOST_TAGS = 20
GONE = 0  # in place of the id of somebody whose account is gone
HOW_NAMES = "Of what is kept and not named by hand, from " + ", ".join(
    f"<code>{{{key}}}</code>" for key in names.PLACEHOLDERS
)


class QueueForm(forms.Form):
    name = forms.CharField(max_length=100, label="Name")
    is_shared = forms.BooleanField(required=False, label="All curators share it; what they reject goes to the trash")
    query = forms.CharField(
        required=False, max_length=MAX_LENGTH, strip=True, label="Which memes",
        help_text="A search, such as <code>source:reddit community:memes -type:video</code>. Empty: all of them.",
    )  # fmt: skip
    max_age_days = forms.IntegerField(required=False, min_value=1, max_value=36_500, label="At most so many days old")
    axis = forms.ModelChoiceField(Axis.objects.none(), label="By how much they are", empty_label=None)
    whose = forms.ChoiceField(label="By the taste of")
    best_percent = forms.FloatField(
        max_value=100, initial=5, label="The best so many percent of the library", help_text="More than 0, up to 100."
    )
    daily_limit = forms.IntegerField(min_value=1, max_value=100_000, initial=200, label="At most so many in a day")
    skips_duplicates = forms.BooleanField(required=False, initial=True, label="Leave out what may be a duplicate")
    collection = forms.CharField(
        required=False,
        max_length=200,
        label="Kept memes go to the collection",
        help_text="It is made if it is not there.",
    )
    tags = forms.CharField(required=False, max_length=1000, label="They get the tags", help_text="Separated by commas.")
    name_pattern = forms.CharField(required=False, max_length=200, label="They are called", help_text=HOW_NAMES)
    state = forms.ChoiceField(choices=CurationQueue.State.choices, initial=CurationQueue.State.ACTIVE, label="State")

    def __init__(self, data: QueryDict | None, by: User, queue: CurationQueue | None = None) -> None:
        super().__init__(data, initial=_initial(queue, by) if queue else None)
        self.fields["axis"].queryset = Axis.objects.in_use()  # type: ignore[attr-defined]  # of a ModelChoiceField
        self.fields["whose"].choices = queues.tastes_for(by, queue)  # type: ignore[attr-defined]  # of a ChoiceField
        if queue is not None or not is_curator(by):
            del self.fields["is_shared"]
        if queue is None:
            del self.fields["state"]

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_query(self) -> str:
        try:
            return query.to_text(query.parse(str(self.cleaned_data["query"])))
        except BadQuery as error:
            raise forms.ValidationError(str(error)) from error

    def clean_best_percent(self) -> float:
        percent = float(self.cleaned_data["best_percent"])
        if not 0 < percent <= 100:  # neither is what is not a number
            raise forms.ValidationError("A share is more than 0 and at most 100 percent.")
        return percent

    def clean_tags(self) -> list[str]:
        found = list(dict.fromkeys(" ".join(tag.split()) for tag in str(self.cleaned_data["tags"]).split(",")))
        found = [tag for tag in found if tag]
        if len(found) > MOST_TAGS or any(len(tag) > 100 for tag in found):
            raise forms.ValidationError(f"At most {MOST_TAGS} tags of at most 100 characters.")
        return found

    def clean_name_pattern(self) -> str:
        pattern = str(self.cleaned_data["name_pattern"])
        unknown = names.unknown_placeholder(pattern)
        if unknown:
            raise forms.ValidationError(f"Nothing is called {{{unknown}}} here.")
        return pattern

    def wanted(self) -> Wanted:
        given = self.cleaned_data
        kept = ("query", "max_age_days", "daily_limit", "skips_duplicates", "tags", "name_pattern", "state")
        return Wanted(
            given["name"],
            given["axis"],
            given["whose"],
            given["best_percent"],
            bool(given.get("is_shared")),
            " ".join(given["collection"].split()),
            {name: given[name] for name in kept if name in given},
        )


def _initial(queue: CurationQueue, by: User) -> dict[str, Any]:
    fields = (
        "name",
        "query",
        "max_age_days",
        "axis",
        "best_percent",
        "daily_limit",
        "skips_duplicates",
        "name_pattern",
        "state",
    )
    found = {name: getattr(queue, name) for name in fields}
    return {
        **found,
        "whose": queues.whose(queue, by),
        "collection": str(queue.collection or ""),
        "tags": ", ".join(queue.tags),
    }


class VerdictForm(forms.Form):
    """A verdict from the page itself, where no script sends it."""

    item = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    key = forms.UUIDField()
    outcome = forms.ChoiceField(choices=Verdict.Outcome.choices)
    name = forms.CharField(required=False)


class UndoForm(forms.Form):
    """Which decision is taken back; not `key`, which names the one that a page is about to make."""

    undoes = forms.UUIDField(required=False)


class WhichForm(forms.Form):
    """Which of those that wait: filters of a search, and at least so good. Junk in the address is left out, not an error."""

    q = forms.CharField(required=False, max_length=MAX_LENGTH)
    least_percentile = forms.FloatField(required=False, min_value=0, max_value=100)

    def selection(self) -> Selection:
        self.is_valid()
        given = self.cleaned_data
        return Selection(q=given.get("q") or "", least_percentile=given.get("least_percentile") or 0.0)


class ManyForm(WhichForm):
    """A decision about some that were picked, or about all that were counted."""

    is_all = forms.BooleanField(required=False)
    up_to = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    count = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    key = forms.UUIDField()
    outcome = forms.ChoiceField(choices=Verdict.Outcome.choices)

    def selection(self) -> Selection:
        given = self.cleaned_data
        return replace(super().selection(), counted=Counted(given.get("count") or 0, given.get("up_to") or 0))

    def picked(self) -> list[int]:
        """The ids that were ticked; what is no id names nothing."""
        ticked = self.data.getlist("item") if isinstance(self.data, QueryDict) else []
        return [int(text) for text in ticked if text.isascii() and text.isdigit() and len(text) < 19]


class VerdictsForm(forms.Form):
    """Which verdicts are listed. Junk in the address is left out, not an error."""

    queue = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    by = forms.IntegerField(required=False, min_value=GONE, max_value=2**31 - 1)
    outcome = forms.ChoiceField(required=False, choices=Verdict.Outcome.choices)
    day = forms.DateField(required=False)
    source = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    least = forms.FloatField(required=False, min_value=0, max_value=100)
    most = forms.FloatField(required=False, min_value=0, max_value=100)

    def told(self) -> dict[str, Any]:
        """What is asked for, without what is not."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def condition(self) -> Q:
        asked = self.told()
        found = Q() if asked.get("outcome") else ~Q(outcome=Verdict.Outcome.SKIP)
        for name, lookup in LOOKUPS.items():
            if name in asked:
                found &= Q(**{lookup: None if (name, asked[name]) == ("by", GONE) else asked[name]})
        if "source" in asked:
            found &= Q(item__meme__in=Sighting.objects.filter(source=asked["source"]).values("meme"))
        return found


LOOKUPS = {
    "queue": "item__queue",
    "by": "by",
    "outcome": "outcome",
    "day": "decided_at__date",
    "least": "percentile__gte",
    "most": "percentile__lte",
}
