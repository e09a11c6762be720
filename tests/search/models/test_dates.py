"""A meme's date and best score follow its sightings, whoever writes those."""

from datetime import UTC, datetime
from threading import Thread

import pytest
from django.db import connection, transaction

from search.models import Meme, Sighting, Source
from tests.search.asking import rows
from tests.search.sidecar.waiting import eventually

MAY, JUNE = datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)


def feed() -> Source:
    return Source.objects.get_or_create(kind=Source.Kind.FEED, root="https://example.org", name="Feed")[0]


def seen(meme: Meme, locator: str, posted_at: datetime | None, score: int | None = None) -> Sighting:
    return Sighting.objects.create(meme=meme, source=feed(), locator=locator, posted_at=posted_at, score=score)


def facts(meme: Meme) -> tuple[datetime, int | None]:
    return Meme.objects.values_list("dated_at", "top_score").get(pk=meme.pk)


@pytest.mark.django_db
def test_a_meme_that_nobody_posted_is_as_old_as_its_row() -> None:
    (meme,) = rows(1)
    seen(meme, "a", None)
    meme.refresh_from_db()
    assert abs((meme.dated_at - meme.created_at).total_seconds()) < 5
    assert meme.top_score is None


@pytest.mark.django_db
def test_the_first_posting_and_the_best_score_count() -> None:
    meme, other = rows(2)
    seen(meme, "a", JUNE, 3)
    first = seen(meme, "b", MAY, -2)
    seen(meme, "c", None, None)
    assert facts(meme) == (MAY, 3)
    Sighting.objects.filter(pk=first.pk).update(score=90)
    assert facts(meme) == (MAY, 90)
    Sighting.objects.filter(pk=first.pk).update(meme=other)
    assert (facts(meme), facts(other)) == ((JUNE, 3), (MAY, 90))
    Sighting.objects.filter(meme=other).delete()
    other.refresh_from_db()
    assert (other.dated_at, other.top_score) == (other.created_at, None)


@pytest.mark.django_db
def test_many_sightings_in_one_statement_date_every_meme() -> None:
    memes = rows(50)
    Sighting.objects.bulk_create(
        [Sighting(meme=meme, source=feed(), locator=f"{meme.pk}", posted_at=MAY, score=meme.pk) for meme in memes]
    )
    assert all(facts(meme) == (MAY, meme.pk) for meme in memes)


@pytest.mark.django_db(transaction=True)
def test_two_crawls_at_once_forget_neither_posting() -> None:
    (meme,) = rows(1)
    feed()

    def posted_elsewhere() -> None:
        seen(meme, "june", JUNE, 7)
        connection.close()

    other = Thread(target=posted_elsewhere)
    with transaction.atomic():
        seen(meme, "may", MAY, 3)
        other.start()
        eventually(somebody_waits_for_a_lock, within_s=10)
    other.join(10)
    assert facts(meme) == (MAY, 7)


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_clear_snapshot()")  # a transaction would see the same picture for ever
        cursor.execute("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
        return cursor.fetchone() is not None
