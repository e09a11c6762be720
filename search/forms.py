"""What people may ask the pages for."""

from typing import Any

from django import forms

from search.models import Preference
from search.retrieval import MAX_DEPTH


class SearchForm(forms.Form):
    """Which part of the results to show. Junk in the address means the beginning of all of them, not an error."""

    offset = forms.IntegerField(required=False, min_value=0, max_value=MAX_DEPTH)
    key = forms.RegexField(r"^[0-9a-f]{16}$", required=False)
    alike = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def beginning(self) -> int:
        self.is_valid()
        return self.cleaned_data.get("offset") or 0

    def within(self) -> tuple[str, int | None]:
        """The kept ranking that a page belongs to, and the meme whose group alone is wanted."""
        self.is_valid()
        return self.cleaned_data.get("key") or "", self.cleaned_data.get("alike")


class PictureForm(forms.Form):
    """A picture to search with: a file or, where the site fetches them, an address; and the words beside it."""

    file = forms.FileField(required=False, allow_empty_file=True)
    address = forms.URLField(required=False, max_length=1500, assume_scheme="https")
    q = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors and given.get("file") is None and not given.get("address"):
            raise forms.ValidationError("Choose a picture first.")
        return given


class IdsForm(forms.Form):
    """A list of meme ids, `1,2,3`."""

    MAX_IDS = 200

    ids = forms.RegexField(r"^\d{1,18}(,\d{1,18})*$")

    def clean_ids(self) -> list[int]:
        ids = [int(part) for part in self.cleaned_data["ids"].split(",")]
        if len(ids) > self.MAX_IDS:
            raise forms.ValidationError(f"At most {self.MAX_IDS} memes at once.")
        return ids


class NewestForm(forms.Form):
    """The newest meme a page shows."""

    newest = forms.IntegerField(required=False, min_value=0)


class UploadForm(forms.Form):
    private = forms.BooleanField(required=False)
    anyway = forms.BooleanField(required=False)


class PreferencesForm(forms.Form):
    nsfw = forms.ChoiceField(choices=Preference.Nsfw.choices)
    lends_searches = forms.BooleanField(required=False)


class ConceptsForm(forms.Form):
    """Which concepts to list. Junk in the address means the beginning of all of them, not an error."""

    q = forms.CharField(required=False, max_length=100)
    order = forms.ChoiceField(required=False, choices=[("frequency", "frequency"), ("name", "name")])
    after = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    hidden = forms.BooleanField(required=False)

    def asked(self) -> dict[str, Any]:
        self.is_valid()
        known = self.cleaned_data
        return {
            "q": known.get("q") or "",
            "order": known.get("order") or "frequency",
            "after": known.get("after"),
            "hidden": bool(known.get("hidden")),
        }


def first_error(form: forms.Form) -> str:
    messages: Any = next(iter(form.errors.values()))
    return str(messages[0])
