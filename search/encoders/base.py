"""What every encoder promises: texts and pictures in, unit vectors of one space out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

Vectors = npt.NDArray[np.float32]


class EncoderError(Exception):
    """An encoder that cannot be had, as a sentence the person who configured it understands."""


class EncoderAway(EncoderError):
    """An encoder on another machine that is not there now: what it was asked was not tried, and may be again later."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture and the words found in it.

    ``image`` is RGB and of any size, normally a 512 px thumbnail. ``text`` is read only by encoders whose
    ``reads_text`` is true.
    """

    image: Image.Image
    text: str = ""


class Encoder(Protocol):
    """Maps texts and pictures into one space, where a dot product says how well they go together.

    The same input always gives the same vector, however inputs are batched, up to float32 rounding. Every row
    has length one and no row holds a NaN, whatever the input; no input gives ``(0, dims)``.
    """

    @property
    def spec(self) -> str:
        """What asked for this encoder, such as ``lite`` or ``openclip:local-dir:/models/clip``."""

    @property
    def name(self) -> str:
        """A short name for people."""

    @property
    def revision(self) -> str:
        """Changes exactly when the vectors would: the algorithm's version, or a hash of weights and configuration."""

    @property
    def dims(self) -> int:
        """The length of a vector."""

    @property
    def reads_text(self) -> bool:
        """Whether a picture's vector depends on the words found in it, so that reading them has to come first."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return float32 ``(len(texts), dims)`` with rows of length one."""

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Return float32 ``(len(pictures), dims)`` with rows of length one."""
