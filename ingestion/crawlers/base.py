"""What every crawler yields: finds and failures, never rows."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FoundFile:
    """A file seen below a folder's root; `locator` is its percent-encoded path below the root."""

    locator: str
    path: Path
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Unreadable:
    """Something below the root that could not be looked at, and why."""

    locator: str
    reason: str


class SourceGone(Exception):
    """The whole source cannot be reached; nothing it held may be called missing because of that."""
