"""Where memes stand in the library by a taste, be it a direction or networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from django.contrib.auth.models import User

from rating import deep, samples
from rating.deep import Array, Library
from rating.models import DeepAxis, Taste
from search.vectors import to_array


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


def _by_networks(axis: DeepAxis, meme_ids: Sequence[int]) -> dict[int, Standing]:
    known, library = deep.usable(axis), Library(**axis.library)
    if known is None or not library.spread > 0:
        return {}
    ids, said = deep.scores(axis, known, meme_ids)
    shares = np.interp(said, library.quantiles, np.linspace(0, 100, len(library.quantiles)))
    return _standings(ids.tolist(), (said - library.centre) / library.spread, shares)


def _along(viewer: User, taste: Taste, meme_ids: Sequence[int]) -> dict[int, Standing]:
    if taste.direction is None:
        return {}
    ids, said = samples.scores(to_array(taste.direction), taste.space, meme_ids)
    library = _library(taste.pk, taste.learned_from, tuple(samples.of_library(viewer)))
    if not len(library) or not len(ids):
        return {}
    shares = 100 * np.searchsorted(library, said) / len(library)
    return _standings(ids.tolist(), (said - library.mean()) / (library.std() or 1.0), shares)


def _standings(ids: list[int], scores: Array, shares: Array) -> dict[int, Standing]:
    rows = zip(ids, scores.tolist(), shares.tolist(), strict=True)
    return {meme: Standing(meme, score, share) for meme, score, share in rows}


@lru_cache(maxsize=64)  # 16 kB each
def _library(taste: int, learned_from: str, sample: tuple[int, ...]) -> Array:
    """Of one version of a taste that is a direction: the scores of the sample, ascending."""
    found = Taste.objects.filter(pk=taste, learned_from=learned_from).select_related("space").first()
    if found is None or found.direction is None:
        return np.zeros(0)
    return np.sort(samples.scores(to_array(found.direction), found.space, sample)[1])
