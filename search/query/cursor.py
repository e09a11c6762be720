"""What somebody is typing: the part of a query around the cursor that a suggestion would complete."""

import re
from dataclasses import dataclass

from search.query.keys import Key, find

_VALUES = r'(?:(?:"(?:[^"\\]|\\.)*"|[^\s",]+),)*'
_OPEN = re.compile(
    rf'(?:^|(?<=\s))-?(?:"(?:[^"\\]|\\.)*'  # inside exact words: nothing to complete
    rf'|(?P<key>[A-Za-z]+):{_VALUES}(?P<value>"(?:[^"\\]|\\.)*|[^\s",]*)'
    r"|(?P<word>[A-Za-z]*))$",
    re.DOTALL,
)
_REST_OF_WORD = re.compile(r"[A-Za-z]*:?")
_REST_OF_VALUE = re.compile(r'[^\s",]*')


@dataclass(frozen=True)
class Partial:
    """`typed` is what stands before the cursor, of a value of `key` or, without one, of a key itself.

    A suggestion takes the place of the characters from `start` to `end`.
    """

    key: Key | None
    typed: str
    start: int
    end: int


def at_cursor(text: str, cursor: int) -> Partial | None:
    """What to complete when the cursor stands before the character `cursor`; None where nothing can be suggested."""
    cursor = max(0, min(cursor, len(text)))
    found = _OPEN.search(text[:cursor])
    if found is None or (found["key"] is None and found["word"] is None):
        return None
    if found["key"] is None:
        return Partial(None, found["word"], found.start("word"), _end(_REST_OF_WORD, text, cursor))
    key = find(found["key"])
    if key is None:
        return None
    value, start = found["value"], found.start("value")
    if value.startswith('"'):
        end = cursor + (text[cursor : cursor + 1] == '"')
        return Partial(key, re.sub(r'\\(["\\])', r"\1", value[1:]), start, end)
    return Partial(key, value, start, _end(_REST_OF_VALUE, text, cursor))


def _end(rest: re.Pattern[str], text: str, cursor: int) -> int:
    found = rest.match(text, cursor)
    return cursor if found is None else found.end()
