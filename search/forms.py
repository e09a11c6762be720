"""What people may ask the pages for."""

from typing import Any

from django import forms

from search.retrieval import MAX_DEPTH


class SearchForm(forms.Form):
    """The box, and how far down the results to begin. Junk in the address means the beginning, not an error."""

    q = forms.CharField(required=False, strip=False)
    offset = forms.IntegerField(required=False, min_value=0, max_value=MAX_DEPTH)

    def asked(self) -> tuple[str, int]:
        """The query as it was typed, and the offset."""
        self.is_valid()
        text = self.data.get("q", "")
        return text, self.cleaned_data.get("offset") or 0


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

    def is_private(self) -> bool:
        self.is_valid()
        return bool(self.cleaned_data.get("private"))


def first_error(form: forms.Form) -> str:
    messages: Any = next(iter(form.errors.values()))
    return str(messages[0])
