"""What becomes of people's answers when two memes turn out to be one, and two again."""

import uuid
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q
from django.utils import timezone

from rating.models import PLACES, Choice, Comparison

Row = TypeVar("Row", Comparison, Choice)
Told = list[list[int | None]]  # of each answer that was voided, and of the one that took its place, the ids


class Answers:
    """A `search.merging.Follower`. Answers are never changed: those about the meme that goes are voided, and said again of the
    one that is kept."""

    def move(self, kept: int, gone: int) -> dict[str, Any]:
        now = timezone.now()
        pairs = Comparison.objects.standing().filter(Q(left=gone) | Q(right=gone))
        fours = Choice.objects.standing().filter(Q(*((place, gone) for place in PLACES), _connector=Q.OR))
        return {
            "comparisons": _again(Comparison, list(pairs.select_for_update()), kept, gone, now),
            "choices": _again(Choice, list(fours.select_for_update()), kept, gone, now),
        }

    def put_back(self, kept: int, gone: int, moved: dict[str, Any]) -> None:
        _part(Comparison, moved["comparisons"])
        _part(Choice, moved["choices"])


def _again(kind: type[Row], rows: list[Row], kept: int, gone: int, now: datetime) -> Told:
    """Void `rows`, and say each of `kept`, unless that would compare it with itself or has been said already."""
    kind._default_manager.filter(pk__in=[row.pk for row in rows]).update(voided_at=now)
    # Those that were given together share their key.
    keys = {row.key: uuid.uuid4() for row in rows}
    copies = {row.pk: copy for row in rows if (copy := _said_of(row, kept, gone, keys[row.key])) is not None}
    kind._default_manager.bulk_create(copies.values(), ignore_conflicts=True)
    made = kind._default_manager.filter(key__in=keys.values())
    by_name = {(row.rater_id, row.axis_id, row.key): row.pk for row in made}
    return [
        [row.pk, by_name.get((row.rater_id, row.axis_id, keys[row.key])) if row.pk in copies else None] for row in rows
    ]


def _said_of(row: Row, kept: int, gone: int, key: uuid.UUID) -> Row | None:
    names = ("left", "right") if isinstance(row, Comparison) else PLACES
    shown = {f"{name}_id": getattr(row, f"{name}_id") for name in names}
    if kept in shown.values():
        return None
    facts = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
    shown = {name: kept if pk == gone else pk for name, pk in shown.items()}
    return type(row)(**{**facts, **shown, "key": key, "voided_at": None})


def _part(kind: type[Row], told: Told) -> None:
    """What somebody took back in the meantime stays taken back; what has no other one in its place stands again."""
    rows = kind._default_manager
    standing = set(rows.filter(pk__in=[copy for _, copy in told], voided_at=None).values_list("pk", flat=True))
    rows.filter(pk__in=standing).update(voided_at=timezone.now())
    rows.filter(pk__in=[old for old, copy in told if copy is None or copy in standing]).update(voided_at=None)
