"""From the terms of a query to a vector, and from there to memes, in whichever space is served now."""

import math
import time
from collections.abc import Collection, Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt

from search.encoders import Picture
from search.media import BadMedia, Limits, load
from search.sidecar.allowed import Allowed
from search.sidecar.served import Served
from search.sidecar.terms import (
    BadTerm,
    Encoded,
    Found,
    MemeTerm,
    PictureTerm,
    Term,
    TextTerm,
    UnknownMeme,
    Vector,
    VectorTerm,
)

MOST_TERMS = 256
LONGEST_TEXT_CHARS = 10_000
LARGEST_WEIGHT = 1000.0
PICTURE_LIMITS = Limits(size_bytes=32 * 1024 * 1024)
# As large as the thumbnails that were encoded while indexing.
PICTURE_PX = 512
# Relative to the sum of the weights' sizes; below it the direction is rounding noise of 16-bit vectors.
CANCELLED = 1e-5


class NotServing(Exception):
    """No index is loaded."""


class Service:
    """Answers in the space that was published last. A request keeps the one it began in, also when another takes over."""

    def __init__(self) -> None:
        self._served: Served | None = None

    @property
    def served(self) -> Served | None:
        return self._served

    def publish(self, served: Served | None) -> None:
        self._served = served

    def search(
        self,
        terms: Sequence[Term],
        k: int,
        *,
        allowed: Allowed | None = None,
        exclude: Collection[int] = (),
        with_background: bool = False,
    ) -> Found:
        """The `k` best memes. Raises BadTerm for terms that cannot be searched with, NotServing without an index."""
        started = time.perf_counter()
        served = self._serving()
        if k < 1:
            raise BadTerm("at least one result has to be asked for")
        vector = combine(served, terms)
        ids, scores = served.index.search(vector, min(k, served.index.meme_count), allowed=allowed, exclude=exclude)
        background = served.background(vector) if with_background else None
        return Found(ids, scores, served.space.id, (time.perf_counter() - started) * 1000, background)

    def encode(self, terms: Sequence[Term]) -> Encoded:
        served = self._serving()
        return Encoded(combine(served, terms), served.space.id)

    def _serving(self) -> Served:
        if self._served is None:
            raise NotServing
        return self._served


def combine(served: Served, terms: Sequence[Term]) -> Vector:
    """The query's direction, (dims,) float32 of unit norm: sum of weight x unit vector of each term, normalised.

    Raises BadTerm for a term without a direction and for terms that cancel each other out.
    """
    if not 1 <= len(terms) <= MOST_TERMS:
        raise BadTerm(f"a query has 1 to {MOST_TERMS} terms, not {len(terms)}")
    total, sizes = np.zeros(served.space.dims), 0.0
    for position, term in enumerate(terms):
        weight = _weight(term.weight, position)
        total += weight * _unit(_vector(served, term, position), served, position)
        sizes += abs(weight)
    norm = math.sqrt(total @ total)
    if norm <= CANCELLED * sizes:
        raise BadTerm("the terms cancel each other out: nothing is left to search for")
    return (total / norm).astype(np.float32)


def _weight(weight: float, position: int) -> float:
    if not math.isfinite(weight) or abs(weight) > LARGEST_WEIGHT:
        raise BadTerm(f"a weight must lie between -{LARGEST_WEIGHT:g} and {LARGEST_WEIGHT:g}, not {weight:g}", position)
    return weight


def _vector(served: Served, term: Term, position: int) -> npt.NDArray[np.floating]:
    match term:
        case TextTerm(text):
            return _text_vector(served, text, position)
        case PictureTerm(data):
            return _picture_vector(served, data, position)
        case VectorTerm(vector):
            return vector
        case MemeTerm(meme_id):
            frames = served.index.vectors_of(meme_id)
            if not len(frames):
                raise UnknownMeme(f"meme {meme_id} is not in the index", position)
            return np.asarray(frames.sum(axis=0))


def _text_vector(served: Served, text: str, position: int) -> Vector:
    if not text.strip():
        raise BadTerm("the text is empty", position)
    if len(text) > LONGEST_TEXT_CHARS:
        raise BadTerm(f"the text has {len(text)} characters; at most {LONGEST_TEXT_CHARS} are read", position)
    return served.encode_text(text)


def _picture_vector(served: Served, data: bytes, position: int) -> Vector:
    known = served.known_picture(data)
    if known is not None:
        return known
    try:
        image = load(BytesIO(data), longest_px=PICTURE_PX, limits=PICTURE_LIMITS)
    except BadMedia as error:
        raise BadTerm(error.reason, position) from error
    return served.encode_picture(data, Picture(image))


def _unit(vector: npt.NDArray[np.floating], served: Served, position: int) -> npt.NDArray[np.float64]:
    """In float64, where the square of no float32 overflows."""
    if vector.shape != (served.space.dims,):
        raise BadTerm(f"a vector of this space has {served.space.dims} numbers, not {vector.size}", position)
    wide = vector.astype(np.float64)
    norm = math.sqrt(wide @ wide)
    if not math.isfinite(norm):
        raise BadTerm("the vector holds numbers that are not finite", position)
    if norm == 0.0:
        raise BadTerm("the vector is zero: it points nowhere", position)
    return wide / norm
