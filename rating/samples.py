"""The memes by which tastes are described and compared: a sample of what everybody may see, the same at each look."""

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import User
from django.db.models import Avg, Max, Min
from pgvector.django import MaxInnerProduct

from rating.evidence import Ids
from search.filters import among
from search.models import Embedding, EmbeddingSpace, Meme, MemeQuerySet
from search.vectors import Vector, to_array

Array = npt.NDArray[np.float64]

SIZE = 2048  # a share of so many is right to two points in a hundred, 19 times of 20
MOST_LISTED = 50_000  # ids that are simply read and drawn from
TRIED = 4  # ids for each that is wanted: some are gone or private
SEED = 8192


def of_library(viewer: User, size: int = SIZE) -> list[int]:
    """Up to `size` ids, ascending, of memes that `viewer` may see as everybody may. The same until memes come or go."""
    return _drawn(Meme.objects.visible_to(viewer).filter(private_to=None), size)


def of_everybody(size: int = SIZE) -> list[int]:
    """The same for whoever asks nobody's question: a worker."""
    return _drawn(Meme.objects.filter(state=Meme.State.ACTIVE, private_to=None), size)


def _drawn(memes: MemeQuerySet, size: int) -> list[int]:
    shared = memes.exclude(derived_at=None).order_by()
    ends = shared.aggregate(low=Min("pk"), high=Max("pk"))
    if ends["low"] is None:
        return []
    rng = random.Random(SEED)
    if ends["high"] - ends["low"] >= max(MOST_LISTED, TRIED * size):
        tried = rng.sample(range(ends["low"], ends["high"] + 1), TRIED * size)
        ids = sorted(shared.filter(among(tried)).values_list("pk", flat=True))
        if len(ids) >= size:
            return sorted(rng.sample(ids, size))
    ids = sorted(shared.values_list("pk", flat=True))
    return ids if len(ids) <= size else sorted(rng.sample(ids, size))


def scores(direction: Vector, space: EmbeddingSpace, ids: Sequence[int]) -> tuple[Ids, Array]:
    """Those of `ids` (n,) that have a vector, ascending, and their inner products (n,) with `direction` (dims,).

    A clip is its frames' mean. Computed in the database: reading the vectors takes ten times as long.
    """
    rows = Embedding.objects.filter(space=space, meme__in=list(ids)).values("meme")
    found = rows.annotate(away=Avg(MaxInnerProduct("vector", direction))).order_by("meme").values_list("meme", "away")
    known = [(meme, -away) for meme, away in found]
    return np.array([meme for meme, _ in known], np.int64), np.array([score for _, score in known], np.float64)


def vectors(space: EmbeddingSpace, ids: Sequence[int]) -> tuple[Ids, Array]:
    """Those of `ids` (n,) that have a vector, ascending, and their vectors (n, dims). A clip is its frames' mean."""
    rows = Embedding.objects.filter(space=space, meme__in=list(ids)).values("meme").annotate(mean=Avg("vector"))
    found = dict(rows.order_by("meme").values_list("meme", "mean"))
    rows_of = np.array([to_array(vector) for vector in found.values()], np.float64).reshape(-1, space.dims)
    return np.array(list(found), np.int64), rows_of
