"""Schedules are rows that beat reads, and they follow their sources."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from ingestion import scheduling, subscriptions
from ingestion.models import Subscription
from ingestion.scheduling import interval_min
from ingestion.subscriptions import Wanted
from mse_site.celery import app
from search.models import Source
from tests.search.asking import rows

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
Mode = Subscription.Mode


def every(minutes: float, count: int = 20, silence_min: float = 0) -> list[datetime]:
    return [NOW - timedelta(minutes=silence_min + minutes * number) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("posted", "minutes"),
    [
        (every(30), 15),
        (every(60), 30),
        (every(3), 15),  # not below the least
        (every(24 * 60), 720),
        (every(7 * 24 * 60), 1440),  # not above the most
        (every(30, silence_min=24 * 60), 45),  # silence counts
        ([], 1440),
        (every(30, count=1), 15),
        ([NOW + timedelta(days=1)], 1440),  # posted in the future: nothing is known
    ],
)
def test_a_source_is_asked_about_twice_for_each_post_of_it(posted: list[datetime], minutes: int) -> None:
    assert interval_min(posted, NOW, 15, 1440) == minutes


def feed(user: User, **wanted: Any) -> Subscription:
    source = subscriptions.add(Wanted(Source.Kind.FEED, "https://a.example/feed", "a", **wanted), user)
    return Subscription.objects.get(source=source)


def row(subscription: Subscription) -> PeriodicTask:
    return PeriodicTask.objects.get(name=scheduling.row_name(subscription.pk))


@pytest.mark.django_db
def test_beat_has_a_row_for_each_source_that_runs_a_task_that_there_is(curator: User) -> None:
    subscription = feed(curator, mode=Mode.CRONTAB, crontab="0 6 * * 1-5")
    written = row(subscription)
    app.loader.import_default_modules()
    assert written.task in app.tasks
    assert written.args == f"[{subscription.pk}]"
    assert written.crontab is not None
    assert (written.crontab.hour, written.crontab.day_of_week) == ("6", "1-5")
    subscriptions.change(subscription.source, Wanted(Source.Kind.FEED, "https://a.example/feed", "a", mode=Mode.MANUAL))
    assert not PeriodicTask.objects.filter(pk=written.pk).exists()


@pytest.mark.django_db
def test_the_interval_follows_what_is_posted_and_beat_hears_of_it_once(curator: User) -> None:
    subscription = feed(curator, mode=Mode.ADAPTIVE)
    (meme,) = rows(1)
    now = timezone.now()
    for number in range(12):
        posted_at = now - timedelta(hours=4 * number + 1)
        meme.sightings.create(source=subscription.source, locator=str(number), posted_at=posted_at)
    scheduling.follow(subscription)
    written = row(subscription)
    assert written.interval is not None
    assert (written.interval.every, written.interval.period) == (90, "minutes")
    changed = written.date_changed
    scheduling.follow(subscription)
    assert row(subscription).date_changed == changed


@pytest.mark.django_db
def test_a_source_that_has_been_dead_for_half_a_year_is_parked_until_somebody_resumes_it(curator: User) -> None:
    subscription = feed(curator)
    subscription.news_at = timezone.now() - timedelta(days=181)
    subscription.save()
    scheduling.follow(subscription)
    assert subscription.parked_at is not None
    assert not row(subscription).enabled
    subscriptions.resume(subscription.source)
    assert row(subscription).enabled
    subscription.refresh_from_db()
    scheduling.follow(subscription)
    assert subscription.parked_at is None


@pytest.mark.django_db
def test_schedules_that_two_workers_made_at_once_do_no_harm(curator: User) -> None:
    for _ in range(2):
        IntervalSchedule.objects.create(every=240, period="minutes")
        CrontabSchedule.objects.create(minute="0", hour="6", timezone=settings.TIME_ZONE)
    subscription = feed(curator, mode=Mode.INTERVAL, every_min=240)
    subscription.mode, subscription.crontab = Mode.CRONTAB, "0 6 * * *"
    scheduling.plan(subscription)
    assert row(subscription).crontab == CrontabSchedule.objects.order_by("pk").first()


@pytest.mark.django_db
def test_times_that_never_come_are_no_next_run(curator: User) -> None:
    subscription = feed(curator, mode=Mode.CRONTAB, crontab="0 0 31 2 *")
    assert scheduling.next_run(row(subscription), subscription) is None


@pytest.mark.django_db
def test_a_paused_source_and_a_removed_one_are_left_alone(curator: User) -> None:
    subscription = feed(curator)
    subscriptions.pause(subscription.source)
    assert not row(subscription).enabled
    with pytest.raises(subscriptions.AlreadyThere):
        feed(curator)
    subscriptions.remove(subscription.source)
    subscriptions.remove(subscription.source)
    assert not PeriodicTask.objects.filter(name=scheduling.row_name(subscription.pk)).exists()
