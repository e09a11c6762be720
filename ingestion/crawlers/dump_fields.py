"""What a record of a dump says of a meme, whoever wrote the dump, and which vectors can be used."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from ingestion.crawlers.base import Found, believable, locator_of

Halves = npt.NDArray[np.float16]

MAX_ADDRESS = 2000  # characters
MAX_TEXT = 2000  # characters of a title that are looked at at all
MAX_SCORE = 2**31 - 1
LEAST_NORM = 1e-6  # of a vector of 16-bit numbers that means anything

# By what name which dumps call a thing, in lower case; the first that is there counts.
ADDRESS = ("url", "image_url")
TITLE = ("title", "caption", "text", "alt")
AUTHOR = ("author", "username")
COMMUNITY = ("subreddit", "community")
DATE = ("timestamp", "created_utc", "posted_at", "date")
SCORE = ("score", "upvotes", "ups")
COMMENTS = ("num_comments", "comments")
PAGE = ("permalink", "page_url")
NAME = ("id", "key")
ADULT = ("over_18", "nsfw", "is_nsfw")
WIDTH = ("width", "original_width")
HEIGHT = ("height", "original_height")
KIND = ("mime_type", "content_type")
KNOWN = frozenset(
    name
    for names in (
        ADDRESS, TITLE, AUTHOR, COMMUNITY, DATE, SCORE, COMMENTS, PAGE, NAME, ADULT, WIDTH, HEIGHT, KIND, ("metadata",)
    )
    for name in names
)  # fmt: skip

REASONS = {
    "no-address": "{n} of its records have no address that begins with https:// or http://, so nobody could see them.",
    "not-finite": "{n} of its vectors hold numbers that are none (NaN) or endless: make the dump anew from those pictures.",
    "zero": "{n} of its vectors are nothing but zeros: make the dump anew from those pictures.",
    "dims": "{n} of its vectors do not have the {dims} numbers of the chosen space: was another encoder used for them?",
    "not-a-record": "{n} of its entries are not records of named fields.",
    "odd-date": "{n} of its dates cannot be those of posts, and were left out; the memes came in without.",
}  # fmt: skip
HARMLESS = frozenset({"odd-date"})  # the record came in all the same


@dataclass(frozen=True)
class Record(Found):
    """What is known of a picture that was not fetched; 0 and nothing are what is not known."""

    width: int = 0
    height: int = 0
    mime: str = ""


def record_of(fields: Mapping[str, Any], tally: Counter[str]) -> Record | None:
    """A record from its fields, by names in lower case; what is wrong with it goes into `tally`. None: it is no use."""
    nested = fields.get("metadata")
    facts = {**_lowered(nested), **fields} if isinstance(nested, Mapping) else fields
    address = _text(facts, ADDRESS, MAX_ADDRESS + 1).strip()
    if not is_address(address):
        tally["no-address"] += 1
        return None
    name = _text(facts, NAME, MAX_TEXT)
    width, height = _size(nested, facts)
    return Record(
        locator=locator_of(f"{name} {address}" if name else address),
        url=address,
        permalink=_text(facts, PAGE, MAX_ADDRESS + 1),
        title=_text(facts, TITLE, MAX_TEXT),
        author=_text(facts, AUTHOR, MAX_TEXT),
        community=_text(facts, COMMUNITY, MAX_TEXT),
        score=_number(facts, SCORE),
        comments=_number(facts, COMMENTS),
        posted_at=_date(facts, tally),
        is_nsfw=_is_adult(facts),
        width=width,
        height=height,
        mime=_text(facts, KIND, 100).lower(),
    )


def is_address(text: str) -> bool:
    return (
        text.startswith(("https://", "http://"))
        and len(text) <= MAX_ADDRESS
        and text.isprintable()
        and not any(character.isspace() for character in text)
    )


def _lowered(fields: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name).lower(): value for name, value in fields.items()}


def _first(facts: Mapping[str, Any], names: Sequence[str]) -> Any:
    for name in names:
        value = facts.get(name)
        if value is not None and value != "":
            return value
    return None


def _text(facts: Mapping[str, Any], names: Sequence[str], length: int) -> str:
    value = _first(facts, names)
    if isinstance(value, str):
        return value[:length]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**64 else ""


def _number(facts: Mapping[str, Any], names: Sequence[str]) -> int | None:
    value = _first(facts, names)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return int(max(-MAX_SCORE, min(MAX_SCORE, value)))


def _size(nested: object, facts: Mapping[str, Any]) -> tuple[int, int]:
    pair = facts.get("dimension")
    if isinstance(pair, list | tuple) and len(pair) == 2:
        facts = {"width": pair[0], "height": pair[1]}
    width, height = _number(facts, WIDTH) or 0, _number(facts, HEIGHT) or 0
    return (width, height) if width > 0 and height > 0 else (0, 0)


def _date(facts: Mapping[str, Any], tally: Counter[str]) -> datetime | None:
    """Seconds since 1970, a date of Arrow's, or ISO 8601; without a time zone it is taken for UTC."""
    value = _first(facts, DATE)
    if value is None:
        return None
    found = None
    try:
        if isinstance(value, datetime):
            found = value
        elif isinstance(value, str):
            found = datetime.fromisoformat(value.strip()) if not value.strip().isdigit() else _from_seconds(int(value))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = _from_seconds(value)
    except (ValueError, OverflowError, OSError):
        found = None
    dated = None if found is None else believable(found if found.tzinfo else found.replace(tzinfo=UTC))
    if dated is None:
        tally["odd-date"] += 1
    return dated


def _from_seconds(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _is_adult(facts: Mapping[str, Any]) -> bool:
    """Yes or no, or what clip-retrieval's filter says: UNLIKELY, UNSURE or NSFW."""
    value = _first(facts, ADULT)
    if isinstance(value, str):
        return value.strip().lower() in ("nsfw", "true", "yes", "1")
    return isinstance(value, bool | int | float) and value == 1


def usable(vectors: npt.NDArray[Any], tally: Counter[str]) -> tuple[Halves, npt.NDArray[np.bool_]]:
    """Unit vectors as 16-bit floats, and which rows they are of: (n, dims) any float -> (m, dims) float16, (n,) bool.

    What is left out goes into `tally`. Norms are taken in 32 bits; below LEAST_NORM a vector counts as zero.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        exact = vectors.astype(np.float32)
        norms = np.sqrt(np.einsum("ij,ij->i", exact, exact, dtype=np.float32))
    is_finite = np.isfinite(norms)
    is_long = norms > LEAST_NORM
    is_good = is_finite & is_long
    tally["not-finite"] += int((~is_finite).sum())
    tally["zero"] += int((is_finite & ~is_long).sum())
    return (exact[is_good] / norms[is_good, None]).astype(np.float16), is_good
