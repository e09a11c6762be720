"""What every crawler yields: finds, failures and how far it is, never rows."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingestion.fetch import Fetcher
from search.locators import encode_path

MAX_LOCATOR = 2600  # characters, all ASCII: with its source it must fit the 2,704 bytes of an entry of a unique index
SHOWN_OF_LONG = 1000  # characters of a longer one that are kept to be recognized by
FIRST_YEAR = 1990  # no post is older than the web

Cursor = Mapping[str, Any]  # JSON


@dataclass(frozen=True)
class FoundFile:
    """A file seen below a folder's root; `locator` is its percent-encoded path below the root."""

    locator: str
    path: Path
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Found:
    """A file seen on the web, not fetched yet; `locator` is what the source calls it, always the same, percent-encoded."""

    locator: str
    url: str
    permalink: str = ""  # the page on which people see it
    title: str = ""
    author: str = ""
    community: str = ""
    score: int | None = None
    comments: int | None = None
    posted_at: datetime | None = None  # with its time zone
    is_nsfw: bool = False
    may_be_page: bool = False  # whose main picture is meant
    is_handed_out: bool = False  # by an interface that we have a key for: its host's robots.txt is not about that


@dataclass(frozen=True)
class Popularity:
    """What people made of a post so far; None is what its source does not say."""

    score: int | None
    comments: int | None


@dataclass(frozen=True)
class Unreadable:
    """Something below the root that could not be looked at, and why."""

    locator: str
    reason: str


@dataclass(frozen=True)
class Checkpoint:
    """Everything before it has been told: with this cursor the next run goes on from here."""

    cursor: Cursor


class SourceGone(Exception):
    """The whole source cannot be read, and why; nothing it held may be called missing because of that."""


class AskedToWait(SourceGone):
    """The source wants to be left alone for `wait_s` seconds."""

    def __init__(self, reason: str, wait_s: float) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


# From options, a cursor and a way to the web. Raises SourceGone and FetchError, at any time between two finds.
Crawl = Callable[[Mapping[str, Any], Cursor, Fetcher], Iterator[Found | Checkpoint]]


def believable(date: datetime) -> datetime | None:
    """The same time in UTC; None for one that no post can have, which a host wrote by mistake or to come first for ever."""
    try:
        posted_at = date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return posted_at if FIRST_YEAR <= posted_at.year <= datetime.now(UTC).year + 1 else None


def locator_of(name: str) -> str:
    """What a source calls something, as a locator."""
    return shortened(encode_path(name.encode("utf-8", "replace").decode()))


def shortened(locator: str) -> str:
    """A locator that fits the index; the digest keeps two of them apart that begin alike."""
    if len(locator) <= MAX_LOCATOR:
        return locator
    return f"{locator[:SHOWN_OF_LONG]}... {hashlib.sha256(locator.encode()).hexdigest()}"
