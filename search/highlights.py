"""Which words of a meme a query matched, as a line to show."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from django.utils.safestring import SafeString, mark_safe

from search import stems
from search.models import Meme
from search.query import Query
from search.wording import LONGEST_WORD, Folded, asked_words, fold, pieces

Source = Literal["title", "text"]
Span = tuple[int, int]

WIDTH = 100  # characters of the line; two lines of a tile
LEAD = 24  # of them before the first word that matched
SHORTEST_BEGINNING = 2
# Stems are looked up of words that begin as a word of the query does. More of them than these nobody typed.
SAME_BEGINNING, MOST_STEMS = 2, 500

_LETTERS = re.compile(rf"[^\W_]{{{SAME_BEGINNING}}}|[^\W_]$")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_SPACE = re.compile(r"\s\s+|[^\S ]")  # whatever is not one space already
# What would change the direction or place of whatever stands behind it.
_UNSHOWN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


@dataclass(frozen=True)
class Match:
    """Where the words of a query stand in a meme: `html` is escaped and has the words in <mark>."""

    html: SafeString
    source: Source
    is_all: bool


@dataclass(frozen=True)
class _Field:
    """A title or text, folded, with where those of its words stand that may be forms of the query's words."""

    source: Source
    folded: Folded
    tokens: tuple[tuple[str, Span], ...]

    @classmethod
    def read(cls, source: Source, text: str, tokens: re.Pattern[str]) -> _Field:
        folded = fold(text)
        return cls(source, folded, tuple((found[0], found.span()) for found in tokens.finditer(folded.text)))


@dataclass(frozen=True)
class _Word:
    """A word of the query, folded, with the words of the page that are forms of it, and its pieces."""

    text: str
    forms: frozenset[str]
    parts: tuple[str, ...]

    @classmethod
    def among(cls, stems: Mapping[str, str], word: str) -> _Word:
        stem = stems.get(word)
        forms = frozenset({word, *(token for token, other in stems.items() if other == stem)})
        return cls(word, forms, tuple(piece for piece in pieces(word) if piece != word))


def highlight(memes: Iterable[Meme], query: Query) -> dict[int, Match]:
    """For each of `memes` in which words of `query` stand, by id, the line with most of them.

    The marks are set here and not by Postgres, whose headlines carry the text's own markup along: whatever stands in a
    picture is escaped piece by piece. Postgres is asked once at most, for the stems of the words of the whole page.
    """
    asked = [_EDGES.sub("", fold(word).text) or word for word in asked_words(query)]
    if not asked:
        return {}
    tokens = _tokens(asked)
    read = {
        meme.pk: (_Field.read("text", meme.text, tokens), _Field.read("title", meme.title, tokens)) for meme in memes
    }
    known = _stems(asked, [field for fields in read.values() for field in fields])
    words = [_Word.among(known, word) for word in asked]
    matches = {pk: _match(fields, words) for pk, fields in read.items()}
    return {pk: match for pk, match in matches.items() if match is not None}


def _tokens(words: Sequence[str]) -> re.Pattern[str]:
    """Finds the words that begin as one of these does, or are the same letter: of any other, none is a form or a beginning."""
    letters = {word[:SAME_BEGINNING] for word in words if _LETTERS.match(word)}
    written = sorted(some if len(some) == SAME_BEGINNING else rf"{some}(?![^\W_])" for some in letters)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(written)})[^\W_]*" if written else "(?!)")


def _match(fields: Sequence[_Field], words: Sequence[_Word]) -> Match | None:
    found = [[_spans(field, word) for word in words] for field in fields]
    counts = [sum(map(bool, spans)) for spans in found]
    if not any(counts):
        return None
    best = counts.index(max(counts))
    said_whole = [any(is_whole for spans in per_word for _, is_whole in spans) for per_word in zip(*found, strict=True)]
    spans = sorted({fields[best].folded.place(span) for spans in found[best] for span, _ in spans})
    return Match(_line(fields[best].folded.original, _joined(spans)), fields[best].source, all(said_whole))


# --- where a word stands -------------------------------------------------------------------------------------------


def _spans(field: _Field, word: _Word) -> list[tuple[Span, bool]]:
    """Where `word` stands in the folded text, in its best form alone; False beside a mere piece of it."""
    same = [(span, True) for token, span in field.tokens if token in word.forms]
    if same:
        return same
    if word.text in field.folded.text:
        return [(span, True) for span in _begun(field, word.text) or _inside(field.folded.text, word.text)]
    return [(span, False) for part in word.parts for span in _inside(field.folded.text, part)]


def _begun(field: _Field, word: str) -> list[Span]:
    if len(word) < SHORTEST_BEGINNING:
        return []
    return [(at, at + len(word)) for token, (at, _) in field.tokens if token.startswith(word)]


def _inside(text: str, part: str) -> Iterator[Span]:
    at = text.find(part)
    while at >= 0:
        yield at, at + len(part)
        at = text.find(part, at + len(part))


def _stems(words: Sequence[str], fields: Iterable[_Field]) -> dict[str, str]:
    """Of the words of the query, and of words on the page that may be other forms of them."""
    tokens = dict.fromkeys([*words, *(token for field in fields for token, _ in field.tokens)])
    asked = [token for token in tokens if len(token) <= LONGEST_WORD][:MOST_STEMS]
    return stems.of(asked) if len(asked) > len(words) else {}


# --- the line ------------------------------------------------------------------------------------------------------


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Without overlaps: two marks that touch are one."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _line(text: str, spans: Sequence[Span]) -> SafeString:
    """The part of `text` with most of `spans`, escaped, with marks around them."""
    start, end = _window(text, spans)
    shown = [(at, min(until, end)) for at, until in spans if start <= at < end]
    parts = ["… "] if start else []
    done = start
    for at, until in shown:
        parts += [_plain(text[done:at]), "<mark>", _plain(text[at:until]), "</mark>"]
        done = until
    parts += [_plain(text[done:end]), " …" if end < len(text) else ""]
    return mark_safe("".join(parts))  # each piece of the text is escaped


def _window(text: str, spans: Sequence[Span]) -> Span:
    """From and to which character, at a space where there is one near."""
    starts = [at for at, _ in spans]
    within = [bisect_left(starts, at + WIDTH - LEAD) - number for number, at in enumerate(starts)]
    first = starts[within.index(max(within))]
    start = max(0, first - LEAD)
    if start and (space := text.find(" ", start, first)) >= 0:
        start = space + 1
    end = min(len(text), start + WIDTH)
    if end < len(text) and (space := text.rfind(" ", max(first + 1, end - LEAD), end)) >= 0:
        end = space
    return start, end


def _plain(text: str) -> str:
    return escape(_SPACE.sub(" ", _UNSHOWN.sub("", text)))
