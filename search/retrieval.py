"""Finding memes: pages of what one search put in order, of what may be seen now."""

import time
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from search import columns, conditions, directions, filters, listing, ordering, rankings, scales
from search.directions import NothingToCompare
from search.filters import among
from search.hits import ALL, Detail, Group, Hit, Reader, hits
from search.models import Meme
from search.nearest import MAX_DEPTH, Asked, sidecar
from search.query import LikeTerm, Query
from search.rankings import AnyUser, Backend, Ranking
from search.sidecar import terms as wire

__all__ = ["MAX_DEPTH", "PAGE_SIZE", "Hit", "NothingToCompare", "Results", "search", "sidecar", "similar"]

PAGE_SIZE = 60
SIMILAR_SPARE = 2  # times as many are looked at as are shown: some are the same picture again


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

    shown: list[Group]
    end: int  # the position after the last one


def search(
    user: AnyUser,
    query: Query,
    *,
    offset: int = 0,
    limit: int = PAGE_SIZE,
    key: str = "",
    alike: int | None = None,
    detail: Detail = ALL,
) -> Results:
    """One page of what `user` may see and the filters let through, best first; without terms, the newest.

    With the `key` of an earlier page, the page goes on in the same order whatever has come or gone since; when that order is
    not kept any more, or was somebody else's, it is found again. `alike` shows all memes of the group that this meme is in.
    Raises NothingToCompare, BadQuery and the sidecar's BadTerm, whose position counts `query.terms`, for bad queries.
    """
    started = time.perf_counter()
    visible = conditions.listed_for(user)
    reader = Reader(user, visible, query, detail, columns.on_the_way(detail.columns))
    kept = rankings.recall(user, query, key) if key and (offset or alike is not None) else None
    # What was found a moment ago was looked for among what may be seen.
    still_visible = visible if kept else None
    ranking = kept or _rank(reader)
    page = _page(still_visible, ranking, offset, limit)
    while not ranking.is_whole and (page.end == len(ranking) if alike is None else ranking.position_of(alike) is None):
        ranking, kept = rankings.extended(ranking, _rank(reader, ranking.effort + 1)), None
        page = _page(still_visible, ranking, offset, limit)
    if alike is not None:
        ranking = rankings.opened(ranking, alike)
        page = _page(still_visible, ranking, offset, limit)
    has_more = page.end < len(ranking)
    if has_more and kept is None and alike is None:
        key = rankings.keep(user, query, ranking)
    found = _results(ranking, hits(reader, ranking, page.shown), started)
    if not has_more:
        return replace(found, is_cut=ranking.is_cut)
    return replace(found, next_offset=page.end, key=key)


def similar(user: AnyUser, meme: Meme, *, limit: int = 24, detail: Detail = ALL) -> Results:
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
    found = hits(Reader(user, others, query, detail), ranking, _page(None, ranking, 0, limit).shown)
    return _results(ranking, found, started)


def _results(ranking: Ranking, found: list[Hit], started: float) -> Results:
    """Without a next page; `started` is a moment of `time.perf_counter`."""
    took_ms = (time.perf_counter() - started) * 1000
    return Results(found, None, ranking.backend, ranking.note, took_ms, weaker_from=ranking.weaker_from)


def _rank(reader: Reader, effort: int = 0) -> Ranking:
    user, visible, query = reader.user, reader.visible, reader.query
    condition = filters.condition(user, query)
    matching = visible.filter(condition) if condition else visible
    if not query.directions:
        return listing.rank(user, Asked(query, matching, []), effort)
    deep = directions.deep(user, query)
    terms = directions.compile_terms(user, visible, query, deep)
    plain, share = scales.without_shares(query)
    counted = matching if plain == query else visible.filter(filters.condition(user, plain))
    filtered = counted if plain.filters or plain.banned else None
    asked = Asked(query, matching, terms, deep=deep, filtered=filtered, share=share, read=reader.read)
    return ordering.rank(user, asked, effort)


# --- a page --------------------------------------------------------------------------------------------------------


def _page(visible: QuerySet[Meme] | None, ranking: Ranking, offset: int, limit: int) -> _Page:
    """`limit` groups of which something is in `visible`, or all that are left; None: all of the ranking is."""
    all_ids, starts = ranking.ids.tolist(), ranking.starts().tolist()
    shown: list[Group] = []
    end = min(offset, len(ranking))
    while len(shown) < limit and end < len(ranking):
        begin, end = end, min(end + limit - len(shown), len(ranking))
        ids = all_ids[starts[begin] : starts[end]]
        seen = set(ids if visible is None else visible.filter(among(ids)).order_by().values_list("pk", flat=True))
        for position in range(begin, end):
            members = [pk for pk in all_ids[starts[position] : starts[position + 1]] if pk in seen]
            if members:
                shown.append((position, members))
    return _Page(shown, end)
