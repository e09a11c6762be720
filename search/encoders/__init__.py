"""Encoders by name: what MSE_ENCODER says becomes the thing that turns texts and pictures into vectors.

Importing this package loads neither torch nor a model, so that the web process may.
"""

from __future__ import annotations

from pathlib import Path

from search.encoders.base import Encoder, EncoderAway, EncoderError, Picture
from search.encoders.specs import parse, remote_url

__all__ = ["Encoder", "EncoderAway", "EncoderError", "Picture", "check_spec", "load"]


def check_spec(spec: str) -> None:
    """Raise EncoderError unless ``spec`` is well formed; whether the model exists shows only in ``load``."""
    parse(spec)


def load(spec: str, *, device: str = "auto", threads: int | None = None, folder: Path | None = None) -> Encoder:
    """Return the encoder ``spec`` names, ready to use, or raise EncoderError saying what is wrong.

    ``device`` is ``auto`` (a CUDA GPU when there is one), ``cpu``, ``cuda`` or ``cuda:N``; ``threads`` caps the CPU
    threads of this whole process. What ``openclip-int8:`` makes of a model, always for the CPU, is kept in ``folder``.
    None of them matters to ``lite`` and ``remote:``. Loading again gives another encoder of the same space.
    """
    openclip = parse(spec)
    if url := remote_url(spec):
        from search.encoders.remote import RemoteEncoder

        return RemoteEncoder(url, spec=spec)
    if openclip is None:
        from search.encoders.lite import LiteEncoder

        return LiteEncoder()
    if openclip.runtime == "int8":
        from search.encoders.int8 import load_int8

        return load_int8(openclip, spec=spec, folder=folder, threads=threads)
    from search.encoders.openclip import load_openclip

    return load_openclip(openclip, spec=spec, device=device, threads=threads)
