"""What a query is made of, what the sidecar answers, and how it says that a query makes no sense."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TextTerm:
    text: str
    weight: float = 1.0


@dataclass(frozen=True)
class PictureTerm:
    data: bytes  # an encoded file, as it was uploaded
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class VectorTerm:
    vector: npt.NDArray[np.floating]  # (dims,) of the active space; need not be normalised
    weight: float = 1.0


@dataclass(frozen=True)
class MemeTerm:
    meme_id: int
    weight: float = 1.0


Term = TextTerm | PictureTerm | VectorTerm | MemeTerm


class BadTerm(Exception):
    """A term, or the sum of them, cannot be searched with; `position` counts from 0, None means the whole query."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class UnknownMeme(BadTerm):
    """The meme is not in the index: it has no vector in this space yet, or is not searchable any more."""


class SidecarAway(Exception):
    """No answer can be had from the sidecar now; ask Postgres instead."""


@dataclass(frozen=True)
class Background:
    """How a query scores with a sample of everything: what chance alone brings up. Cosines."""

    centre: float
    spread: float  # one standard deviation of chance above the centre
    sampled: int  # vectors that were looked at
    total: int  # memes in the index


@dataclass(frozen=True, eq=False)
class Found:
    """Unique memes, best first; scores are cosine similarities to the summed query."""

    ids: Ids
    scores: Vector
    space_id: int
    took_ms: float  # inside the sidecar
    background: Background | None = None  # if it was asked for


@dataclass(frozen=True, eq=False)
class Encoded:
    vector: Vector  # (dims,), unit norm
    space_id: int


@dataclass(frozen=True)
class Health:
    """`waiting`: no embedding space is active yet. `starting`: the first index is being loaded."""

    state: Literal["starting", "ready", "waiting"]
    space_id: int | None = None
    encoder: str = ""
    revision: str = ""  # of the encoder that answers text and pictures
    dims: int = 0
    vectors: int = 0
    memes: int = 0
    loading: float | None = None  # share of an index that is being loaded, 0 to 1; None: nothing is
    tuning: float | None = None  # share of a change of the index' form that is done; None: none is under way
    is_exact: bool = True  # every search looks at every vector; else at codes first
    sampled_recall: float | None = None  # as measured last, against an exact search; None: not yet
    followed: bool = False  # connected to Postgres and listening
    lag_s: float | None = None  # how far the index may be behind Postgres; None: it never was level
    note: str = ""  # what is wrong, if something is
    pid: int = 0
    uptime_s: float = 0.0
