"""When each source is read: a row of beat's for each, moved by how often the source posts, and parked when it has died."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from celery.schedules import crontab
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from ingestion.models import Subscription
from search.models import Sighting, Source

TASK = "ingestion.tasks.crawl"
PARKED_AFTER = timedelta(days=180)
EXPIRE_S = 3600  # a run that no worker took up by then is not made up for
MAX_FIELD = 60  # characters of one field of a crontab: beat's table takes little more
SAMPLE = 20  # of the latest posts tell how often there are some
LOOKS = 2  # between two posts, on average
# Minutes. Beat reads all schedules again whenever one changes: an interval that moves a little stays.
RUNGS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320, 10_080, 20_160, 43_200)


def interval_min(posted: Sequence[datetime], now: datetime, least: int, most: int) -> int:
    """Minutes between two looks at a source that posted at these times, from `least` to `most`.

    Silence since the last post counts as time without one, so a source that stops posting is asked less and less often.
    """
    times = sorted(time for time in posted if time <= now)[-SAMPLE:]
    if not times:
        return most
    gap_min = (now - times[0]).total_seconds() / 60 / len(times)
    wanted = gap_min / LOOKS
    return max(least, min(most, max((rung for rung in RUNGS if rung <= wanted), default=RUNGS[0])))


def follow(subscription: Subscription) -> None:
    """After a run: move the interval if it is to follow the source, park the source if it has died, keep beat level.

    Looking through a folder of this machine bothers nobody: folders are never parked. Nothing, if the source is gone.
    """
    now = timezone.now()
    with transaction.atomic():
        # Whoever removes the source waits, and takes beat's row away after this.
        if not Subscription.objects.select_for_update().filter(pk=subscription.pk).exists():
            return
        subscription.refresh_from_db()
        facts = _moved(subscription, now)
        for name, value in facts.items():
            setattr(subscription, name, value)
        subscription.save(update_fields=list(facts))
        plan(subscription)


def _moved(subscription: Subscription, now: datetime) -> dict[str, object]:
    facts: dict[str, object] = {}
    if subscription.mode == Subscription.Mode.ADAPTIVE:
        times = _posted(subscription)
        facts["every_min"] = interval_min(times, now, subscription.least_min, subscription.most_min)
    may_die = subscription.mode != Subscription.Mode.MANUAL and subscription.source.kind != Source.Kind.FOLDER
    if may_die and subscription.parked_at is None and now - subscription.news_at > PARKED_AFTER:
        facts["parked_at"] = now
    return facts


def _posted(subscription: Subscription) -> list[datetime]:
    """When the latest posts were made; where a source does not say, when they were seen."""
    latest = Sighting.objects.filter(source=subscription.source).order_by("-pk")[:SAMPLE]
    return [posted or seen for posted, seen in latest.values_list("posted_at", "seen_at")]


def plan(subscription: Subscription) -> None:
    """Make beat's row say what the subscription says. Repeated, nothing."""
    name = row_name(subscription.pk)
    wanted: dict[str, object] = {
        "task": TASK,
        "args": f"[{subscription.pk}]",
        "interval": None,
        "crontab": None,
        "enabled": not subscription.is_resting(),
        "expire_seconds": EXPIRE_S,
    }
    match subscription.mode:
        case Subscription.Mode.MANUAL:
            forget(subscription.pk)
            return
        case Subscription.Mode.CRONTAB:
            wanted["crontab"] = _crontab(subscription.crontab)
        case _:
            wanted["interval"] = _interval(subscription.every_min)
    row = PeriodicTask.objects.filter(name=name).first() or PeriodicTask(name=name)
    if row.pk and all(getattr(row, field) == value for field, value in wanted.items()):
        return
    for field, value in wanted.items():
        setattr(row, field, value)
    row.save()


def forget(source_id: int) -> None:
    """Beat runs nothing for this source any more."""
    for row in PeriodicTask.objects.filter(name=row_name(source_id)):
        row.delete()  # each by itself: that is what tells beat


def row_name(source_id: int) -> str:
    return f"crawl source {source_id}"


def next_run(row: PeriodicTask | None, subscription: Subscription) -> datetime | None:
    """About when beat comes next, by its row for the subscription; None when it does not."""
    if row is None or not row.enabled:
        return None
    now = timezone.now()
    try:
        due: datetime = now + row.schedule.remaining_estimate(row.last_run_at or row.date_changed or now)
    except ValueError:  # such as a day that no month has
        return None
    return max(due, now, subscription.not_before or now)


def _interval(every_min: int) -> IntervalSchedule:
    fields = {"every": every_min, "period": IntervalSchedule.MINUTES}
    # Nothing keeps beat's tables from having two that are the same, and two workers do make them.
    return IntervalSchedule.objects.filter(**fields).order_by("pk").first() or IntervalSchedule.objects.create(**fields)


def check_crontab(text: str) -> None:
    """Raises ValueError or ParseException, unless `text` is five fields whose time comes."""
    minute, hour, day, month, weekday = fields = text.split()
    if max(map(len, fields)) > MAX_FIELD:
        raise ValueError("A field is too long.")
    times = crontab(minute=minute, hour=hour, day_of_month=day, month_of_year=month, day_of_week=weekday)
    times.remaining_estimate(timezone.now())


def _crontab(text: str) -> CrontabSchedule:
    minute, hour, day_of_month, month_of_year, day_of_week = text.split()
    fields = {
        "minute": minute,
        "hour": hour,
        "day_of_month": day_of_month,
        "month_of_year": month_of_year,
        "day_of_week": day_of_week,
        "timezone": settings.TIME_ZONE,
    }
    return CrontabSchedule.objects.filter(**fields).order_by("pk").first() or CrontabSchedule.objects.create(**fields)
