"""Reading the lines of an import: what is wrong with one is said, and costs no other."""

import csv
import io
import json
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO, TextIO

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from rating.models import Comparison

MAX_LINE = 10_000  # characters; ours have about 500
KEYS = uuid.UUID("6f1c6f4e-3a0e-4a5e-9d0c-6d1f3f6f2c11")  # the namespace of keys for lines that bring none
SHA256 = re.compile("[0-9a-f]{64}")
CLOCKS_DIFFER = timedelta(minutes=5)  # where the answers come from, and here
POLICY = re.compile("[a-z0-9_-]{1,20}")


class BadLine(Exception):
    """What is wrong with a line, for people."""


@dataclass(frozen=True)
class Record:
    """A line that makes sense by itself; `memes` are two (left, right) or four SHA-256, as they were shown."""

    line: int
    axis: str
    memes: tuple[str, ...]
    outcome: str | None
    best: int | None
    answered_at: datetime
    asked_at: datetime | None
    voided_at: datetime | None
    took_ms: int | None
    policy: str
    key: uuid.UUID
    is_repeat: bool
    is_evaluation: bool


def lines_of(file: BinaryIO, *, is_csv: bool) -> TextIO:
    """The lines of a file as `read_lines` takes them, read as they are asked for."""
    # A quoted field of CSV may hold line breaks of any kind; in JSON there are none within a line but those of its own.
    return io.TextIOWrapper(file, "utf-8-sig", "replace", newline="" if is_csv else "\n")


def read_lines(told: Iterable[str], *, is_csv: bool) -> Iterator[tuple[int, dict[str, Any] | BadLine]]:
    """The number of each line that is not empty, with its fields, or with what is wrong."""
    if is_csv:
        yield from _read_csv(told)
        return
    for number, line in enumerate(told, 1):
        if not line.strip():
            continue
        try:
            if len(line) > MAX_LINE:
                raise BadLine("the line is too long")
            fields = json.loads(line)
            if not isinstance(fields, dict):
                raise BadLine("it is not an object")
            yield number, fields
        except (ValueError, RecursionError):
            yield number, BadLine("it is not JSON")
        except BadLine as error:
            yield number, error


def _read_csv(told: Iterable[str]) -> Iterator[tuple[int, dict[str, Any] | BadLine]]:
    rows = csv.DictReader(told)
    try:
        for fields in rows:
            yield rows.line_num, dict(fields)
    except csv.Error as error:
        yield rows.reader.line_num, BadLine(f"from here on it is not CSV: {error}")


def read(number: int, fields: dict[str, Any]) -> Record:
    """The record in these fields. Raises BadLine. Without a key, the content makes one, so that it is known again."""
    is_four = fields.get("type") == "choice"
    memes = _memes(fields.get("memes") if is_four else [fields.get("left"), fields.get("right")], 4 if is_four else 2)
    outcome, best = fields.get("outcome"), fields.get("best")
    if not is_four and outcome not in Comparison.Outcome.values:
        raise BadLine(f"outcome is not one of {', '.join(Comparison.Outcome.values)}")
    if is_four and not (best is None or (type(best) is int and 0 <= best <= 4)):
        raise BadLine("best is not one of 0 to 4")
    now = timezone.now()
    answered_at = _moment(fields, "answered_at") or now
    if answered_at > now + CLOCKS_DIFFER:
        raise BadLine("answered_at is in the future")
    axis = str(fields.get("axis") or "")
    content = "\n".join([axis, *memes, str(outcome), str(best), str(fields.get("answered_at"))])
    return Record(
        line=number, axis=axis, memes=memes, outcome=None if is_four else outcome, best=best if is_four else None,
        answered_at=answered_at, asked_at=_moment(fields, "asked_at"), voided_at=_moment(fields, "voided_at"),
        took_ms=_took(fields.get("took_ms")), policy=_policy(fields.get("policy")),
        key=_key(fields.get("key"), content), is_repeat=_flag(fields, "is_repeat"),
        is_evaluation=_flag(fields, "is_evaluation"),
    )  # fmt: skip


def _memes(found: Any, count: int) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(meme, str) for meme in found):
        raise BadLine("memes are named by their SHA-256")
    memes = tuple(meme.strip().lower() for meme in found)
    if not all(SHA256.fullmatch(meme) for meme in memes):
        raise BadLine("a SHA-256 has 64 digits, 0 to 9 and a to f")
    if len(set(memes)) != count or len(memes) != count:
        raise BadLine(f"there must be {count} different memes")
    return memes


def _moment(fields: dict[str, Any], name: str) -> datetime | None:
    said = fields.get(name)
    if not said:
        return None
    try:
        moment = parse_datetime(said) if isinstance(said, str) else None
    except ValueError:
        moment = None
    if moment is None or not 1990 <= moment.year <= 2200:
        raise BadLine(f"{name} is not a date such as 2026-01-31T12:00:00Z")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _policy(said: Any) -> str:
    return str(said) if POLICY.fullmatch(str(said)) and said else "imported"


def _took(said: Any) -> int | None:
    text = str(said if said is not None else "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadLine("took_ms is not a number of milliseconds")
    return int(text) if text else None


def _flag(fields: dict[str, Any], name: str) -> bool:
    said = str(fields.get(name) or "false").lower()
    if said not in ("true", "false"):
        raise BadLine(f"{name} is neither true nor false")
    return said == "true"


def _key(said: Any, content: str) -> uuid.UUID:
    if not said:
        # JSON may escape halves of characters (surrogates), which UTF-8 cannot say.
        return uuid.uuid5(KEYS, content.encode("utf-8", "backslashreplace").decode())
    try:
        return uuid.UUID(str(said))
    except ValueError as error:
        raise BadLine("key is not a UUID") from error
