"""Finding memes by the words in the picture and its title, the best match first."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain, islice
from operator import and_, or_
from typing import TYPE_CHECKING

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Length

from search import grams
from search.highlights import Match, highlight
from search.models import Meme
from search.query import Query
from search.wording import asked_words, pieces, refused_words, stands_within

__all__ = ["Match", "highlight", "rank"]

# Of each tier, the newest so many are put in order: a word that everything contains must not sort the whole library.
CANDIDATES = 1000
SHORTEST_PREFIX = 2  # characters; one letter begins a word of every meme
BY_LENGTH = 1  # ts_rank_cd divides by 1 + log(length)

FEW = 10  # memes: with fewer, words inside of other words are looked at too
# Of memes with some of the words alone: so many of the longest words, which are the rarest, and of each the newest memes.
MOST_LOOKED_UP, OF_EACH = 4, 200

if TYPE_CHECKING:
    ValuesQuerySet = QuerySet[Meme, int]
Forms = Callable[[str], list[SearchQuery]]


def rank(matching: QuerySet[Meme], query: Query, depth: int, *, only_all: bool = False) -> list[int]:
    """Ids of at most `depth` of `matching`, best first, by the positive texts of `query`; none when it has none.

    All words come before some words; words as they were typed before other forms of them, before beginnings of words,
    before parts of words. A meme that says all words of a negative text is left out. With `only_all` those that say some
    words are left out as well.
    """
    # Where words alone decide, those without weight are better than none.
    words = asked_words(query, with_weightless=not only_all)
    if not words or depth <= 0:
        return []
    for refused in refused_words(query):
        matching = matching.exclude(words=_all_of(refused, _whole))
    found: dict[int, None] = {}
    for ids in chain(_with_all(matching, words, depth, found), () if only_all else _with_some(matching, words)):
        found.update(dict.fromkeys(ids))
        if len(found) >= depth:
            break
    return list(islice(found, depth))


def _with_all(
    matching: QuerySet[Meme], words: Sequence[str], depth: int, found: Collection[int]
) -> Iterator[Iterable[int]]:
    """Tier after tier; `found` are those of the tiers before."""
    for forms in (_exact, _whole, _begun):
        yield _closest(matching, _all_of(words, forms), depth)
    # "cat" stands in "education": where there are cats, nobody means that.
    is_wanted = len(found) < FEW or any(stands_within(word) for word in words)
    if is_wanted and any(grams.can_be_found(word) for word in words):
        yield _shortest(matching, _parts(words), depth)


def _with_some(matching: QuerySet[Meme], words: Sequence[str]) -> Iterator[Iterable[int]]:
    some = list(dict.fromkeys(piece for word in words for piece in pieces(word)))
    if len(some) > 1:
        yield _rarest(matching, sorted(some, key=len, reverse=True)[:MOST_LOOKED_UP])


def _closest(matching: QuerySet[Meme], wanted: SearchQuery, depth: int) -> Iterable[int]:
    """By how close together the words stand, in how long a text."""
    closeness = SearchRank(F("words"), wanted, cover_density=True, normalization=Value(BY_LENGTH))
    return _newest(matching.filter(words=wanted), depth).order_by(closeness.desc(), "-pk")[:depth]


def _shortest(matching: QuerySet[Meme], wanted: Q, depth: int) -> Iterable[int]:
    return _newest(matching.filter(wanted), depth).order_by(Length("title") + Length("text"), "-pk")[:depth]


def _newest(matching: QuerySet[Meme], depth: int) -> ValuesQuerySet:
    newest = matching.order_by("-pk").values("pk")[: max(CANDIDATES, depth)]
    return Meme.objects.filter(pk__in=newest).values_list("pk", flat=True)


def _rarest(matching: QuerySet[Meme], some: Sequence[str]) -> Iterable[int]:
    """Memes with at least one of the words or pieces: the more and the rarer, the better."""
    arms = [
        matching.filter(_one(piece)).order_by("-pk").annotate(piece=Value(number)).values_list("piece", "pk")[:OF_EACH]
        for number, piece in enumerate(some)
    ]
    found: dict[int, list[int]] = defaultdict(list)
    for number, pk in arms[0].union(*arms[1:], all=True):
        found[number].append(pk)
    weights: Counter[int] = Counter()
    for ids in found.values():
        weights.update(dict.fromkeys(ids, 1 / math.log2(2 + len(ids))))
    return sorted(weights, key=lambda pk: (-weights[pk], -pk))


# --- the forms of a word -------------------------------------------------------------------------------------------


def _all_of(words: Sequence[str], forms: Forms) -> SearchQuery:
    wanted: SearchQuery = reduce(and_, (reduce(or_, forms(word)) for word in words))
    return wanted


def _exact(word: str) -> list[SearchQuery]:
    return [SearchQuery(word, config="simple", search_type="phrase")]


def _whole(word: str) -> list[SearchQuery]:
    """As it was typed, or another form of it."""
    return [*_exact(word), SearchQuery(word, config="english", search_type="phrase")]


def _begun(word: str) -> list[SearchQuery]:
    if len(word) < SHORTEST_PREFIX:
        return _whole(word)
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return [*_whole(word), SearchQuery(f"'{quoted}':*", config="simple", search_type="raw")]


def _parts(words: Sequence[str]) -> Q:
    """Each somewhere in the meme; of what is too short for that, as the beginning of a word."""
    return reduce(
        and_, (grams.contains(word) if grams.can_be_found(word) else Q(words=_all_of([word], _begun)) for word in words)
    )


def _one(piece: str) -> Q:
    return grams.contains(piece) if stands_within(piece) else Q(words=_all_of([piece], _whole))
