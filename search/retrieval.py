"""Finding memes: pages of what one search put in order, of what may be seen now."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db.models import QuerySet

from search import directions, filters, listing, nearest, ordering, rankings, words
from search.directions import NothingToCompare
from search.filters import among
from search.models import Meme
from search.nearest import MAX_DEPTH, Asked, sidecar
from search.query import LikeTerm, Query
from search.rankings import AnyUser, Backend, Ranking
from search.sidecar import terms as wire
from search.words import Match

__all__ = ["MAX_DEPTH", "PAGE_SIZE", "Hit", "NothingToCompare", "Results", "search", "sidecar", "similar"]

PAGE_SIZE = 60
SIMILAR_SPARE = 2  # times as many are looked at as are shown: some are the same picture again


@dataclass(frozen=True)
class Hit:
    """A meme and why it was found: how close it is to the query, where its words stand, what each taste added.

    `alike` further memes are the same picture. `position` is its place in the ranking; those of memes that have gone are
    empty. What is not known is None or left out.
    """

    meme: Meme
    similarity: float | None = None
    match: Match | None = None
    tastes: Mapping[str, float] = field(default_factory=dict)
    alike: int = 0
    position: int = 0


@dataclass(frozen=True)
class Results:
    """A page of hits.

    `next_offset` is the position at which the next page begins, None at the end; `key` names the ranking that it goes on in.
    From position `weaker_from` on, chance alone would have brought up as many; None: no result is known to be weak.
    `note` tells the reader what is not as usual.
    """

    hits: list[Hit]
    next_offset: int | None
    backend: Backend
    note: str = ""
    took_ms: float = 0.0
    key: str = ""
    weaker_from: int | None = None
    is_cut: bool = False  # there is more, but this is as far as a search goes

    @property
    def divider(self) -> int | None:
        """The place among `hits` before which the weaker ones begin, if strong ones come before it."""
        begin = self.weaker_from
        if not begin:
            return None
        place = next((place for place, hit in enumerate(self.hits) if hit.position >= begin), None)
        return None if place == 0 and self.hits[0].position > begin else place


@dataclass(frozen=True)
class _Page:
    """Of a ranking: which memes of each group may be seen, from an offset on."""

    shown: list[tuple[int, list[int]]]  # position, ids
    end: int  # the position after the last one


def search(
    user: AnyUser, query: Query, *, offset: int = 0, limit: int = PAGE_SIZE, key: str = "", alike: int | None = None
) -> Results:
    """One page of what `user` may see and the filters let through, best first; without terms, the newest.

    With the `key` of an earlier page, the page goes on in the same order whatever has come or gone since; when that order is
    not kept any more, or was somebody else's, it is found again. `alike` shows all memes of the group that this meme is in.
    Raises NothingToCompare, BadQuery and the sidecar's BadTerm, whose position counts `query.terms`, for bad queries.
    """
    started = time.perf_counter()
    visible = Meme.objects.listed_for(user)
    kept = rankings.recall(user, query, key) if key and (offset or alike is not None) else None
    # What was found a moment ago was looked for among what may be seen.
    still_visible = visible if kept else None
    ranking = kept or _rank(user, visible, query)
    page = _page(still_visible, ranking, offset, limit)
    while not ranking.is_whole and (page.end == len(ranking) if alike is None else ranking.position_of(alike) is None):
        ranking, kept = rankings.extended(ranking, _rank(user, visible, query, ranking.effort + 1)), None
        page = _page(still_visible, ranking, offset, limit)
    if alike is not None:
        ranking = rankings.opened(ranking, alike)
        page = _page(still_visible, ranking, offset, limit)
    has_more = page.end < len(ranking)
    if has_more and kept is None and alike is None:
        key = rankings.keep(user, query, ranking)
    return Results(
        _hits(user, visible, query, ranking, page),
        page.end if has_more else None,
        ranking.backend,
        ranking.note,
        (time.perf_counter() - started) * 1000,
        key if has_more else "",
        ranking.weaker_from,
        ranking.is_cut and not has_more,
    )


def similar(user: AnyUser, meme: Meme, *, limit: int = 24) -> Results:
    """Memes close to `meme`, without itself; empty while it has no vector."""
    started = time.perf_counter()
    others = Meme.objects.listed_for(user).exclude(pk=meme.pk)
    query = Query((LikeTerm(meme.pk),))
    asked = Asked(query, others, [wire.MemeTerm(meme.pk)], SIMILAR_SPARE * limit + 1)
    try:
        ranking = ordering.rank(user, asked)
        while len(ranking) < limit and not ranking.is_whole:
            ranking = ordering.rank(user, asked, ranking.effort + 1)
    except NothingToCompare:
        ranking = rankings.single([], "sidecar", note="This meme is still being read; similar ones appear in a moment.")
    hits = _hits(user, others, query, ranking, _page(None, ranking, 0, limit))
    took_ms = (time.perf_counter() - started) * 1000
    return Results(hits, None, ranking.backend, ranking.note, took_ms, weaker_from=ranking.weaker_from)


def _rank(user: AnyUser, visible: QuerySet[Meme], query: Query, effort: int = 0) -> Ranking:
    matching = visible.filter(filters.condition(user, query))
    if not query.directions:
        return listing.rank(user, Asked(query, matching, []), effort)
    deep = directions.deep(user, query)
    terms = directions.compile_terms(user, visible, query, deep)
    return ordering.rank(user, Asked(query, matching, terms, deep=deep), effort)


# --- a page --------------------------------------------------------------------------------------------------------


def _page(visible: QuerySet[Meme] | None, ranking: Ranking, offset: int, limit: int) -> _Page:
    """`limit` groups of which something is in `visible`, or all that are left; None: all of the ranking is."""
    starts = ranking.starts()
    shown: list[tuple[int, list[int]]] = []
    end = min(offset, len(ranking))
    while len(shown) < limit and end < len(ranking):
        begin, end = end, min(end + limit - len(shown), len(ranking))
        ids = ranking.ids[starts[begin] : starts[end]].tolist()
        seen = set(ids if visible is None else visible.filter(among(ids)).order_by().values_list("pk", flat=True))
        for position in range(begin, end):
            members = [pk for pk in ranking.ids[starts[position] : starts[position + 1]].tolist() if pk in seen]
            if members:
                shown.append((position, members))
    return _Page(shown, end)


def _hits(user: AnyUser, visible: QuerySet[Meme], query: Query, ranking: Ranking, page: _Page) -> list[Hit]:
    heads = [members[0] for _, members in page.shown]
    memes = visible.defer("text_boxes", "words").in_bulk(heads) if heads else {}
    matches = words.highlight(memes.values(), query) if query.directions or query.phrases else {}
    places = {pk: place for place, pk in enumerate(ranking.ids.tolist())}
    tastes = _tastes(user, query, ranking, heads)
    return [
        Hit(
            memes[members[0]],
            _known(ranking.similarities[places[members[0]]]),
            matches.get(members[0]),
            {name: values[members[0]] for name, values in tastes.items() if members[0] in values},
            len(members) - 1,
            position,
        )
        for position, members in page.shown
        if members[0] in memes
    ]


def _tastes(user: AnyUser, query: Query, ranking: Ranking, ids: Sequence[int]) -> dict[str, dict[int, float]]:
    """What each taste added to the memes of a page: of those in the sum their part of it, of deep ones what they said."""
    if ranking.backend not in ("sidecar", "postgres"):
        return {}
    found = {name: dict(_along(ranking, values, ids)) for name, values in ranking.tastes.items()}
    for name, term in directions.of_tastes(user, query).items():
        part = nearest.similarities([wire.VectorTerm(term.vector)], ids)
        found[name] = {pk: term.weight * cosine for pk, cosine in part.items()}
    return found


def _along(ranking: Ranking, values: np.ndarray, ids: Sequence[int]) -> Iterator[tuple[int, float]]:
    by_id = dict(zip(ranking.ids.tolist(), values.tolist(), strict=True))
    return ((pk, by_id[pk]) for pk in ids if not math.isnan(by_id[pk]))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
