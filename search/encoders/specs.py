"""The grammar of MSE_ENCODER: which encoder is meant, checked without loading anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from search.encoders.base import EncoderError

Origin = Literal["tag", "hf-hub", "local-dir"]

FORMS = "lite, openclip:MODEL:PRETRAINED, openclip:hf-hub:OWNER/REPO or openclip:local-dir:PATH"

_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_MODEL = re.compile(r"[\w./-]+")
_TAG = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class OpenClipSpec:
    """Where an OpenCLIP model comes from: a pretrained tag of a known model, a hub repository or a folder."""

    origin: Origin
    source: str
    tag: str = ""


def parse(spec: str) -> OpenClipSpec | None:
    """Return what an ``openclip:`` spec names, None for ``lite``; raise EncoderError for anything else."""
    if spec == "lite":
        return None
    kind, _, rest = spec.partition(":")
    if kind != "openclip":
        raise EncoderError(f"There is no encoder called {spec!r}. Use {FORMS}.")
    source, _, tag = rest.partition(":")
    if source == "local-dir" and tag.strip() and "\0" not in tag:
        return OpenClipSpec("local-dir", tag)
    if source == "hf-hub" and _REPO.fullmatch(tag):
        return OpenClipSpec("hf-hub", tag)
    if source not in ("local-dir", "hf-hub") and _MODEL.fullmatch(source) and _TAG.fullmatch(tag):
        return OpenClipSpec("tag", source, tag)
    raise EncoderError(f"The encoder {spec!r} is incomplete or misspelt. Use {FORMS}.")
