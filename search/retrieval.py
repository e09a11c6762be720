"""Finding memes: by meaning through the sidecar, by pgvector when it is away, by words when no encoder answers."""

import logging
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, QuerySet

from search import directions, filters, orders, postgres_search, spaces
from search.directions import NothingToCompare
from search.filters import among
from search.models import EmbeddingSpace, Meme
from search.query import ExactTerm, LikeTerm, Query, TextTerm
from search.sidecar import terms as wire
from search.sidecar.client import Sidecar, SidecarAway, UnknownMeme
from search.vectors import Vector

__all__ = ["Hit", "NothingToCompare", "Results", "search", "sidecar", "similar"]

log = logging.getLogger(__name__)

PAGE_SIZE = 60
MAX_DEPTH = 2000  # nobody scrolls further; a narrower query finds more
SORTED_DEPTH = 500  # of the closest memes, which another order puts in a row
# A filter that lets a quarter through finds its page at the first look; the second goes as far as the first one promises.
FIRST_LOOK = 4  # times the depth
SECOND_LOOK = 2000  # memes: beyond them, asking which ones fit costs less
# Ids that a filter may hand to the sidecar: half a megabyte. Of a library in which more fit, looking further finds a page.
MOST_ALLOWED = 65_536

Backend = Literal["newest", "sidecar", "postgres", "words"]
AnyUser = User | AnonymousUser


@dataclass(frozen=True)
class Hit:
    meme: Meme
    score: float | None = None


@dataclass(frozen=True)
class Results:
    """A page of hits. `next_offset` is None at the end; `note` tells the reader what is not as usual."""

    hits: list[Hit]
    next_offset: int | None
    backend: Backend
    note: str = ""
    took_ms: float = 0.0


@dataclass(frozen=True)
class _Ranking:
    """Meme ids, best first; `scores` runs along them."""

    ids: list[int]
    backend: Backend
    scores: dict[int, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class _Asked:
    """A query with what it may find: `matching` are the visible memes that its filters let through."""

    query: Query
    matching: QuerySet[Meme]
    terms: list[wire.Term]
    depth: int


@lru_cache(maxsize=1)
def sidecar() -> Sidecar:
    return Sidecar(settings.SIDECAR_SOCKET)


def search(user: AnyUser, query: Query, *, offset: int = 0, limit: int = PAGE_SIZE) -> Results:
    """One page of what `user` may see and the filters let through, best first; without terms, the newest.

    Raises NothingToCompare, BadQuery and the sidecar's BadTerm, whose position counts `query.terms`, for bad queries.
    """
    started = time.perf_counter()
    visible = Meme.objects.visible_to(user)
    matching = visible.filter(filters.condition(user, query))
    if not query.directions:
        listed = matching.order_by(*orders.order(query.sort)).values_list("pk", flat=True)
        ids = list(listed[offset : offset + limit + 1])
        return _page(visible, _Ranking(ids, "newest"), 0, limit, started, base=offset)
    terms = directions.compile_terms(user, visible, query)
    depth = min(MAX_DEPTH, offset + limit + 1) if query.sort is None else SORTED_DEPTH
    ranking = _rank(_Asked(query, matching, terms, depth))
    return _page(visible, _sorted(ranking, query), offset, limit, started)


def similar(user: AnyUser, meme: Meme, *, limit: int = 24) -> Results:
    """Memes close to `meme`, without itself; empty while it has no vector."""
    started = time.perf_counter()
    others = Meme.objects.visible_to(user).exclude(pk=meme.pk)
    query = Query((LikeTerm(meme.pk),))
    try:
        ranking = _rank(_Asked(query, others, [wire.MemeTerm(meme.pk)], limit))
    except NothingToCompare:
        ranking = _Ranking([], "sidecar", note="This meme is still being read; similar ones appear in a moment.")
    results = _page(others, ranking, 0, limit, started)
    return Results(results.hits, None, results.backend, results.note, results.took_ms)


def _sorted(ranking: _Ranking, query: Query) -> _Ranking:
    """The closest memes in another order."""
    if query.sort is None:
        return ranking
    ids = Meme.objects.filter(pk__in=ranking.ids).order_by(*orders.order(query.sort)).values_list("pk", flat=True)
    is_cut = len(ranking.ids) == SORTED_DEPTH
    note = f"These are the {SORTED_DEPTH} closest, in the order you asked for." if is_cut else ""
    return replace(ranking, ids=list(ids), note=ranking.note or note)


def _rank(asked: _Asked) -> _Ranking:
    try:
        return _by_sidecar(asked)
    except wire.BadTerm as error:
        raise wire.BadTerm(error.message, _place(asked.query, error.position)) from error
    except SidecarAway as error:
        log.info("sidecar away: %s", error)
    space = spaces.active()
    try:
        vector = None if space is None else directions.combined(space, asked.terms)
    except wire.BadTerm as error:
        raise wire.BadTerm(error.message, _place(asked.query, error.position)) from error
    if vector is None or space is None:
        return _by_words(asked)
    return _by_postgres(asked, space, vector)


def _place(query: Query, position: int | None) -> int | None:
    """A position among the directions as one among the terms."""
    return None if position is None else query.terms.index(query.directions[position])


def _by_sidecar(asked: _Asked) -> _Ranking:
    """Ask for more until `depth` memes are visible and fit: what is left out must not make a page short.

    The first looks go past the filter. When too little of it fits, the ids that do are handed over if they are few enough;
    else more are looked at, which in so large a set must find some soon.
    """
    k = asked.depth * (FIRST_LOOK if filters.is_narrowed(asked.query) else 1)
    ranking, is_enough = _look(asked, k)
    if not is_enough:
        k = k * asked.depth * 3 // (2 * len(ranking.ids) or 1)
        ranking, is_enough = _look(asked, k) if k <= SECOND_LOOK else (ranking, False)
    if is_enough:
        return ranking
    allowed = _few_ids(asked.matching)
    k = k if allowed is None else asked.depth
    while not is_enough:
        ranking, is_enough = _look(asked, k, allowed)
        k *= 4
    return ranking


def _look(asked: _Asked, k: int, allowed: npt.NDArray[np.int64] | None = None) -> tuple[_Ranking, bool]:
    """What fits among the `k` closest, and whether that is enough or all there is."""
    try:
        found = sidecar().search(asked.terms, k, allowed=allowed)
    except UnknownMeme as error:
        raise NothingToCompare("That meme is still being read; try again in a moment.") from error
    ids = found.ids.tolist()
    fitting = set(asked.matching.filter(among(ids)).values_list("pk", flat=True))
    kept = [pk for pk in ids if pk in fitting]
    ranking = _Ranking(kept[: asked.depth], "sidecar", dict(zip(ids, found.scores.tolist(), strict=True)))
    return ranking, len(kept) >= asked.depth or len(ids) < k


def _few_ids(matching: QuerySet[Meme]) -> npt.NDArray[np.int64] | None:
    """All ids, unless they are too many to hand over."""
    ids = np.fromiter(matching.order_by().values_list("pk", flat=True)[: MOST_ALLOWED + 1], np.int64)
    return ids if len(ids) <= MOST_ALLOWED else None


def _by_postgres(asked: _Asked, space: EmbeddingSpace, vector: Vector) -> _Ranking:
    scores = postgres_search.nearest(space, vector, asked.matching, asked.depth)
    return _Ranking(list(scores), "postgres", scores, "The search index is starting: answers are right, but slower.")


def _by_words(asked: _Asked) -> _Ranking:
    """Full text alone, while nobody can turn words into a vector."""
    wanted = " ".join(
        f'"{term.text}"' if " " in term.text else term.text
        for term in asked.query.directions
        if isinstance(term, TextTerm | ExactTerm) and term.weight > 0
    )
    words = SearchQuery(wanted, search_type="websearch", config="english")
    ranked = asked.matching.filter(words=words).annotate(rank=SearchRank(F("words"), words)).order_by("-rank", "-pk")
    rows = list(ranked.values_list("pk", "rank")[: asked.depth])
    note = "The search index is starting: for now only words in the pictures and titles are looked up."
    return _Ranking([pk for pk, _ in rows], "words", dict(rows), note)


def _page(
    visible: QuerySet[Meme], ranking: _Ranking, offset: int, limit: int, started: float, base: int = 0
) -> Results:
    wanted = ranking.ids[offset : offset + limit]
    memes = visible.defer("text_boxes", "words").in_bulk(wanted)
    hits = [Hit(memes[pk], ranking.scores.get(pk)) for pk in wanted if pk in memes]
    has_more = len(ranking.ids) > offset + limit and base + offset + limit < MAX_DEPTH
    return Results(
        hits,
        base + offset + limit if has_more else None,
        ranking.backend,
        ranking.note,
        (time.perf_counter() - started) * 1000,
    )
