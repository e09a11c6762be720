"""What people may ask the rating pages for."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from rating.models import Axis, BlindSheet, Comparison
from rating.policies import DEFAULT, LABELS, POLICIES
from search.query import MAX_LENGTH

MODES = (("pairs", "Two"), ("fours", "Best of four"))
# Those that answer all rows at once.
NON_ANSWERS = (
    (Comparison.Outcome.SKIP, "Skip", "neither says anything"),
    (Comparison.Outcome.BOTH_BAD, "Both bad", "I want neither"),
    (Comparison.Outcome.CANT_JUDGE, "Can't judge", "I do not understand one of them"),
)


class WantedForm(forms.Form):
    """What is asked about: axes, mode, policy and a search. Junk in the address is left out, not an error."""

    axis = forms.MultipleChoiceField(required=False)
    mode = forms.ChoiceField(choices=MODES, required=False)
    policy = forms.ChoiceField(choices=list(LABELS.items()), required=False)
    q = forms.CharField(required=False, max_length=MAX_LENGTH)

    def __init__(self, data: QueryDict | MultiValueDict[str, Any], axes: Sequence[Axis]) -> None:
        super().__init__(data)
        self.axes = axes
        self.is_valid()

    def clean_q(self) -> str:
        return str(self.cleaned_data["q"]).strip()

    def wanted(self, kept: dict[str, Any]) -> dict[str, Any]:
        """What was asked, filled up with what was `kept` from the last time: names of axes, mode and policy."""
        names = [axis.name for axis in self.axes]
        chosen = self.data.getlist("axis") if isinstance(self.data, MultiValueDict) else []
        asked = [name for name in names if name in chosen] or [name for name in names if name in kept.get("axes", [])]
        return {
            "axes": asked or names[:1],
            "mode": self.cleaned_data.get("mode") or _known(kept.get("mode"), dict(MODES), "pairs"),
            "policy": self.cleaned_data.get("policy") or _known(kept.get("policy"), POLICIES, DEFAULT),
        }

    def query(self) -> str:
        return str(self.cleaned_data.get("q") or "")


def _known(value: Any, known: Any, default: str) -> str:
    return value if isinstance(value, str) and value in known else default


class AnswerForm(forms.Form):
    """An answer from the page itself: the rows, or a button that answers all of them."""

    token = forms.UUIDField()
    key = forms.UUIDField()
    all = forms.ChoiceField(choices=[(value, label) for value, label, _ in NON_ANSWERS], required=False)

    def __init__(self, data: QueryDict, axes: Sequence[Axis], mode: str) -> None:
        super().__init__(data)
        for axis in axes:
            self.fields[f"axis-{axis.pk}"] = (
                forms.ChoiceField(choices=Comparison.Outcome.choices, required=False)
                if mode == "pairs"
                else forms.TypedChoiceField(
                    choices=[(str(place), "") for place in range(5)], coerce=int, empty_value=None, required=False
                )
            )
        self.axes, self.mode = axes, mode

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        rows = {axis.pk: found.get(f"axis-{axis.pk}") for axis in self.axes}
        if found.get("all"):
            rest = found["all"] if self.mode == "pairs" else None
            rows = {pk: rest if said in (None, "") else said for pk, said in rows.items()}
        elif any(said in (None, "") for said in rows.values()):
            raise forms.ValidationError("Answer every row, or skip.")
        return {**found, "rows": rows}


class ProposalForm(forms.Form):
    name = forms.CharField(max_length=40, label="Name", help_text="One word, such as <em>funny</em>.")
    question = forms.CharField(max_length=200, label="Question", help_text="As it is asked: <em>Which is funnier?</em>")

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class ImportForm(forms.Form):
    file = forms.FileField(allow_empty_file=True)


class ForgetForm(forms.Form):
    """Typing one's name, because this cannot be undone."""

    username = forms.CharField()

    def __init__(self, data: QueryDict | None, username: str) -> None:
        super().__init__(data)
        self.expected = username

    def clean_username(self) -> str:
        typed = str(self.cleaned_data["username"]).strip()
        if typed != self.expected:
            raise forms.ValidationError("This is not your name: nothing was deleted.")
        return typed


class CorrectionForm(forms.Form):
    meme = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    is_loved = forms.BooleanField(required=False)
    key = forms.UUIDField()


class TakenBackForm(forms.Form):
    key = forms.UUIDField()


class ShareForm(forms.Form):
    is_shared = forms.BooleanField(required=False)


class EvaluatedForm(forms.Form):
    """Whose taste is looked at, one's own without a name; of networks which version."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    owner = forms.CharField(max_length=150, required=False)


class SheetForm(forms.Form):
    per_part = forms.IntegerField(
        min_value=1,
        max_value=BlindSheet.MOST,
        label="Memes of each tenth of the library",
        help_text="Ten make a sheet of a hundred; more make the curve surer.",
    )


class MovedForm(forms.Form):
    """Between which two versions memes moved."""

    before = forms.TypedChoiceField(coerce=int, label="From version")
    after = forms.TypedChoiceField(coerce=int, label="To version")

    def __init__(self, data: QueryDict | None, versions: Sequence[int]) -> None:
        super().__init__(data, initial={"before": versions[1], "after": versions[0]} if len(versions) > 1 else None)
        for field in self.fields.values():
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(version, str(version)) for version in versions]
