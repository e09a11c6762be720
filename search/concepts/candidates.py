"""Words that concepts may be called by: what the library that everybody may see says of itself, and searches that were lent."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from search.models import Meme, PastSearch, Preference, Tagging
from search.query import BadQuery, TextTerm
from search.query.parser import read
from search.wording import is_common

MOST = 4096  # encoded by networks, so many take a minute
MOST_READ = 50_000  # memes, drawn at random from more
MOST_SEARCHES = 5000
LONGEST_TEXT = 400  # characters of each meme: what is written first says what it is about
# In fewer memes it may be a slip of whoever read the words; in more it tells nothing apart.
FEWEST_MEMES, LARGEST_SHARE = 3, 0.3
LONGEST = 40  # characters of a name
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:['’-][^\W_]+)*")


def candidates(looks: Iterable[str] = ()) -> list[str]:
    """At most `MOST`, in lower case: `looks`, words that the encoder has a picture of; tags and lent searches; then words and
    pairs of words, those in most memes first.

    Nothing that stands on private memes alone. The same until the library changes, if it is not a large one.
    """
    said, memes = _said()
    found = [
        name
        for name, count in sorted(said.items(), key=lambda item: (-item[1], item[0]))
        if FEWEST_MEMES <= count <= max(FEWEST_MEMES, LARGEST_SHARE * memes)
    ]
    others = dict.fromkeys(name for name in (*looks, *_tags(), *_searched()) if _is_name(name))
    return list(dict.fromkeys([*others, *found]))[:MOST]


def _said() -> tuple[Counter[str], int]:
    """In how many memes each word or pair stands, and how many were read."""
    shared = Meme.objects.filter(state=Meme.State.ACTIVE, private_to=None)
    is_all = shared.count() <= MOST_READ
    chosen = shared.order_by("pk") if is_all else shared.order_by("?")[:MOST_READ]
    counted: Counter[str] = Counter()
    memes = 0
    for title, text in chosen.values_list("title", "text").iterator(chunk_size=2000):
        memes += 1
        counted.update({name for line in (title, text[:LONGEST_TEXT]) for name in names_in(line) if _is_name(name)})
    return counted, memes


def names_in(line: str) -> Iterator[str]:
    """The words of a text, but for the commonest, and those of them that stand side by side, in pairs."""
    before = ""
    for found in _WORD.finditer(line.lower()):
        word = found[0]
        if len(word) < 2 or is_common(word):
            before = ""
            continue
        yield word
        if before:
            yield f"{before} {word}"
        before = word


def _is_name(name: str) -> bool:
    return 2 <= len(name) <= LONGEST and "unnamed" not in name


def _tags() -> Iterable[str]:
    shared = Tagging.objects.filter(meme__state=Meme.State.ACTIVE, meme__private_to=None)
    return [name.lower() for name in shared.values_list("tag__name", flat=True).distinct().order_by("tag__name")[:MOST]]


def _searched() -> Iterable[str]:
    """The texts of searches of those who allowed it."""
    lenders = Preference.objects.filter(lends_searches=True, user__is_active=True).values("user")
    lent = PastSearch.objects.filter(owner__in=lenders).order_by("-searched_at")
    for query in lent.values_list("query", flat=True)[:MOST_SEARCHES]:
        try:
            terms = read(query).terms
        except BadQuery:
            continue
        yield from (" ".join(term.text.lower().split()) for term in terms if isinstance(term, TextTerm))
