"""Where memes stand in the library by a taste, be it a direction or networks."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.contrib.auth.models import User
from django.core.cache import cache

from rating import bases, deep, samples
from rating.deep import Array, Library
from rating.models import DeepAxis, Taste
from search.vectors import Vector, to_array

KEPT_S = 24 * 3600


@dataclass(frozen=True)
class Standing:
    """A meme under one taste: `score` in standard deviations above the library's mean; it beats `percentile` (0 to 100) of
    the library."""

    meme_id: int
    score: float
    percentile: float


def standing(viewer: User, taste: Taste | DeepAxis, meme_ids: Sequence[int]) -> list[Standing]:
    """Of those memes that have a vector, in the order given; `viewer` may see them and read the taste.

    Empty while nothing is known of the taste or the library, and for networks that cannot be used.
    """
    found = _by_networks(taste, meme_ids) if isinstance(taste, DeepAxis) else _along(viewer, taste, meme_ids)
    return [found[meme] for meme in meme_ids if meme in found]


def of_vector(viewer: User, taste: Taste | DeepAxis, vector: Vector) -> Standing | None:
    """The same of a picture that is no meme, by its `vector` (dims,) in the taste's space; its `meme_id` is 0."""
    if isinstance(taste, DeepAxis):
        known, basis = deep.usable(taste), bases.of(taste.taste.space)
        if known is None or basis is None or basis.checksum != known.config.basis:
            return None
        said = known.scores(basis.project(vector[None]))[:, known.config.axes.index(str(taste.axis_id))]
        return _placed_by_networks(taste, [0], said).get(0)
    if taste.direction is None:
        return None
    return _placed_along(viewer, taste, [0], np.array([vector @ to_array(taste.direction)], np.float64)).get(0)


def _by_networks(axis: DeepAxis, meme_ids: Sequence[int]) -> dict[int, Standing]:
    known = deep.usable(axis)
    if known is None:
        return {}
    ids, said = deep.scores(axis, known, meme_ids)
    return _placed_by_networks(axis, ids.tolist(), said)


def _placed_by_networks(axis: DeepAxis, ids: list[int], said: Array) -> dict[int, Standing]:
    library = Library(**axis.library)
    if not library.spread > 0:
        return {}
    shares = np.interp(said, library.quantiles, np.linspace(0, 100, len(library.quantiles)))
    return _standings(ids, (said - library.centre) / library.spread, shares)


def _along(viewer: User, taste: Taste, meme_ids: Sequence[int]) -> dict[int, Standing]:
    if taste.direction is None:
        return {}
    ids, said = samples.scores(to_array(taste.direction), taste.space, meme_ids)
    return _placed_along(viewer, taste, ids.tolist(), said)


def _placed_along(viewer: User, taste: Taste, ids: list[int], said: Array) -> dict[int, Standing]:
    library = _library(viewer, taste) if ids else np.zeros(0)
    if not len(library):
        return {}
    shares = 100 * np.searchsorted(library, said) / len(library)
    return _standings(ids, (said - library.mean()) / (library.std() or 1.0), shares)


def _standings(ids: list[int], scores: Array, shares: Array) -> dict[int, Standing]:
    rows = zip(ids, scores.tolist(), shares.tolist(), strict=True)
    return {meme: Standing(meme, score, share) for meme, score, share in rows}


# --- how a direction finds the library -----------------------------------------------------------------------------


def forget(tastes: Iterable[int]) -> None:
    """Delete what is kept of the tastes with these ids. Repeated, nothing."""
    cache.delete_many([_place(taste) for taste in tastes])


def _library(viewer: User, taste: Taste) -> Array:
    """The scores of the sample, ascending; kept for a day, or until the taste is another one."""
    library = _unpacked(cache.get(_place(taste.pk)), taste)
    if library is None:
        library = np.sort(samples.scores(to_array(taste.direction), taste.space, samples.of_library(viewer))[1])
        cache.set(_place(taste.pk), _packed(library, taste), KEPT_S)
    return library


def _place(taste: int) -> str:
    return f"library-scores:{taste}"


def _packed(library: Array, taste: Taste) -> dict[str, str]:
    return {"of": _version(taste), "scores": base64.b64encode(library.astype("<f4").tobytes()).decode()}


def _unpacked(kept: object, taste: Taste) -> Array | None:
    """None if it is of another version of the taste, or was written by another release."""
    if not isinstance(kept, dict) or kept.get("of") != _version(taste):
        return None
    try:
        return np.frombuffer(base64.b64decode(kept["scores"], validate=True), "<f4").astype(np.float64)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return None


def _version(taste: Taste) -> str:
    return f"{taste.learned_from} {taste.learned_at.timestamp()}"
