"""All sources at a glance: what state each is in, its latest run, its next one, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from ingestion import locks, scheduling
from ingestion.models import Crawl, FailedFind, Subscription
from search.models import Sighting, Source

# Nobody reads uploads.
READ = (Source.Kind.FOLDER, Source.Kind.FEED, Source.Kind.REDDIT, Source.Kind.URLS, Source.Kind.DUMP)


@dataclass(frozen=True)
class Line:
    """One source. `state`: running, paused, parked, waiting (its host asked for it), failed, new (never read) or ok."""

    source: Source
    subscription: Subscription
    latest: Crawl | None
    next_at: datetime | None
    memes: int
    failed: int
    state: str


def sources() -> QuerySet[Source]:
    return Source.objects.filter(kind__in=READ)


def lines(wanted: QuerySet[Source] | None = None) -> list[Line]:
    """Of all sources that are read, or of those `wanted`; the same few queries for any number of them."""
    found = list((sources() if wanted is None else wanted).annotate(run=Max("crawls__pk")).order_by("name", "pk"))
    ids = [source.pk for source in found]
    subscriptions = _subscriptions(found)
    runs: dict[int, Crawl] = Crawl.objects.select_related("started_by").in_bulk([source.run for source in found])
    seen = _counts(Sighting.objects.filter(source__in=ids, missing_since=None))
    failed = _counts(FailedFind.objects.filter(source__in=ids))
    rows = {row.name: row for row in PeriodicTask.objects.filter(enabled=True).select_related("interval", "crontab")}
    busy = locks.running()
    return [
        Line(
            source,
            subscriptions[source.pk],
            runs.get(source.run),
            scheduling.next_run(rows.get(scheduling.row_name(source.pk)), subscriptions[source.pk]),
            seen.get(source.pk, 0),
            failed.get(source.pk, 0),
            state(subscriptions[source.pk], runs.get(source.run), source.pk in busy),
        )
        for source in found
    ]


def _subscriptions(found: Sequence[Source]) -> dict[int, Subscription]:
    """What a command read has none yet."""
    chosen = Subscription.objects.select_related("added_by").filter(source__in=found)
    known = chosen.in_bulk()
    missing = [Subscription(source=source) for source in found if source.pk not in known]
    if missing:
        Subscription.objects.bulk_create(missing, ignore_conflicts=True)
        known = chosen.in_bulk()
    return known


def _counts(rows: QuerySet[Sighting] | QuerySet[FailedFind]) -> dict[int, int]:
    return dict(rows.order_by().values_list("source").annotate(Count("pk")))


def state(subscription: Subscription, latest: Crawl | None, is_running: bool) -> str:
    if is_running:
        return "running"
    if subscription.is_paused:
        return "paused"
    if subscription.parked_at is not None:
        return "parked"
    if subscription.not_before is not None and subscription.not_before > timezone.now():
        return "waiting"
    if subscription.last_error:
        return "failed"
    return "new" if latest is None else "ok"
