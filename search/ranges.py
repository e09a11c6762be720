"""HTTP byte ranges (RFC 9110, section 14): which part of a file is asked for, and reading just that part."""

import re
from dataclasses import dataclass
from typing import IO

_SINGLE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(Exception):
    """The range lies outside of the file."""


@dataclass(frozen=True)
class ByteRange:
    """From `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def parse(header: str, size_bytes: int) -> ByteRange | None:
    """The one range of a Range header; None where it has to be ignored (none, malformed, several). Raises Unsatisfiable."""
    match = _SINGLE.fullmatch(header.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:  # the last so many bytes
        wanted = ByteRange(max(0, size_bytes - int(last)), size_bytes - 1)
    else:
        wanted = ByteRange(int(first), min(int(last), size_bytes - 1) if last else size_bytes - 1)
        if last and int(last) < int(first):
            return None
    if wanted.first >= size_bytes or wanted.length < 1:
        raise Unsatisfiable(header)
    return wanted


class Part:
    """A file-like view of one range of `file`, which it closes."""

    def __init__(self, file: IO[bytes], wanted: ByteRange) -> None:
        self._file = file
        self._left = wanted.length
        file.seek(wanted.first)

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()
