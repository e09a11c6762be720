"""The order of results: closeness and words together, the weak ones last, the same picture once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from django.db import connection

from search import collapse, directions, fusion, kinds, nearest, orders, spaces, tail, words
from search.collapse import Looks
from search.filters import among, as_literal
from search.models import Meme
from search.nearest import MAX_DEPTH, Asked, Closest
from search.rankings import AnyUser, Backend, Ranking
from search.sidecar.terms import Ids, Vector

# Memes that say all words of the query and are put among the closest. The place of a later one says too little.
WORDS_DEPTH = 200
LOOKS = "SELECT id, text, color, width, height FROM search_meme WHERE id = ANY(%s::bigint[])"
RERANKED = 500  # of the best, by tastes that take a while for each


@dataclass(frozen=True, eq=False)
class Ordered:
    """Memes in their order, with what is known of each; the first `strong` of them are more than chance."""

    ids: Ids
    scores: Vector
    hashes: Ids
    strong: int

    def taken(self, places: npt.NDArray[np.integer]) -> "Ordered":
        return Ordered(self.ids[places], self.scores[places], self.hashes[places], self.strong)


def rank(user: AnyUser, asked: Asked, effort: int = 0) -> Ranking:
    """What `asked` finds with this effort. Raises what `nearest.closest` raises."""
    found = nearest.closest(asked, effort)
    if found is None:
        return _by_words(user, asked)
    if asked.query.sort is not None and not found.is_whole and _strong(asked, found) == len(found.ids):
        return rank(user, asked, effort + 1)  # what comes first may not have been looked at
    said = words.found(asked.matching, asked.query, WORDS_DEPTH, only_all=True)
    found = nearest.with_more(found, asked, said)
    ordered = _sorted(user, asked, _ordered(asked, found, list(said)))
    ordered, tastes = _reranked(user, asked, ordered)
    note = found.note or _note(asked, ordered)
    return replace(collapsed(ordered, found.backend, tastes), note=note, is_whole=found.is_whole, effort=effort)


def _by_words(user: AnyUser, asked: Asked) -> Ranking:
    """Full text alone, while nobody can turn words into a vector."""
    hashes = words.found(asked.matching, asked.query, asked.depth)
    ids = np.array(list(hashes), np.int64)
    found = Ordered(ids, np.full(len(ids), np.nan, np.float32), nearest.as_array(hashes.values()), len(ids))
    note = "The search index is starting: for now only words in the pictures and titles are looked up."
    return replace(collapsed(_sorted(user, asked, found), "words"), note=note)


# --- strong and weak -----------------------------------------------------------------------------------------------


def _strong(asked: Asked, found: Closest) -> int:
    """How many of the closest are more than chance. Words that had to occur are a reason of their own."""
    if found.background is None or asked.query.phrases:
        return len(found.ids)
    strong = tail.cut(found.scores, found.background, asked.among(found.background))
    return len(found.ids) if strong is None else strong


def _ordered(asked: Asked, found: Closest, said: Sequence[int]) -> Ordered:
    """The strong ones by closeness and words together, then the weak ones by closeness. Who says all words is strong."""
    strong = _strong(asked, found)
    is_strong = np.isin(found.ids, np.array(said, np.int64))
    is_strong[:strong] = True
    fused = fusion.fuse(found.ids, said)
    places = np.concatenate([fused[is_strong[fused]], np.flatnonzero(~is_strong)])[:MAX_DEPTH]
    count = min(int(np.count_nonzero(is_strong)), MAX_DEPTH)
    return Ordered(found.ids, found.scores, found.hashes, count).taken(places)


def _sorted(user: AnyUser, asked: Asked, ordered: Ordered) -> Ordered:
    """The strong ones in the order that was asked for."""
    if asked.query.sort is None:
        return ordered
    strong = Meme.objects.filter(among(ordered.ids[: ordered.strong].tolist()))
    by_id = {meme_id: place for place, meme_id in enumerate(ordered.ids.tolist())}
    in_order = strong.order_by(*orders.order(user, asked.query.sort)).values_list("pk", flat=True)
    places = [by_id[meme_id] for meme_id in in_order]
    rest = np.arange(ordered.strong, len(ordered.ids))
    return replace(ordered.taken(np.concatenate([np.array(places, np.intp), rest])), strong=len(places))


def _note(asked: Asked, ordered: Ordered) -> str:
    if asked.query.sort is not None and ordered.strong == MAX_DEPTH:
        return f"These are the {MAX_DEPTH} closest, in the order you asked for."
    return ""


# --- tastes --------------------------------------------------------------------------------------------------------


def _reranked(user: AnyUser, asked: Asked, ordered: Ordered) -> tuple[Ordered, dict[str, Vector]]:
    """The best of the strong ones by similarity + weight * taste, and what each taste added, NaN where it was not asked.

    Deep tastes alone have nothing to add to: their directions only found the memes, none of which is strong or weak.
    """
    space = spaces.active() if asked.deep else None
    is_alone = set(directions.summed(asked.query, asked.deep)) <= set(asked.deep)
    best = min(RERANKED, len(ordered.ids) if is_alone else ordered.strong)
    if space is None or not best or asked.query.sort is not None:
        return ordered, {}
    tastes: dict[str, Vector] = {}
    for term in asked.deep:
        values = kinds.scores(term, user, space, ordered.ids[:best])
        added = np.full(len(ordered.ids), np.nan, np.float32)
        added[:best] = np.float32(term.weight) * values
        tastes[f"{term.key}:{term.value}"] = added
    total = np.sum([added[:best] for added in tastes.values()], axis=0) + (0 if is_alone else ordered.scores[:best])
    places = np.concatenate([np.argsort(-total, kind="stable"), np.arange(best, len(ordered.ids))])
    ordered = replace(ordered.taken(places), strong=max(ordered.strong, best))
    return ordered, {name: added[places] for name, added in tastes.items()}


# --- the same picture once -----------------------------------------------------------------------------------------


def collapsed(ordered: Ordered, backend: Backend, tastes: Mapping[str, Vector] = MappingProxyType({})) -> Ranking:
    """Groups of what is alike, each where its first meme stands."""
    leading = _leaders(ordered)
    places = np.argsort(leading, kind="stable")
    heads, sizes = np.unique(leading, return_counts=True)
    weaker_from = int(np.count_nonzero(heads < ordered.strong))
    return Ranking(
        ordered.ids[places],
        sizes.astype(np.int32),
        ordered.scores[places],
        backend,
        weaker_from=weaker_from if weaker_from < len(heads) else None,
        is_cut=len(ordered.ids) >= MAX_DEPTH,
        tastes={name: values[places] for name, values in tastes.items()},
    )


def _leaders(ordered: Ordered) -> Ids:
    """Which of `ordered` each is shown under. What tells pictures apart is read for those alone that may be alike."""
    pairs = collapse.near_pairs(ordered.hashes)
    first, second, _ = pairs
    rows = np.union1d(first, second)
    if not len(rows):
        return np.arange(len(ordered.ids))
    with connection.cursor() as cursor:
        cursor.execute(LOOKS, [as_literal(ordered.ids[rows].tolist())])
        looks = {pk: Looks.of(*facts) for pk, *facts in cursor.fetchall()}
    by_row = {row: looks[meme_id] for row in rows.tolist() if (meme_id := int(ordered.ids[row])) in looks}
    return collapse.leaders(len(ordered.ids), pairs, by_row)
