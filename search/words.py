"""Finding memes by the words in the picture and its title, the best match first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import islice
from operator import and_, or_

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, QuerySet, Value

from search.highlights import Match, highlight
from search.models import Meme
from search.query import Query
from search.wording import asked_words, refused_words

__all__ = ["Match", "highlight", "rank"]

# Of each tier, the newest so many are put in order: a word that everything contains must not sort the whole library.
CANDIDATES = 1000
SHORTEST_PREFIX = 2  # characters; one letter begins a word of every meme
BY_LENGTH = 1  # ts_rank_cd divides by 1 + log(length)

Forms = Callable[[str], list[SearchQuery]]


def rank(matching: QuerySet[Meme], query: Query, depth: int) -> list[int]:
    """Ids of at most `depth` of `matching`, best first, by the positive texts of `query`; none when it has none.

    All words come before some words; words as they were typed before other forms of them, before beginnings of words,
    before parts of words. A meme that says all words of a negative text is left out.
    """
    words = asked_words(query)
    if not words or depth <= 0:
        return []
    for refused in refused_words(query):
        matching = matching.exclude(words=_all_of(refused, _whole))
    found: dict[int, None] = {}
    for ids in _tiers(matching, words, depth):
        found.update(dict.fromkeys(ids))
        if len(found) >= depth:
            break
    return list(islice(found, depth))


def _tiers(matching: QuerySet[Meme], words: Sequence[str], depth: int) -> Iterator[Iterable[int]]:
    for forms in (_exact, _whole, _begun):
        yield _ordered(matching, _all_of(words, forms), depth)


def _ordered(matching: QuerySet[Meme], wanted: SearchQuery, depth: int) -> Iterable[int]:
    newest = matching.filter(words=wanted).order_by("-pk").values("pk")[: max(CANDIDATES, depth)]
    closeness = SearchRank(F("words"), wanted, cover_density=True, normalization=Value(BY_LENGTH))
    ranked = Meme.objects.filter(pk__in=newest).order_by(closeness.desc(), "-pk")
    return ranked.values_list("pk", flat=True)[:depth]


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
