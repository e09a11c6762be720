"""A run of a source is a job: it shows how far it is, its slices are one row, and it can be stopped."""

import io
import socket
import threading
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from ingestion import crawling, locks, runs
from ingestion.intake import Counts
from ingestion.models import Crawl, Subscription
from ingestion.web import Web
from search import job_rows, jobs
from search.models import Job, Meme, Source
from tests.ingestion.conftest import address, picture
from tests.ingestion.fetch.hostile import Server
from tests.ingestion.reading_process import begin
from tests.search.sidecar.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
FILES = runs.BATCH + 4


@pytest.fixture
def source(host: Server) -> Source:
    """A list that takes two slices when there is no time."""
    paths = [f"/{number}.png" for number in range(FILES)]
    for seed, path in enumerate(paths):
        host.serve(path, picture(seed))
    source = Source.objects.create(kind=Source.Kind.URLS, name="a list", root="list:a")
    addresses = "\n".join(address(host, path) for path in paths)
    Subscription.objects.create(source=source, options={"addresses": addresses})
    return source


def history(*words: str) -> str:
    out = io.StringIO()
    call_command("crawl", "--history", *words, stdout=out)
    return " ".join(out.getvalue().split())


def test_a_running_crawl_shows_how_far_it_is_on_the_page_of_its_source(
    source: Source, web: Web, curator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BEAT_S", 0.01)
    client, shown = Client(), []
    client.force_login(curator)

    def look(counts: Counts) -> None:
        if counts.total() == FILES:  # what was told before this is soon written down
            eventually(lambda: Job.objects.filter(done=runs.BATCH, state="running").exists(), within_s=30)
            shown.append(client.get(f"/sources/{source.pk}/").content.decode())

    runs.crawl(source, web=web, started_by=curator, on_progress=look)
    assert f"{runs.BATCH} finds" in shown[0]
    assert 'hx-trigger="every 2s"' in shown[0]
    job = Job.objects.get()
    assert (job.state, job.done, job.started_by, job.key) == ("done", FILES, curator, str(source.pk))
    assert job.result == f"{FILES} new, 0 known, 0 failed"
    assert "is-running" not in client.get(f"/sources/{source.pk}/").content.decode()


def test_the_slices_of_a_run_are_one_job_that_is_stopped_between_two(source: Source, web: Web) -> None:
    runs.crawl(source, web=web, budget_s=0)
    job = Job.objects.get()
    assert (job.state, job.done) == ("resting", runs.BATCH)
    job_rows.cancel(job)
    with pytest.raises(jobs.Cancelled):
        runs.crawl(source, web=web, budget_s=0)
    assert Job.objects.get().state == "cancelled"
    assert Crawl.objects.latest("pk").error == "It was stopped, as somebody asked."
    assert Subscription.objects.get().last_error == "", "the source is not to blame"
    assert Meme.objects.count() == runs.BATCH

    runs.crawl(source, web=web)
    assert Meme.objects.count() == FILES, "the next run goes on"
    assert Job.objects.latest("pk").result == f"4 new, {runs.BATCH} known, 0 failed"
    assert "It was stopped" in history("a list")


def test_what_a_turn_meets_again_is_counted_once(source: Source, web: Web, host: Server) -> None:
    host.answers.pop("/1.png")
    while runs.crawl(source, web=web, budget_s=0).is_cut_short:
        assert Job.objects.get().done <= FILES
    job = Job.objects.get()
    assert (job.done, job.result) == (FILES, f"{FILES - 1} new, 0 known, 1 failed")


def test_a_worker_ends_the_run_that_somebody_stopped_and_does_not_ask_for_another_slice(source: Source) -> None:
    Job.objects.create(kind="crawl", key=str(source.pk), state="resting")
    job_rows.cancel(Job.objects.get())
    assert not runs.take_turn(source.pk)
    assert Job.objects.get().state == "cancelled"


def test_a_folder_knows_how_many_files_to_expect(folder: Path) -> None:
    totals = []
    crawling.import_folder(folder, on_progress=lambda counts: totals.append(Job.objects.get().kind))
    assert totals == ["crawl"]
    job = Job.objects.get()
    assert (job.state, job.done, job.total, job.result) == ("done", 6, 6, "6 new, 0 known, 0 failed")
    assert "6 added, 0 known, 0 failed, 0 missing" in history()


def test_a_schedule_that_finds_nothing_new_leaves_no_job_and_a_person_is_told(folder: Path, curator: User) -> None:
    crawling.import_folder(folder)
    crawling.import_folder(folder)
    assert Job.objects.count() == 1
    crawling.import_folder(folder, added_by=curator)
    assert list(Job.objects.values_list("result", flat=True).order_by("pk")) == [
        "6 new, 0 known, 0 failed", "0 new, 6 known, 0 failed",
    ]  # fmt: skip
    assert Crawl.objects.count() == 3


def test_a_run_that_fails_says_so_in_its_job(folder: Path) -> None:
    assert history() == "Nothing has been read yet."
    source = Source.objects.create(kind="urls", name="x", root="list:x")
    Subscription.objects.create(source=source, options={"address": "http://127.0.0.1/"})
    runs.crawl(source)
    job = Job.objects.get()
    assert job.state == "failed"
    assert job.error == Subscription.objects.get().last_error != ""
    with pytest.raises(CommandError, match="no source called cats"):
        history("cats")


def test_a_run_whose_worker_is_killed_is_called_lost_and_the_next_one_is_another_job(
    host: Server, web: Web, source: Source, media_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, is_asked = host.answers[f"/{FILES - 1}.png"], threading.Event()

    def hang(line: socket.socket) -> None:
        is_asked.set()
        line.recv(1)  # until it is killed

    host.answers[f"/{FILES - 1}.png"] = hang
    worker = begin(source.pk, host.port, media_dir)
    assert is_asked.wait(60)
    assert Job.objects.get().state == "running"
    worker.kill()
    worker.wait()
    monkeypatch.setattr(job_rows, "LOST_AFTER_S", 0.0)
    job_rows.expire()
    assert Job.objects.get().state == "lost"

    host.answers[f"/{FILES - 1}.png"] = whole
    monkeypatch.undo()
    eventually(lambda: source.pk not in locks.running(), within_s=30)
    runs.crawl(source, web=web)
    assert list(Job.objects.order_by("pk").values_list("state", flat=True)) == ["lost", "done"]
