"""The words that a query asks for, as a reader of pictures would count them."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search.query import ExactTerm, Query, TextTerm, speakable

# What a person types is shorter; more words than these tell no more memes apart.
MOST_WORDS = 12
MOST_CHARACTERS = 2000
MOST_READ = 6000  # characters of a meme, as many as the index of parts of words reads
LONGEST_WORD = 60  # characters; of a longer one, its beginning is looked for

# Postgres's english.stop: too common to be asked for beside other words.
_COMMONEST = """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its
    itself they them their theirs themselves what which who whom this that these those am is are was were be been being
    have has had having do does did doing a an the and but if or because as until while of at by for with about against
    between into through during before after above below to from up down in out on off over under again further then once
    here there when where why how all any both each few more most other some such no nor not only own same so than too
    very s t can will just don should now"""
_STOP_WORDS = frozenset(_COMMONEST.split())

# From here on a character may be a word of its own: Han, kana, Hangul, emoji. The migration that made the index of parts
# of words says the same.
ALONE_FROM = "\u2600"
_RUN_ALONE = re.compile(rf"[{ALONE_FROM}-\U0010ffff]+")
_GAP = re.compile(rf"(?<=[{ALONE_FROM}-\U0010ffff])\s+(?=[{ALONE_FROM}-\U0010ffff])")
_SAYS_SOMETHING = re.compile(rf"[^\W_]|[{ALONE_FROM}-\U0010ffff]")
_ACCENTS = re.compile("[\u0300-\u036f]")
# With the marks behind it: accents, and those that stand for a voiced sound in half-width kana.
_LETTER = re.compile("(?s:.)[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*")
_CODE = re.compile(r"(?=\S*[^\W\d_])(?=\S*\d)\S{3,}")  # letters and digits


def asked_words(query: Query, *, with_weightless: bool = True) -> list[str]:
    """The words of the positive texts, each once, in their order. Common ones only where there are no others.

    Quoted words without weight must occur, but have no part in the order of what is found.
    """
    wanted = [
        term.text
        for term in query.terms
        if (isinstance(term, TextTerm | ExactTerm) and term.weight > 0)
        or (isinstance(term, ExactTerm) and term.weight == 0 and with_weightless)
    ]
    return words_of(wanted)


def refused_words(query: Query) -> list[list[str]]:
    """For each negative text, its words: a meme that says all of them is not wanted."""
    texts = [term.text for term in query.terms if isinstance(term, TextTerm) and term.weight < 0]
    return [words for words in (words_of([text]) for text in texts) if words]


def words_of(texts: Iterable[str]) -> list[str]:
    """At most MOST_WORDS, none longer than LONGEST_WORD, none without a letter, digit or sign that says something."""
    runs = speakable(" ".join(texts)[:MOST_CHARACTERS]).split()
    spoken = {run.lower(): run[:LONGEST_WORD] for run in runs if _SAYS_SOMETHING.search(run)}
    rare = [word for folded, word in spoken.items() if folded not in _STOP_WORDS]
    return (rare or list(spoken.values()))[:MOST_WORDS]


def is_common(word: str) -> bool:
    """Whether a word, in lower case, is too common to say what a text is about."""
    return word in _STOP_WORDS


def stands_within(text: str) -> bool:
    """Whether `text` is wanted inside of longer words too: a code such as RE16, or what is written without spaces."""
    return _RUN_ALONE.search(text) is not None or _CODE.search(text) is not None


def pieces(word: str) -> list[str]:
    """What of a word may stand apart from the rest: two characters each of what is written without spaces."""
    runs = _RUN_ALONE.findall(word)
    pairs = [run[at : at + 2] for run in runs for at in range(max(1, len(run) - 1))]
    return list(dict.fromkeys(pairs)) or [word]


@dataclass(frozen=True)
class Folded:
    """A text as the index of parts of words has it; `places[i]` is where character i of `text` came from in `original`."""

    text: str
    original: str
    places: Sequence[int]

    def place(self, span: tuple[int, int]) -> tuple[int, int]:
        """What of the original became the characters of `span`."""
        start, end = span
        last = self.places[end - 1]
        while self.places[end] == last:
            end += 1
        return self.places[start], self.places[end]


def fold(text: str) -> Folded:
    """In lower case, compatibility forms made plain, without accents, and without spaces where none are written."""
    text = text[:MOST_READ]
    if text.isascii():
        return Folded(text.lower(), text, range(len(text) + 1))
    letters: list[str] = []
    places: list[int] = []
    for found in _LETTER.finditer(text):
        if len(places) > MOST_READ:  # one letter may become eighteen
            text = text[: found.start()]
            break
        letter = _fold_letter(found[0])
        letters.append(letter)
        places += [found.start()] * len(letter)
    folded = "".join(letters)
    gaps = {at for gap in _GAP.finditer(folded) for at in range(*gap.span())}
    kept = [at for at in range(len(folded)) if at not in gaps]
    return Folded("".join(folded[at] for at in kept), text, [*(places[at] for at in kept), len(text)])


def _fold_letter(letter: str) -> str:
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", unicodedata.normalize("NFKC", letter).lower()))
    return unicodedata.normalize("NFC", bare)
