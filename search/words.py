"""Finding memes by the words in the picture and its title, the best match first."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import islice
from operator import and_
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchQueryField
from django.db.models import Func, Q, QuerySet, Value

from search import grams, tiers
from search.highlights import Match, highlight
from search.models import Meme
from search.query import Query
from search.wording import LONGEST_WORD, asked_words, pieces, refused_words, stands_within, words_of

__all__ = ["Match", "found", "highlight", "rank"]

SHORTEST_PREFIX = 2  # characters; one letter begins a word of every meme

FEW = 10  # memes: with fewer, words inside of other words are looked at too
# Of memes with some of the words alone: so many of the longest words, which are the rarest, and of each the newest memes.
MOST_LOOKED_UP, OF_EACH = 4, 200

Written = tuple[str, list[str]]  # SQL and its parameters
Forms = Callable[[str], Written]


def rank(matching: QuerySet[Meme], query: Query, depth: int, *, only_all: bool = False) -> list[int]:
    """Ids of what is `found`."""
    return list(found(matching, query, depth, only_all=only_all))


def found(matching: QuerySet[Meme], query: Query, depth: int, *, only_all: bool = False) -> dict[int, int | None]:
    """At most `depth` of `matching`, best first, by the positive texts of `query`; none when it has none. By their ids, the
    perceptual hashes, so that nobody needs to ask for these once more.

    `matching` are memes that the filters of `query` let through, so all of them say its quoted words.
    All words come before some words; words as they were typed before other forms of them, before beginnings of words,
    before parts of words. A meme that says all words of a negative text is left out. With `only_all` those that say some
    words are left out as well.
    """
    # Where words alone decide, those without weight are better than none.
    words = asked_words(query, with_weightless=not only_all)
    if not words or depth <= 0:
        return {}
    for refused in refused_words(query):
        matching = matching.exclude(words=_all_of(refused, _whole))
    if _are_quoted(words, query):
        return tiers.found(matching, [tiers.Tier(tiers.Closest(_all_of(words, _exact)), depth)], depth)
    hashes = _with_all(matching, words, depth)
    if not only_all and len(hashes) < depth:
        hashes |= _with_some(matching, words)  # which of both a meme is in first decides its place
    return dict(islice(hashes.items(), depth))


def _are_quoted(words: Sequence[str], query: Query) -> bool:
    """Whether every meme that the filters let through says all words as they were typed.

    Further tiers would bring up nothing, but of phrases of common words Postgres would go through all memes with the words
    again for each of them: where words stand is not in its index.
    """
    quoted = words_of(query.phrases)
    return (
        set(words) <= set(quoted)
        and not any(stands_within(phrase) for phrase in query.phrases)
        and max(map(len, words)) < LONGEST_WORD
    )


def _with_all(matching: QuerySet[Meme], words: Sequence[str], depth: int) -> dict[int, int | None]:
    """Tier after tier."""
    wanted = [tiers.Tier(tiers.Closest(_all_of(words, forms)), depth) for forms in (_exact, _whole, _begun)]
    if any(grams.can_be_found(word) for word in words):
        # "cat" stands in "education": where there are cats, nobody means that.
        enough = depth if any(stands_within(word) for word in words) else min(FEW, depth)
        wanted.append(tiers.Tier(tiers.Shortest(_parts(words)), enough))
    return tiers.found(matching, wanted, depth)


def _with_some(matching: QuerySet[Meme], words: Sequence[str]) -> dict[int, int | None]:
    some = list(dict.fromkeys(piece for word in words for piece in pieces(word)))
    return _rarest(matching, sorted(some, key=len, reverse=True)[:MOST_LOOKED_UP]) if len(some) > 1 else {}


def _rarest(matching: QuerySet[Meme], some: Sequence[str]) -> dict[int, int | None]:
    """Memes with at least one of the words or pieces: the more and the rarer, the better."""
    columns = ("piece", "pk", "phash")
    arms = [
        matching.filter(_one(piece)).order_by("-pk").annotate(piece=Value(number)).values_list(*columns)[:OF_EACH]
        for number, piece in enumerate(some)
    ]
    by_piece: dict[int, list[int]] = defaultdict(list)
    hashes: dict[int, int | None] = {}
    for number, pk, phash in arms[0].union(*arms[1:], all=True):
        by_piece[number].append(pk)
        hashes[pk] = phash
    weights: Counter[int] = Counter()
    for ids in by_piece.values():
        weights.update(dict.fromkeys(ids, 1 / math.log2(2 + len(ids))))
    return {pk: hashes[pk] for pk in sorted(weights, key=lambda pk: (-weights[pk], -pk))}


# --- the forms of a word -------------------------------------------------------------------------------------------


class _Words(SearchQuery):
    """A tsquery that is written already: each part of one that Django puts together takes it longer than Postgres."""

    def __init__(self, text: str, params: Sequence[str]) -> None:
        Func.__init__(self, output_field=SearchQueryField())
        self.text, self.params = text, params

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, Sequence[str]]:  # type: ignore[override]  # of one kind alone
        return self.text, self.params


def _all_of(words: Sequence[str], forms: Forms) -> SearchQuery:
    written = [forms(word) for word in words]
    return _Words(f"({' && '.join(text for text, _ in written)})", [given for _, params in written for given in params])


def _exact(word: str) -> Written:
    return "phraseto_tsquery('simple', %s)", [word]


def _whole(word: str) -> Written:
    """As it was typed, or another form of it."""
    return "(phraseto_tsquery('simple', %s) || phraseto_tsquery('english', %s))", [word, word]


def _begun(word: str) -> Written:
    text, params = _whole(word)
    if len(word) < SHORTEST_PREFIX:
        return text, params
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"({text} || to_tsquery('simple', %s))", [*params, f"'{quoted}':*"]


def _parts(words: Sequence[str]) -> Q:
    """Each somewhere in the meme; of what is too short for that, as the beginning of a word."""
    return reduce(
        and_, (grams.contains(word) if grams.can_be_found(word) else Q(words=_all_of([word], _begun)) for word in words)
    )


def _one(piece: str) -> Q:
    return grams.contains(piece) if stands_within(piece) else Q(words=_all_of([piece], _whole))
