"""Indexes that Postgres keeps for large spaces."""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from search import job_rows, jobs, postgres_index
from search.models import EmbeddingSpace, Job
from search.postgres_index import is_ready, keep, name
from tests.fixtures.sidecar import _address
from tests.search.planted import MIXTURE, plant, plant_space
from tests.search.sidecar.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = 50


@pytest.fixture(autouse=True)
def indexes(settings: Any) -> Iterator[None]:
    settings.POSTGRES_INDEX_FROM = LARGE
    yield
    EmbeddingSpace.objects.all().delete()
    keep()


@pytest.fixture
def other() -> Iterator[psycopg.Connection]:
    """Another session, as another process has one."""
    with psycopg.connect(make_conninfo(**_address()), autocommit=True) as session:
        yield session


def large_space(**facts: Any) -> EmbeddingSpace:
    space = plant_space(**facts)
    plant(space, MIXTURE.draw(LARGE, 1))
    return space


@pytest.mark.parametrize("least", [1, LARGE])
def test_a_large_space_gets_its_index_once(least: int, settings: Any) -> None:
    settings.POSTGRES_INDEX_FROM = least
    space = large_space()
    assert not is_ready(space)
    assert keep() == [name(space)]
    assert is_ready(space)
    assert keep() == []


def test_a_small_space_needs_none() -> None:
    plant(plant_space(), MIXTURE.draw(LARGE - 1, 1))
    assert keep() == []


def test_a_space_that_shrinks_a_little_keeps_its_index_and_a_small_rest_does_not() -> None:
    space = large_space()
    keep()
    for left, is_kept in ((LARGE // 2, True), (LARGE // 2 - 1, False)):
        gone = space.embeddings.order_by("pk").values_list("pk", flat=True)[left:]
        space.embeddings.filter(pk__in=list(gone)).delete()
        assert keep() == []
        assert is_ready(space) == is_kept


def test_it_can_be_switched_off_and_then_goes(settings: Any) -> None:
    space = large_space()
    keep()
    settings.POSTGRES_INDEX_FROM = 0
    assert keep() == []
    assert not is_ready(space)


def test_a_space_that_is_being_filled_has_its_own_index() -> None:
    spaces = [large_space(), large_space(name="next", state="building")]
    assert keep() == [name(space) for space in spaces]
    assert all(is_ready(space) for space in spaces)


@pytest.mark.parametrize("end", ["delete", "retire"])
def test_the_index_goes_with_its_space(end: str) -> None:
    space = large_space()
    keep()
    if end == "delete":
        space.delete()
    else:
        EmbeddingSpace.objects.update(state=EmbeddingSpace.State.RETIRED)
    keep()
    assert postgres_index._states() == {}


def test_whoever_comes_second_leaves_it_to_the_first(other: psycopg.Connection) -> None:
    space = large_space()
    other.execute("select pg_advisory_lock(%s)", [postgres_index.LOCK])
    assert keep() == []
    other.execute("select pg_advisory_unlock(%s)", [postgres_index.LOCK])
    assert keep() == [name(space)]


def broken_off(space: EmbeddingSpace, other: psycopg.Connection) -> None:
    """An index whose building had to wait for a transaction and was ended there, as a restart of the server ends it."""
    other.execute("begin")
    other.execute("lock table search_embedding in row exclusive mode")
    with connection.cursor() as cursor:
        cursor.execute("set lock_timeout = '200ms'")
        try:
            with pytest.raises(Exception, match="lock timeout"):
                keep()
        finally:
            cursor.execute("reset lock_timeout")
            other.execute("rollback")


def test_what_a_broken_off_building_left_is_noticed_and_made_anew(other: psycopg.Connection) -> None:
    space = large_space()
    broken_off(space, other)
    assert postgres_index._states() == {name(space): False}
    assert not is_ready(space)
    assert keep() == [name(space)]
    assert is_ready(space)


def test_memes_are_written_while_it_is_built(other: psycopg.Connection) -> None:
    """Half-way is the state that a build waits in: the index is known to writers, and not to readers."""
    space = large_space()
    broken_off(space, other)
    with connection.cursor() as cursor:
        cursor.execute("set lock_timeout = '1s'")
        plant(space, MIXTURE.draw(2, 2))
        cursor.execute("reset lock_timeout")
    keep()
    assert is_ready(space)


def test_building_leaves_the_sessions_settings_as_they_were() -> None:
    large_space()

    def memory() -> str:
        with connection.cursor() as cursor:
            cursor.execute("show maintenance_work_mem")
            return str(cursor.fetchone()[0])

    before = memory()
    keep()
    assert memory() == before


def test_a_build_is_a_job_that_somebody_may_stop(other: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BEAT_S", 0.01)
    space = large_space()
    other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    other.execute("SELECT 1 FROM search_meme").fetchall()  # which a build waits for

    def stop() -> None:
        eventually(lambda: Job.objects.filter(state="running").exists(), within_s=30)
        assert job_rows.cancel(Job.objects.get())
        connection.close()

    somebody = threading.Thread(target=stop)
    somebody.start()
    assert keep() == []
    somebody.join()
    other.execute("ROLLBACK")
    job = Job.objects.get()
    assert (job.state, job.about) == ("cancelled", space.name)
    assert not is_ready(space)
    assert keep() == [name(space)]
    assert Job.objects.latest("pk").state == "done"
