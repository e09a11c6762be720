"""The forms of sources that lie on the machine that the site runs on: folders and dumps."""

import os
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings

from ingestion.crawlers.base import SourceGone
from ingestion.crawlers.dump_parts import check
from ingestion.source_form import SourceForm
from search.locators import encode_path, readable
from search.models import EmbeddingSpace, Source


def allowed_path(text: str, source: Source | None) -> Path:
    """What curators may name: it lies where whoever runs the site has said so. Raises ValidationError."""
    real = Path(os.path.realpath(text.strip()))
    if source is not None and encode_path(real) == source.root:
        return real  # whoever runs the site chose it
    if any(real.is_relative_to(os.path.realpath(own)) for own in (settings.DATA_DIR, settings.MEDIA_DIR)):
        raise forms.ValidationError("The site keeps its own files there, and some of them are private.")
    roots = [Path(os.path.realpath(root)) for root in settings.FOLDERS]
    if not any(real.is_relative_to(root) for root in roots):
        named = ", ".join(settings.FOLDERS)
        raise forms.ValidationError(
            f"Folders have to lie below {named}."
            if named
            else "Whoever runs the site has to say in MSE_FOLDERS below which folders others may lie."
        )
    return real


class LocalForm(SourceForm):
    """What lies at a path of this machine."""

    path = forms.CharField(max_length=2000)

    def clean_path(self) -> str:
        real = allowed_path(self.cleaned_data["path"], self.source)
        is_known = self.source is not None and encode_path(real) == self.source.root
        if not is_known and not self.is_there(real):
            raise forms.ValidationError(self.not_there)
        return str(real)

    not_there = "There is no such folder, or it cannot be read."

    @staticmethod
    def is_there(path: Path) -> bool:
        return path.is_dir()

    @staticmethod
    def shown(source: Source) -> dict[str, Any]:
        return {"path": readable(source.root)}

    def root(self) -> str:
        return encode_path(self.cleaned_data["path"])

    def made_up_name(self) -> str:
        return readable(encode_path(Path(self.cleaned_data["path"]).name or self.cleaned_data["path"]))


class FolderForm(LocalForm):
    kind = Source.Kind.FOLDER
    label, hint = "Folder", "Of the machine that the site runs on. Its files stay where they are."

    path = forms.CharField(max_length=2000, help_text="It is watched, and looked through again at the times below.")

    def options(self) -> dict[str, Any]:
        return {}


def spaces() -> list[tuple[int, str]]:
    found = EmbeddingSpace.objects.exclude(state=EmbeddingSpace.State.RETIRED).order_by("state", "pk")
    return [(space.pk, f"{space.name}, {space.dims} numbers") for space in found]


class DumpForm(LocalForm):
    kind = Source.Kind.DUMP
    label, hint = "Dump", "Many posts at once, with vectors that the encoder of this site has made elsewhere."

    path = forms.CharField(
        label="Folder or file", max_length=2000,
        help_text="With img_emb/img_emb_0.npy and metadata/metadata_0.parquet in it, or records that end in .msgpack.zst.",
    )  # fmt: skip
    space = forms.TypedChoiceField(
        label="Encoder of its vectors", choices=spaces, coerce=int,
        help_text="Exactly this one: vectors of another one of the same length would be found by chance.",
    )  # fmt: skip
    fetches_pictures = forms.BooleanField(
        label="Fetch the pictures too, one after the other", required=False, initial=True,
    )  # fmt: skip

    not_there = "There is no such folder or file, or it cannot be read."

    @staticmethod
    def is_there(path: Path) -> bool:
        return path.is_dir() or path.is_file()

    def clean_path(self) -> str:
        path = super().clean_path()
        try:
            check(Path(path))
        except SourceGone as error:
            raise forms.ValidationError(str(error)) from error
        return path

    def options(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("space", "fetches_pictures")}
