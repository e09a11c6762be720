"""Answers as lines of JSON, and pairs as CSV: to keep, to look at, to bring along from elsewhere. Memes go by their SHA-256."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet

from rating.models import PLACES, Choice, Comparison

CHUNK = 2000
COLUMNS = (
    "axis", "left", "right", "outcome", "answered_at", "took_ms", "policy", "is_repeat", "is_evaluation", "key",
    "voided_at",
)  # fmt: skip


def as_jsonl(rater: User) -> Iterator[str]:
    """Everything `rater` answered, also what they took back, one object a line, the oldest first."""
    for comparison in _comparisons(rater).iterator(CHUNK):
        yield json.dumps(_as_record(comparison)) + "\n"
    choices = Choice.objects.filter(rater=rater).select_related("axis", *PLACES).order_by("pk")
    for choice in choices.iterator(CHUNK):
        memes = [getattr(choice, place).sha256 for place in PLACES]
        yield json.dumps({"type": "choice", **_facts(choice), "memes": memes, "best": choice.best}) + "\n"


def as_csv(rater: User) -> Iterator[str]:
    """The pairs `rater` answered, with a line of headings; what they took back has a date in `voided_at`."""
    yield _csv_line(COLUMNS)
    for comparison in _comparisons(rater).iterator(CHUNK):
        record = _as_record(comparison)
        yield _csv_line(["" if record[name] is None else record[name] for name in COLUMNS])


def _comparisons(rater: User) -> QuerySet[Comparison]:
    memes = Comparison.objects.filter(rater=rater).select_related("axis", "left", "right").order_by("pk")
    return memes.only(*(field.name for field in Comparison._meta.fields), "axis__name", "left__sha256", "right__sha256")


def _as_record(comparison: Comparison) -> dict[str, Any]:
    return {
        "type": "comparison",
        **_facts(comparison),
        "left": comparison.left.sha256,
        "right": comparison.right.sha256,
        "outcome": comparison.outcome,
        "is_repeat": comparison.is_repeat,
    }


def _facts(answer: Comparison | Choice) -> dict[str, Any]:
    return {
        "axis": answer.axis.name,
        "policy": answer.policy,
        "is_evaluation": answer.is_evaluation,
        "key": str(answer.key),
        "asked_at": _date(answer.asked_at),
        "answered_at": _date(answer.answered_at),
        "took_ms": answer.took_ms,
        "voided_at": _date(answer.voided_at),
    }


def _date(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _csv_line(values: Any) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()
