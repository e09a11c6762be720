"""File paths as text: percent-encoded bytes, because a file name may hold anything but a slash and a zero."""

import os
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

# Everything printable in ASCII but the percent sign: most names stay as they are.
_PLAIN = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in "%")


def encode_path(path: str | Path) -> str:
    """`path` as ASCII text, reversible by `decode_path` whatever bytes it holds."""
    return quote_from_bytes(os.fsencode(path), safe=_PLAIN)


def decode_path(locator: str) -> Path:
    """The path that `encode_path` was given."""
    return Path(os.fsdecode(unquote_to_bytes(locator)))


def readable(locator: str) -> str:
    """A locator for people: bytes that are not text become replacement characters, control characters spaces."""
    text = unquote_to_bytes(locator).decode("utf-8", errors="replace")
    return "".join(character if character.isprintable() else " " for character in text)
