"""Scores looked at again: what a post has after a day and after a week, for learning what becomes popular."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from django.utils import timezone

from ingestion.crawlers.base import Popularity
from ingestion.models import ScoreCheck
from search.models import Sighting, Source

MEASURED = frozenset({Source.Kind.REDDIT})
FIRST, LAST = timedelta(days=1), timedelta(days=7)  # after it was posted
MOST_AT_ONCE = 500


def plan(sightings: Iterable[Sighting]) -> None:
    """Have the scores of saved sightings looked at again, each after a day and after a week. Repeated, nothing."""
    now = timezone.now()
    checks = []
    for sighting in sightings:
        posted_at = sighting.posted_at or now
        for after in (FIRST, LAST):
            if posted_at + after > now:
                is_last = after == LAST
                checks.append(ScoreCheck(sighting=sighting, due_at=posted_at + after, is_last=is_last))
                break
    ScoreCheck.objects.bulk_create(checks, ignore_conflicts=True)


def due(source: Source) -> list[str]:
    """The locators of what is to be looked at now, the longest overdue first."""
    checks = ScoreCheck.objects.filter(sighting__source=source, due_at__lte=timezone.now()).order_by("due_at")
    return list(checks.values_list("sighting__locator", flat=True)[:MOST_AT_ONCE])


def update(sighting: Sighting, now: Popularity) -> bool:
    """Say of an unsaved `sighting` what its post has now; whether that is anything new."""
    facts = {"score": now.score, "comments": now.comments}
    changed = {name: value for name, value in facts.items() if value not in (None, getattr(sighting, name))}
    for name, value in changed.items():
        setattr(sighting, name, value)
    return bool(changed)


def save(sightings: Sequence[Sighting]) -> None:
    Sighting.objects.bulk_update(sightings, ["score", "comments"])


def keep(source: Source, asked: Sequence[str], found: Mapping[str, Popularity]) -> int:
    """Keep what was `found` of those `asked` for; a post that is not there any more keeps what it had.

    Returns how many have changed.
    """
    now = timezone.now()
    changed = []
    for check in ScoreCheck.objects.filter(sighting__source=source, sighting__locator__in=asked).select_related(
        "sighting"
    ):
        sighting = check.sighting
        popularity = found.get(sighting.locator)
        if popularity is not None and update(sighting, popularity):
            changed.append(sighting)
        week = (sighting.posted_at or now) + LAST
        if check.is_last or popularity is None or week <= now:
            check.delete()
        else:
            check.due_at, check.is_last = week, True
            check.save(update_fields=["due_at", "is_last"])
    save(changed)
    return len(changed)
