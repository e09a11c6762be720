"""Finding memes: by meaning through the sidecar, by pgvector when it is away, by words when no encoder answers."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, QuerySet
from pgvector.django import MaxInnerProduct

from search import spaces
from search.models import Embedding, EmbeddingSpace, Meme
from search.query import LikeTerm, Query, TextTerm
from search.sidecar import terms as wire
from search.sidecar.client import Sidecar, SidecarAway, UnknownMeme
from search.vectors import combine, to_array

log = logging.getLogger(__name__)

PAGE_SIZE = 60
MAX_DEPTH = 2000  # nobody scrolls further; a narrower query finds more
PHRASE_POOL = 5000  # memes a quoted phrase may leave to be ranked by meaning

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


class NothingToCompare(Exception):
    """The query points nowhere: its meme has no vector yet or is not there for this person, or its terms cancel out."""


@lru_cache(maxsize=1)
def sidecar() -> Sidecar:
    return Sidecar(settings.SIDECAR_SOCKET)


def search(user: AnyUser, query: Query, *, offset: int = 0, limit: int = PAGE_SIZE) -> Results:
    """One page of what `user` may see, best first. Raises NothingToCompare and the sidecar's BadTerm for bad queries."""
    started = time.perf_counter()
    visible = Meme.objects.visible_to(user)
    if query.is_empty():
        ids = list(visible.order_by("-pk").values_list("pk", flat=True)[offset : offset + limit + 1])
        return _page(visible, _Ranking(ids, "newest"), 0, limit, started, base=offset)
    _check_visible(visible, query)
    pool = _phrase_pool(visible, query.phrases)
    ranking = _rank(visible, query, min(MAX_DEPTH, offset + limit + 1), pool)
    return _page(visible, ranking, offset, limit, started)


def similar(user: AnyUser, meme: Meme, *, limit: int = 24) -> Results:
    """Memes close to `meme`, without itself; empty while it has no vector."""
    started = time.perf_counter()
    visible = Meme.objects.visible_to(user).exclude(pk=meme.pk)
    try:
        ranking = _rank(visible, Query((LikeTerm(meme.pk),)), limit, None)
    except NothingToCompare:
        ranking = _Ranking([], "sidecar", note="This meme is still being read; similar ones appear in a moment.")
    results = _page(visible, ranking, 0, limit, started)
    return Results(results.hits, None, results.backend, results.note, results.took_ms)


def _check_visible(visible: QuerySet[Meme], query: Query) -> None:
    wanted = {term.meme_id for term in query.terms if isinstance(term, LikeTerm)}
    missing = wanted - set(visible.filter(pk__in=wanted).values_list("pk", flat=True))
    if missing:
        raise NothingToCompare(f"There is no meme {min(missing)} here to compare with.")


def _phrase_pool(visible: QuerySet[Meme], phrases: Sequence[str]) -> list[int] | None:
    """Ids of the memes in which every phrase occurs; None when there is no phrase."""
    if not phrases:
        return None
    for phrase in phrases:
        visible = visible.filter(words=SearchQuery(phrase, config="simple", search_type="phrase"))
    return list(visible.order_by("-pk").values_list("pk", flat=True)[:PHRASE_POOL])


def _rank(visible: QuerySet[Meme], query: Query, depth: int, pool: list[int] | None) -> _Ranking:
    if pool == []:
        return _Ranking([], "words")
    try:
        return _by_sidecar(visible, query, depth, pool)
    except SidecarAway as error:
        log.info("sidecar away: %s", error)
    vector, space = _vector_without_sidecar(query)
    if vector is None or space is None:
        return _by_words(visible, query, depth)
    return _by_postgres(visible, space, vector, depth, pool)


def _by_sidecar(visible: QuerySet[Meme], query: Query, depth: int, pool: list[int] | None) -> _Ranking:
    """Ask for more until `depth` of them are visible: what others keep private must not make a page short."""
    allowed = None if pool is None else np.array(pool, dtype=np.int64)
    terms, k = _wire_terms(query), depth
    while True:
        try:
            found = sidecar().search(terms, k, allowed=allowed)
        except UnknownMeme as error:
            raise NothingToCompare("That meme is still being read; try again in a moment.") from error
        ids = found.ids.tolist()
        seen = set(visible.filter(pk__in=ids).values_list("pk", flat=True))
        kept = [pk for pk in ids if pk in seen]
        if len(kept) >= depth or len(ids) < k:
            return _Ranking(kept[:depth], "sidecar", dict(zip(ids, found.scores.tolist(), strict=True)))
        k *= 2


def _wire_terms(query: Query) -> list[wire.Term]:
    return [
        wire.TextTerm(term.text, term.weight)
        if isinstance(term, TextTerm)
        else wire.MemeTerm(term.meme_id, term.weight)
        for term in query.terms
    ]


def _vector_without_sidecar(query: Query) -> tuple[np.ndarray | None, EmbeddingSpace | None]:
    """The query's direction, unless it takes an encoder that must not be loaded into this process."""
    space = spaces.active()
    if space is None:
        return None, None
    texts = [term.text for term in query.terms if isinstance(term, TextTerm)]
    if texts and not spaces.is_light(space):
        return None, space
    encoded = iter(spaces.encoder_of(space.name).encode_texts(texts)) if texts else iter(())
    vectors = [next(encoded) if isinstance(term, TextTerm) else _stored(space, term.meme_id) for term in query.terms]
    vector = combine(vectors, [term.weight for term in query.terms])
    if not vector.any():
        raise NothingToCompare("The terms of this query cancel each other out.")
    return vector, space


def _stored(space: EmbeddingSpace, meme_id: int) -> np.ndarray:
    found = Embedding.objects.filter(space=space, meme=meme_id).order_by("frame").first()
    if found is None:
        raise NothingToCompare(f"Meme {meme_id} is still being read; try again in a moment.")
    return to_array(found.vector)


def _by_postgres(
    visible: QuerySet[Meme], space: EmbeddingSpace, vector: np.ndarray, depth: int, pool: list[int] | None
) -> _Ranking:
    """The exact answer, by reading every vector: right, and slower with each meme."""
    rows = Embedding.objects.filter(space=space, meme__in=visible if pool is None else visible.filter(pk__in=pool))
    nearest = rows.annotate(distance=MaxInnerProduct("vector", vector)).order_by("distance")
    scores: dict[int, float] = {}
    for meme_id, distance in nearest.values_list("meme_id", "distance")[: depth * 8].iterator():
        scores.setdefault(meme_id, -distance)  # the best frame answers for a clip
        if len(scores) == depth:
            break
    return _Ranking(list(scores), "postgres", scores, "The search index is starting: answers are right, but slower.")


def _by_words(visible: QuerySet[Meme], query: Query, depth: int) -> _Ranking:
    """Full text alone, while nobody can turn words into a vector."""
    wanted = " ".join(
        f'"{term.text}"' if " " not in term.text else term.text
        for term in query.terms
        if isinstance(term, TextTerm) and term.weight > 0
    )
    words = SearchQuery(wanted, search_type="websearch", config="english")
    ranked = visible.filter(words=words).annotate(rank=SearchRank(F("words"), words)).order_by("-rank", "-pk")
    rows = list(ranked.values_list("pk", "rank")[:depth])
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
