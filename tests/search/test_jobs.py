"""Rows of jobs: kept level behind the work, taken up by the next turn, called lost, and never in the way."""

from datetime import timedelta
from itertools import count

import pytest
from django.contrib.auth.models import User
from django.db import Error, connection
from django.utils import timezone

from search import claims, duplicates, job_rows, jobs
from search.models import Claim, Job
from tests.search.asking import rows
from tests.search.sidecar.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
CUT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a second is to people is a hundredth here."""
    monkeypatch.setattr(jobs, "BEAT_S", 0.01)
    monkeypatch.setattr(jobs, "PATIENCE_S", 0.0)


def wait_for(**facts: object) -> Job:
    """Until a row says so; the thread that writes it beats all the time."""
    eventually(lambda: Job.objects.filter(**facts).exists(), within_s=30)
    return Job.objects.filter(**facts).earliest("pk")


def test_a_job_shows_how_far_it_is_while_it_runs_and_what_came_of_it(alice: User) -> None:
    with jobs.running("crawl", key="7", about="a feed", user=alice, total=4) as job:
        job.advance(2)
        seen = wait_for(done=2)
        assert (seen.state, seen.percent, seen.started_by, seen.about) == ("running", 50, alice, "a feed")
        job.reach(4)
        job.result = "4 new"
    seen = Job.objects.get()
    assert (seen.state, seen.done, seen.most, seen.result) == ("done", 4, 4, "4 new")
    assert seen.finished_at is not None


def test_rate_and_time_left_come_of_what_was_done_lately() -> None:
    with jobs.running("crawl", total=10_000_000) as job:
        eventually(lambda: job.advance() or Job.objects.filter(rate__gt=0).exists(), within_s=30)
        seen = Job.objects.get()
        assert seen.rate is not None
        assert seen.left_s == pytest.approx((10_000_000 - seen.done) / seen.rate)
    assert Job.objects.get().left_s is None


def test_what_is_raised_ends_the_row_and_goes_on() -> None:
    with pytest.raises(ZeroDivisionError), jobs.running("crawl"):
        raise ZeroDivisionError("by 0")
    seen = Job.objects.get()
    assert (seen.state, seen.error) == ("failed", "ZeroDivisionError: by 0")
    with jobs.running("crawl") as job:
        job.error = "The host does not answer."
    assert Job.objects.filter(state="failed", error="The host does not answer.").exists()


def count_until_stopped() -> None:
    with jobs.running("crawl") as job:
        for number in job.each(count()):
            if number == 3:
                assert job_rows.cancel(Job.objects.get())
                assert not job_rows.cancel(Job.objects.get())


def test_somebody_who_asks_to_stop_is_heard_at_the_next_step() -> None:
    with pytest.raises(jobs.Cancelled):
        count_until_stopped()
    assert Job.objects.get().state == "cancelled"
    assert not job_rows.cancel(Job.objects.get())


def test_work_that_was_asked_to_stop_too_late_is_done() -> None:
    with jobs.running("crawl"):
        job_rows.cancel(Job.objects.get())
        wait_for(cancel_asked_at__isnull=False)
    assert Job.objects.get().state == "done"


def test_the_turns_of_a_run_are_one_row_and_two_runs_are_two(alice: User, bob: User) -> None:
    with jobs.running("crawl", key="7", user=alice) as first:
        first.advance(5)
        first.has_more = True
    assert Job.objects.get().state == "resting"
    with jobs.running("crawl", key="7", user=bob) as again, jobs.running("crawl", key="7", user=bob) as other:
        assert again.pk == first.pk != other.pk
        again.advance(2)
        other.advance(1)
    assert list(Job.objects.order_by("pk").values_list("done", "state")) == [(7, "done"), (1, "done")]
    assert Job.objects.earliest("pk").started_by == alice


def test_a_run_that_rests_is_stopped_when_its_next_turn_comes() -> None:
    with jobs.running("crawl") as job:
        job.has_more = True
    job_rows.cancel(Job.objects.get())
    with pytest.raises(jobs.Cancelled), jobs.running("crawl") as job:
        job.check_cancelled()
    assert Job.objects.get().state == "cancelled"


def test_workers_at_one_sweep_share_a_row_and_none_ends_it_for_the_other() -> None:
    with jobs.sweep("text", lambda: 10) as one:
        one.advance(3)
        with jobs.sweep("text", lambda: 10) as other:
            other.advance(4)
            assert other.pk == one.pk
            other.has_more = True
        one.advance(1)
        wait_for(state="running", done=8)
    seen = Job.objects.get()
    assert (seen.state, seen.done) == ("done", 8)
    assert seen.is_shared


def test_a_short_sweep_leaves_no_row_unless_it_fails_and_one_for_each_way_to_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "PATIENCE_S", 60.0)
    with jobs.sweep("text") as job:
        job.advance(3)
    assert not Job.objects.exists()
    for reason in ("no room", "no room", "no disk"):
        with pytest.raises(OSError, match=reason), jobs.sweep("text"):
            raise OSError(reason)
    assert list(Job.objects.order_by("pk").values_list("error", flat=True)) == ["OSError: no room", "OSError: no disk"]


def test_what_gives_no_sign_of_life_is_lost_and_what_ended_weeks_ago_forgotten() -> None:
    now = timezone.now()
    for number, (state, silent_s) in enumerate([("running", 59), ("running", 61), ("resting", 61), ("resting", 901)]):
        Job.objects.create(kind="crawl", key=str(number), state=state, heartbeat_at=now - timedelta(seconds=silent_s))
    Job.objects.create(kind="crawl", key="old", state="done", finished_at=now - timedelta(days=29))
    job_rows.expire()
    job_rows.forget_old()
    assert dict(Job.objects.values_list("key", "state")) == {"0": "running", "1": "lost", "2": "resting", "3": "lost"}
    assert Job.objects.get(key="1").error == job_rows.KILLED
    assert Job.objects.get(key="3").error == job_rows.LEFT
    with jobs.running("crawl", key="3") as job:
        assert job.pk not in Job.objects.filter(state="lost").values_list("pk", flat=True)


def test_who_was_thought_lost_and_was_not_still_tells_how_it_ended() -> None:
    with jobs.running("crawl") as job:
        Job.objects.update(state="lost", finished_at=timezone.now())
        job.advance(2)
    assert Job.objects.values_list("state", "done").get() == ("done", 2)


def test_work_goes_on_when_its_row_is_deleted_or_its_connection_cut() -> None:
    with jobs.running("crawl") as job:
        Job.objects.all().delete()
        job.advance()
    assert not Job.objects.exists()
    with jobs.running("crawl") as job:
        job.advance(1)
        wait_for(done=1)
        with connection.cursor() as cursor:
            cursor.execute(CUT)
        job.advance(2)
        wait_for(done=3)
    assert Job.objects.get().state == "done"


def test_nothing_is_written_and_nothing_harmed_where_there_is_no_table() -> None:
    with connection.schema_editor() as editor:
        editor.alter_db_table(Job, "search_job", "search_job_away")
    try:
        with jobs.running("crawl") as job:
            job.advance()
        with pytest.raises(ZeroDivisionError), jobs.sweep("text"):
            raise ZeroDivisionError
        with pytest.raises(Error):
            Job.objects.count()
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(Job, "search_job_away", "search_job")
    assert not Job.objects.exists()


def test_sweeps_know_how_much_there_is_to_do() -> None:
    now = timezone.now()
    rows(2)
    rows(3, start=2, derived_at=now)
    rows(4, start=5, derived_at=now, text_read_at=now, phash=0x0F0F0F0F0F0F0F0F)
    assert [claims.lacking(stage) for stage in (Claim.Stage.MEDIA, Claim.Stage.TEXT)] == [2, 3]
    (failed, *_) = claims.claim(Claim.Stage.TEXT, 1)
    claims.fail(failed.pk, Claim.Stage.TEXT, "It is upside down.")
    assert claims.lacking(Claim.Stage.TEXT) == 2
    assert duplicates.waiting() == 4
    assert duplicates.compare_pictures() == 4
    assert duplicates.waiting() == 0
