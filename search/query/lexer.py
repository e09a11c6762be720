"""From the characters of a query to its tokens: words, quoted words and `key:value`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from search.query.errors import BadQuery
from search.query.keys import Key, closest, find

_SPACE = re.compile(r"\s*")
_MINUS = re.compile(r"-(?=[^\s>-])")  # `--` and `->` are text
_NAME = re.compile(r"([A-Za-z]+):(?=\S)")
# The marks that telephones make of straight ones count too.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|[“„]([^“”"]*)[“”"]', re.DOTALL)
_UNESCAPED = re.compile(r'\\(["\\])')
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*(?:e[+-]?[0-9]+)?|\.[0-9]+(?:e[+-]?[0-9]+)?|nan|inf|infinity)"
_WEIGHT = re.compile(rf"\^({_NUMBER})(?!\S)", re.IGNORECASE)
_WEIGHT_AT_END = re.compile(rf"\^({_NUMBER})$", re.IGNORECASE)
_RUN = re.compile(r"\S+")
_ITEM = re.compile(r"[^\s,]*")


@dataclass(frozen=True)
class Piece:
    """Some text, and its first character in the query."""

    text: str
    at: int


@dataclass(frozen=True)
class Token:
    """Without `key` a word, or with `is_quoted` quoted words, as the only one of `pieces`; else the values of the key."""

    at: int
    end: int
    pieces: tuple[Piece, ...]
    key: Key | None = None
    is_quoted: bool = False
    is_negated: bool = False
    weight: Piece | None = None


def tokens(text: str) -> Iterator[Token]:
    """Raises BadQuery for a key that looks like one of ours, for a quotation mark of a value that is never closed, and for
    an empty value in a list."""
    at = _skip_space(text, 0)
    while at < len(text):
        token = _token(text, at)
        yield token
        at = _skip_space(text, token.end)


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _token(text: str, at: int) -> Token:
    is_negated = _MINUS.match(text, at) is not None
    start = at + is_negated
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        weight, end = _weight_after(text, quoted.end())
        return Token(at, end, (_unquoted(quoted),), None, True, is_negated, weight)
    named = _NAME.match(text, start)
    key = None if named is None else find(named[1])
    if named is None or key is None:
        return _word(text, at, is_negated)
    pieces, weight, end = _values(text, named.end(), key)
    return Token(at, end, pieces, key, False, is_negated, weight)


def _word(text: str, at: int, is_negated: bool) -> Token:
    run = _RUN.match(text, at + is_negated)
    assert run is not None
    _refuse_slip(run[0], run.start())
    word, weight = _split_weight(Piece(run[0], run.start()))
    return Token(at, run.end(), (word,), None, False, is_negated, weight)


def _refuse_slip(word: str, at: int) -> None:
    name, colon, value = word.partition(":")
    meant = closest(name) if colon and value and not value.startswith("//") else None
    if meant is not None:
        raise BadQuery(
            f"There is no key “{name}:”. Did you mean “{meant.name}:”? "
            f'To look for these letters themselves, write about:"{name}:…".',
            at,
        )


def _values(text: str, at: int, key: Key) -> tuple[tuple[Piece, ...], Piece | None, int]:
    """The values of a key, its weight, and where both end."""
    pieces: list[Piece] = []
    while True:
        if text[at : at + 1] in ('"', "“", "„"):
            quoted = _QUOTED.match(text, at)
            if quoted is None:
                raise BadQuery("This quotation mark is never closed.", at)
            pieces.append(_unquoted(quoted))
            weight, end = _weight_after(text, quoted.end())
        else:
            run = (_ITEM if key.takes_many else _RUN).match(text, at)
            last, weight = _split_weight(Piece(run[0] if run else "", at))
            end = at + len(run[0] if run else "")
            if not last.text:
                raise BadQuery(f"A value of “{key.name}:” is missing here.", min(at, len(text) - 1))
            pieces.append(last)
        if not (key.takes_many and weight is None and text[end : end + 1] == ","):
            return tuple(pieces), weight, end
        at = end + 1


def _unquoted(quoted: re.Match[str]) -> Piece:
    if quoted[1] is None:
        return Piece(quoted[2], quoted.start())
    return Piece(_UNESCAPED.sub(r"\1", quoted[1]), quoted.start())


def _weight_after(text: str, at: int) -> tuple[Piece | None, int]:
    found = _WEIGHT.match(text, at)
    return (None, at) if found is None else (Piece(found[1], found.start(1)), found.end())


def _split_weight(piece: Piece) -> tuple[Piece, Piece | None]:
    """`grumpy^1.5` is a word and its weight; `^_^` and `^2` are words."""
    found = _WEIGHT_AT_END.search(piece.text)
    if found is None or not found.start():
        return piece, None
    return Piece(piece.text[: found.start()], piece.at), Piece(found[1], piece.at + found.start(1))


def quote(text: str) -> str:
    """`text` in quotation marks, such that it is read as it is."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
