"""The order of lists: all that fits, the newest first or as was asked for, and compared with nothing."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from django.db.models import QuerySet

from search import nearest, ordering, orders, scales
from search.filters import among
from search.media.hashes import BLANK_PHASH
from search.models import Meme
from search.nearest import Asked
from search.ordering import Ordered
from search.rankings import AnyUser, Backend, Ranking
from search.sidecar import terms as wire
from search.vectors import Vector

Rows = Sequence[tuple[int, int | None]]  # id and perceptual hash


def rank(user: AnyUser, asked: Asked, effort: int = 0) -> Ranking:
    """What fits, in its order, the same picture once; `asked` has no terms. Raises NothingToCompare."""
    sort = asked.query.sort
    along = None if sort is None else scales.direction(user, sort)
    if along is not None:
        return _ranked_along(asked, along, effort)
    depth = nearest.MAX_DEPTH if effort else min(nearest.FIRST_DEPTH, nearest.MAX_DEPTH)
    rows = _rows(asked.matching.order_by(*orders.order(user, sort)), depth + 1)
    is_cut = depth == nearest.MAX_DEPTH and len(rows) > depth
    listed = _collapsed(rows[:depth], "newest", effort)
    return replace(listed, is_whole=len(rows) <= depth or is_cut, is_cut=is_cut)


def _ranked_along(asked: Asked, along: Vector, effort: int) -> Ranking:
    """By how far each lies in this direction; what has no vector comes last."""
    found = nearest.closest(replace(asked, terms=[wire.VectorTerm(along)]), effort)
    assert found is not None  # a vector needs no encoder
    rows = list(zip(found.ids.tolist(), found.hashes.tolist(), strict=True))
    room = nearest.MAX_DEPTH - len(rows)
    if found.is_whole and room > 0:
        rest = asked.matching.exclude(among([pk for pk, _ in rows])).order_by("-pk")
        rows += _rows(rest, room)
    listed = _collapsed(rows, found.backend, effort)
    return replace(listed, note=found.note, is_whole=found.is_whole, is_cut=len(rows) >= nearest.MAX_DEPTH)


def _rows(memes: QuerySet[Meme], count: int) -> list[tuple[int, int | None]]:
    return list(memes.values_list("pk", "phash")[:count])


def _collapsed(rows: Rows, backend: Backend, effort: int) -> Ranking:
    ids = np.array([pk for pk, _ in rows], np.int64)
    hashes = np.array([BLANK_PHASH if phash is None else phash for _, phash in rows], np.int64)
    ordered = Ordered(ids, np.full(len(ids), np.nan, np.float32), hashes, len(ids))
    return replace(ordering.collapsed(ordered, backend), effort=effort)
