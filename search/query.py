"""The query language of the search box: words, -words and "exact words", with no knowledge of where they are looked up."""

import re
from dataclasses import dataclass

MAX_LENGTH = 2000  # characters; nobody types more
MAX_TERMS = 32

_TOKEN = re.compile(r'(?P<minus>-?)"(?P<quoted>[^"]*)"|(?P<like>-?)like:(?P<meme>[0-9]{1,18})(?!\S)|(?P<word>\S+)')


class BadQuery(Exception):
    """The query cannot be read; the message says why and `position` is the character it is about."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True)
class TextTerm:
    text: str
    weight: float = 1.0


@dataclass(frozen=True)
class LikeTerm:
    """A meme whose looks or meaning is wanted."""

    meme_id: int
    weight: float = 1.0


Term = TextTerm | LikeTerm


@dataclass(frozen=True)
class Query:
    """Terms are summed into one direction; phrases must occur in the found text or title."""

    terms: tuple[Term, ...] = ()
    phrases: tuple[str, ...] = ()

    def is_empty(self) -> bool:
        return not self.terms and not self.phrases


def parse(text: str) -> Query:
    """Read what somebody typed. Words in a row are one text; `-word` is its opposite; raises BadQuery."""
    if len(text) > MAX_LENGTH:
        raise BadQuery(f"A query has at most {MAX_LENGTH} characters; this one has {len(text)}.", MAX_LENGTH)
    words: list[str] = []
    terms: list[Term] = []
    phrases: list[str] = []
    for match in _TOKEN.finditer(text.replace("\x00", " ")):
        quoted, meme, word = match["quoted"], match["meme"], match["word"]
        if quoted is not None and match["minus"]:
            terms += [TextTerm(quoted.strip(), -1.0)] if quoted.strip() else []
        elif quoted is not None:
            phrases += [quoted.strip()] if quoted.strip() else []
            words.append(quoted.strip())
        elif meme is not None:
            terms.append(LikeTerm(int(meme), -1.0 if match["like"] else 1.0))
        elif len(word) > 1 and word.startswith("-"):
            terms.append(TextTerm(word[1:], -1.0))
        else:
            words.append(word)
    wanted = " ".join(word for word in words if word)
    if wanted:
        terms.insert(0, TextTerm(wanted))
    if len(terms) > MAX_TERMS:
        raise BadQuery(f"A query has at most {MAX_TERMS} terms; this one has {len(terms)}.")
    return Query(tuple(terms), tuple(phrases))
