"""The memes that lie closest to a query, of those that somebody may see: by the sidecar, or by Postgres when it is away."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from pgvector.django import MaxInnerProduct

from search import conditions, directions, postgres_search, samples, spaces
from search.columns import Read
from search.directions import NothingToCompare
from search.filters import among, as_literal
from search.media.hashes import BLANK_PHASH
from search.models import Embedding, EmbeddingSpace, Meme
from search.query import KindTerm, Query
from search.rankings import Backend
from search.sidecar import background as sampling
from search.sidecar import terms as wire
from search.sidecar.client import Sidecar, SidecarAway, UnknownMeme
from search.sidecar.terms import Background, Ids
from search.vectors import Vector

log = logging.getLogger(__name__)

MAX_DEPTH = 2000  # memes of one search: nobody scrolls further; a narrower query finds more
# Ids that a filter may hand to the sidecar: half a megabyte. Of a library in which more fit, looking further finds a page.
MOST_ALLOWED = 65_536
# As many as the first pages need: looking at 400 takes the sidecar 5 ms more, at 2,000 tens. Where there are filters, some of
# what is looked at does not fit, and it is twice as many.
FIRST_DEPTH = 200
LARGEST_EFFORT = 2


@dataclass(frozen=True)
class Asked:
    """A query with what it may find: `matching` are the visible memes that its filters let through, `terms` what is summed of
    its own, `deep` those that re-rank."""

    query: Query
    matching: QuerySet[Meme]
    terms: list[wire.Term]
    depth: int = MAX_DEPTH
    deep: tuple[KindTerm, ...] = ()
    filtered: QuerySet[Meme] | None = None  # of which `share` of the memes are about as many as match; None: of all
    share: float = 1.0
    read: Read | None = None  # to be filled with what is read of memes on the way

    def among(self, background: Background) -> float:
        """How many memes are searched, the same for each look."""
        return self.share * (background.total if self.filtered is None else self._count)

    @cached_property
    def _count(self) -> int:
        return 0 if self.filtered is None else self.filtered.count()


@dataclass(frozen=True, eq=False)
class Closest:
    """Memes that fit, the closest first."""

    ids: Ids
    scores: Vector
    hashes: Ids  # perceptual ones; BLANK_PHASH where there is none
    backend: Backend
    note: str = ""
    background: Background | None = None
    is_whole: bool = True  # as many as were asked for, or all there are


@lru_cache(maxsize=1)
def sidecar() -> Sidecar:
    return Sidecar(settings.SIDECAR_SOCKET)


def closest(asked: Asked, effort: int = 0) -> Closest | None:
    """With effort 0 a look of a few milliseconds, at what is enough for most pages; with 1 one as deep as a search goes; with
    2 whatever it takes to find all that fits, up to the depth.

    None when nobody can tell: no sidecar, and an encoder that is not loaded here. Raises NothingToCompare and BadTerm, whose
    position counts `query.terms`.
    """
    try:
        try:
            return _by_sidecar(asked, effort)
        except SidecarAway as error:
            log.info("sidecar away: %s", error)
        space = spaces.active()
        vector = None if space is None else directions.combined(space, asked.terms)
        return None if vector is None or space is None else _by_postgres(asked, space, vector, effort)
    except wire.BadTerm as error:
        raise wire.BadTerm(error.message, _place(asked, error.position)) from error


def similarities(terms: Sequence[wire.Term], ids: Sequence[int]) -> dict[int, float]:
    """Of these memes alone, by id; those without a vector are left out."""
    if not ids:
        return {}
    try:
        found = sidecar().search(terms, len(ids), allowed=np.array(sorted(ids), np.int64))
        return dict(zip(found.ids.tolist(), found.scores.tolist(), strict=True))
    except SidecarAway:
        space = spaces.active()
        vector = None if space is None else directions.combined(space, terms)
        if vector is None or space is None:
            return {}
        return postgres_search.nearest(space, vector, Meme.objects.filter(among(ids)), len(ids))


def _place(asked: Asked, position: int | None) -> int | None:
    """A position among the summed terms as one among all."""
    summed = directions.summed(asked.query, asked.deep)
    return None if position is None or not summed else asked.query.terms.index(summed[position])


# --- the sidecar ---------------------------------------------------------------------------------------------------


def _by_sidecar(asked: Asked, effort: int) -> Closest:
    """A look goes past what does not fit. When that finds too little, the ids that do fit are handed over, if they are few
    enough; else more and more is looked at, which in so large a set must find enough soon."""
    if effort < LARGEST_EFFORT:
        return _look(asked, asked.depth if effort else _first_depth(asked))
    allowed = _few_ids(asked.matching)
    if allowed is not None:
        return _look(asked, asked.depth, allowed)
    k = 4 * asked.depth
    while not (found := _look(asked, k)).is_whole:
        k *= 4
    return found


def _first_depth(asked: Asked) -> int:
    query = asked.query
    is_filtered = query.filters or query.phrases or query.banned
    return min(asked.depth, 2 * FIRST_DEPTH if is_filtered else FIRST_DEPTH)


def _look(asked: Asked, k: int, allowed: Ids | None = None) -> Closest:
    try:
        found = sidecar().search(asked.terms, k, allowed=allowed, with_background=True)
    except UnknownMeme as error:
        raise NothingToCompare("That meme is still being read; try again in a moment.") from error
    hashes = _hashes(asked, found.ids)
    fits = np.array([meme_id in hashes for meme_id in found.ids.tolist()], np.bool_)
    ids = found.ids[fits]
    is_whole = len(ids) >= asked.depth or len(found.ids) < k or allowed is not None
    return Closest(
        ids[: asked.depth],
        found.scores[fits][: asked.depth],
        as_array(hashes[meme_id] for meme_id in ids[: asked.depth].tolist()),
        "sidecar",
        background=found.background,
        is_whole=is_whole,
    )


def _hashes(asked: Asked, ids: npt.NDArray[np.int64]) -> dict[int, int | None]:
    """The perceptual hashes of those of `ids` that match."""
    allowed = conditions.of(asked.matching)
    if allowed is None or not len(ids):
        return {}
    wanted = "id" if asked.read is None else asked.read.columns.as_sql()
    statement = f"SELECT phash, {wanted} FROM search_meme WHERE {allowed.text} AND id = ANY(%s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(statement, [*allowed.params, as_literal(ids.tolist())])
        rows = cursor.fetchall()
    if asked.read is not None:
        asked.read.rows.update((row[1], row[1:]) for row in rows)
    return {row[1]: row[0] for row in rows}


def as_array(hashes: Iterable[int | None]) -> Ids:
    """BLANK_PHASH where one has not been made."""
    return np.array([BLANK_PHASH if phash is None else phash for phash in hashes], np.int64)


def _few_ids(matching: QuerySet[Meme]) -> Ids | None:
    """All ids, unless they are too many to hand over."""
    ids = np.fromiter(matching.order_by().values_list("pk", flat=True)[: MOST_ALLOWED + 1], np.int64)
    return ids if len(ids) <= MOST_ALLOWED else None


# --- Postgres ------------------------------------------------------------------------------------------------------


def _by_postgres(asked: Asked, space: EmbeddingSpace, vector: Vector, effort: int) -> Closest:
    depth = asked.depth if effort else _first_depth(asked)
    found = postgres_search.nearest(space, vector, asked.matching, depth)
    hashes = _hashes(asked, np.array(list(found), np.int64))
    ids = [pk for pk in found if pk in hashes]
    return Closest(
        np.array(ids, np.int64),
        np.array([found[pk] for pk in ids], np.float32),
        as_array(hashes[pk] for pk in ids),
        "postgres",
        "The search index is starting: answers are right, but slower.",
        _background(space, vector),
        is_whole=len(found) < depth or depth == asked.depth,
    )


def _background(space: EmbeddingSpace, vector: Vector) -> Background:
    """The same sample that the sidecar takes, of the same vectors."""
    searchable = samples.searchable(space)
    sample = samples.of(searchable, sampling.SAMPLE).values("pk")
    rows = Embedding.objects.filter(pk__in=sample).annotate(distance=MaxInnerProduct("vector", vector))
    scores = -np.fromiter(rows.values_list("distance", flat=True), np.float64)
    return sampling.measure(scores, searchable.filter(frame=0).count())


def with_more(found: Closest, asked: Asked, hashes: Mapping[int, int | None]) -> Closest:
    """With these memes of `matching` too, given with their hashes, where their similarities put them; those without a vector
    are left out."""
    known = set(found.ids.tolist())
    scores = similarities(asked.terms, [meme_id for meme_id in hashes if meme_id not in known])
    if not scores:
        return found
    all_ids = np.concatenate([found.ids, np.array(list(scores), np.int64)])
    all_scores = np.concatenate([found.scores, np.array(list(scores.values()), np.float32)])
    all_hashes = np.concatenate([found.hashes, as_array(hashes[meme_id] for meme_id in scores)])
    order = np.argsort(-all_scores, kind="stable")
    return replace(found, ids=all_ids[order], scores=all_scores[order], hashes=all_hashes[order])
