"""The grammar of MSE_ENCODER: which encoder is meant, checked without loading anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from search.encoders.base import EncoderError

Origin = Literal["tag", "hf-hub", "local-dir"]
Runtime = Literal["torch", "int8"]

FORMS = (
    "lite, openclip:MODEL:PRETRAINED, openclip:hf-hub:OWNER/REPO or openclip:local-dir:PATH, "
    "the last three also with openclip-int8:, or remote:http://HOST:PORT"
)
REMOTE = "remote:"
KINDS: dict[str, Runtime] = {"openclip": "torch", "openclip-int8": "int8"}

_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_MODEL = re.compile(r"[\w./-]+")
_TAG = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class OpenClipSpec:
    """Where an OpenCLIP model comes from (a tag of a known model, a hub repository or a folder), and what runs it."""

    origin: Origin
    source: str
    tag: str = ""
    runtime: Runtime = "torch"


def parse(spec: str) -> OpenClipSpec | None:
    """Return the model that ``spec`` names and what runs it, None for ``lite`` and for the address of another machine's
    encoder; raise EncoderError for anything else."""
    if spec == "lite" or remote_url(spec):
        return None
    kind, _, rest = spec.partition(":")
    runtime = KINDS.get(kind)
    if runtime is None:
        raise EncoderError(f"There is no encoder called {spec!r}. Use {FORMS}.")
    source, _, tag = rest.partition(":")
    if source == "local-dir" and tag.strip() and "\0" not in tag:
        return OpenClipSpec("local-dir", tag, runtime=runtime)
    if source == "hf-hub" and _REPO.fullmatch(tag):
        return OpenClipSpec("hf-hub", tag, runtime=runtime)
    if source not in ("local-dir", "hf-hub") and _MODEL.fullmatch(source) and _TAG.fullmatch(tag):
        return OpenClipSpec("tag", source, tag, runtime)
    raise EncoderError(f"The encoder {spec!r} is incomplete or misspelt. Use {FORMS}.")


def remote_url(spec: str) -> str:
    """The address, without a slash at its end, of the encoder that ``spec`` names; "" when it names one of this machine.

    Raise EncoderError for what cannot be an address, and for one with a password: it is kept and shown with the vectors.
    """
    if not spec.startswith(REMOTE):
        return ""
    url = spec.removeprefix(REMOTE).rstrip("/")
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that make no sense
        is_whole = False
    if not is_whole or re.search(r"[\s?#@\x00-\x1f]", url):
        raise EncoderError(f"The encoder {spec!r} is incomplete or misspelt. Use {FORMS}.")
    return url
