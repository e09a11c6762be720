"""Numbers of memes that other apps know of, such as how much somebody likes each: to put in order and to choose by."""

import functools
import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from django.core.cache import cache
from django.db.models import FloatField, Min, OuterRef, Q, Subquery, Value
from django.db.models.expressions import Expression, OrderBy
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from pgvector.django import MaxInnerProduct

from search import kinds, samples, spaces
from search.directions import NothingToCompare
from search.kinds import AnyUser, Scale, ScaledKind
from search.models import Embedding, EmbeddingSpace
from search.query import Filter, Percentile, Query, Sort
from search.vectors import Vector

SAMPLE = 4096  # memes; a percentile is known to less than one percent
STEPS_PERCENT = np.linspace(0, 100, 401)
KEPT_S = 15 * 60


def direction(user: AnyUser, sort: Sort) -> Vector | None:
    """(dims,) of unit norm, along which `sort` goes; None when it goes by something that is kept. Raises NothingToCompare."""
    if sort.by not in kinds.joined():
        return None
    space, name = _space(), _named(user, sort.by, sort.name)
    return _direction(user, space, sort.by, name) if _kept(user, space, sort.by, name) is None else None


def order(user: AnyUser, sort: Sort) -> tuple[OrderBy, str]:
    """The most first, memes of which nothing is known last. Raises NothingToCompare."""
    number = scale(user, sort.by, sort.name).number
    return OrderBy(number, descending=True, nulls_last=True), "-pk"


def condition(user: AnyUser, part: Filter) -> Q:
    """Memes that lie in one of the shares; none of which nothing is known. Raises NothingToCompare."""
    found = Q()
    for value in part.values:
        assert isinstance(value, Percentile)
        along = scale(user, part.key, value.name)
        lookup = LessThan if value.is_below else GreaterThanOrEqual
        found |= Q(lookup(along.number, Value(along.at(value.percent), output_field=FloatField())))
    return found


def without_shares(query: Query) -> tuple[Query, float]:
    """The query without its filters by share, and how much of the library they let through: a number of each meme is more
    than counting is worth."""
    kept = tuple(part for part in query.filters if not isinstance(part.values[0], Percentile))
    share = math.prod(_share(part) for part in query.filters if part not in kept)
    return replace(query, filters=kept), share


def _share(part: Filter) -> float:
    sizes = [
        value.percent if value.is_below else 100 - value.percent
        for value in part.values
        if isinstance(value, Percentile)
    ]
    share = min(sum(sizes), 100) / 100
    return 1 - share if part.is_negated else share


def scale(user: AnyUser, key: str, name: str) -> Scale:
    """The number of each meme by what `user` means by a name of this kind, or by its likeliest one. Raises NothingToCompare."""
    space, named = _space(), _named(user, key, name)
    return _kept(user, space, key, named) or _along(space, _direction(user, space, key, named))


def _kept(user: AnyUser, space: EmbeddingSpace, key: str, name: str) -> Scale | None:
    kind = kinds.joined()[key]
    return kind.scale(user, space, name) if isinstance(kind, ScaledKind) else None


def _space() -> EmbeddingSpace:
    space = spaces.active()
    if space is None:
        raise NothingToCompare("Nothing here has been read yet; try again in a moment.")
    return space


def _named(user: AnyUser, key: str, name: str) -> str:
    """What `name` is, or is likeliest to be when nothing is named."""
    offered: Sequence[str] = () if name else kinds.joined()[key].values(user, "")
    if not name and not offered:
        raise NothingToCompare(f"There is no {key} yet to go by.")
    return name or offered[0]


# --- along a direction ---------------------------------------------------------------------------------------------


def _direction(user: AnyUser, space: EmbeddingSpace, key: str, name: str) -> Vector:
    given = np.asarray(kinds.joined()[key].vector(user, space, name), np.float32)
    return given / np.float32(np.linalg.norm(given))


def _along(space: EmbeddingSpace, vector: Vector) -> Scale:
    """The cosine of a meme with the direction; a clip's best frame counts."""
    frames = Embedding.objects.filter(space=space, meme=OuterRef("pk"))
    nearest = frames.annotate(distance=MaxInnerProduct("vector", vector)).order_by("distance").values("distance")[:1]
    number: Expression = Value(-1.0) * Subquery(nearest, output_field=FloatField())
    quantiles = functools.cache(functools.partial(_quantiles, space, vector))  # read once, and only if asked for
    return Scale(number, lambda percent: float(np.interp(percent, STEPS_PERCENT, quantiles())))


def _quantiles(space: EmbeddingSpace, vector: Vector) -> list[float]:
    """At STEPS_PERCENT, of a sample of the library; kept for a while, as pages of one search must agree."""
    digest = hashlib.blake2b(vector.tobytes(), digest_size=16).hexdigest()
    key = f"quantiles:{space.pk}:{digest}"
    known: list[float] | None = cache.get(key)
    if known is not None:
        return known
    sampled = samples.of(samples.searchable(space).filter(frame=0), SAMPLE).values("meme")
    best = Embedding.objects.filter(space=space, meme__in=sampled).values("meme")
    numbers = [-row["best"] for row in best.annotate(best=Min(MaxInnerProduct("vector", vector)))]
    found: list[float] = np.percentile(numbers, STEPS_PERCENT).tolist() if numbers else [0.0] * len(STEPS_PERCENT)
    cache.set(key, found, KEPT_S)
    return found
