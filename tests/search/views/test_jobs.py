"""The page, the API and the command about long work: to curators all of it, to others their own."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from search.models import Job, Source
from tests.ingestion.views.test_sources import Queue
from tests.search.asking import is_problem

pytestmark = pytest.mark.django_db
API = "/api/v1/jobs"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def job(**facts: Any) -> Job:
    if facts.get("state", "running") not in ("running", "resting"):
        facts.setdefault("finished_at", timezone.now())
    return Job.objects.create(**{"kind": "crawl", "key": "7", "about": "a feed", **facts})


def page(client: Client) -> str:
    answer = client.get("/jobs/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_curator_sees_how_far_everything_is_and_how_it_ended(charlie: User, alice: User) -> None:
    job(started_by=alice, done=30, total=120, rate=2.0)
    job(kind="text", about="", state="failed", error="OSError: no room")
    job(kind="deep_taste", about="alice", state="done", done=6, total=8, result="better")
    shown = page(client_of(charlie))
    assert 'value="25"' in shown
    assert "30 of 120 finds · 120 a minute, 45 s left" in shown
    assert "OSError: no room" in shown
    assert "6 rounds" in shown
    assert "better" in shown
    assert 'href="/sources/7/"' in shown
    assert 'hx-trigger="every 1s"' in shown


def test_others_see_what_they_started_and_nothing_of_anybody_else(alice: User, bob: User) -> None:
    mine = job(started_by=alice, about="mine")
    others = [job(started_by=bob, about="bobs"), job(about="nobodys", state="failed")]
    client = client_of(alice)
    shown = page(client)
    assert "mine" in shown
    assert "bobs" not in shown
    assert "nobodys" not in shown
    assert [one["id"] for one in client.get(API).json()["results"]] == [mine.pk]
    for one in others:
        assert client.post(f"/jobs/{one.pk}/cancel/").status_code == 404
        assert client.post(f"/jobs/{one.pk}/retry/").status_code == 404
        assert client.get(f"{API}/{one.pk}").status_code == 404
        is_problem(client.post(f"{API}/{one.pk}/cancel"), 404)
        is_problem(client.post(f"{API}/{one.pk}/retry"), 404)


def test_an_empty_page_says_what_to_do_and_looks_now_and_then(alice: User, charlie: User) -> None:
    shown = page(client_of(charlie))
    assert 'href="/upload/"' in shown
    assert 'href="/sources/"' in shown
    assert 'hx-trigger="every 10s"' in shown
    assert 'href="/rate/"' in page(client_of(alice))
    assert "<html" not in client_of(alice).get("/jobs/", headers={"HX-Request": "true"}).content.decode()


def test_what_is_going_on_is_stopped_by_whoever_sees_it_once(alice: User, charlie: User) -> None:
    mine = job(started_by=alice)
    assert client_of(alice).post(f"/jobs/{mine.pk}/cancel/").status_code == 302
    mine.refresh_from_db()
    assert mine.cancel_asked_at is not None
    assert "Stopping" in page(client_of(charlie))
    is_problem(client_of(charlie).post(f"{API}/{mine.pk}/cancel"), 409)
    another = job(key="8")
    answer = client_of(charlie).post(f"{API}/{another.pk}/cancel")
    assert (answer.status_code, answer.json()["may_cancel"]) == (202, False)
    assert client_of(charlie).get(f"/jobs/{mine.pk}/cancel/").status_code == 405


def test_what_looks_for_work_by_itself_cannot_be_stopped_or_asked_for(charlie: User) -> None:
    sweep = job(kind="text", state="failed")
    assert client_of(charlie).post(f"/jobs/{sweep.pk}/cancel/").status_code == 404
    assert client_of(charlie).post(f"/jobs/{sweep.pk}/retry/").status_code == 404
    unknown = job(kind="of_another_version", state="lost")
    assert "Of another version" in page(client_of(charlie))
    is_problem(client_of(charlie).post(f"{API}/{unknown.pk}/retry"), 404)


def test_what_failed_is_asked_for_again_by_curators(charlie: User, alice: User, settings: Any) -> None:
    source = Source.objects.create(kind="feed", name="a feed", root="https://a.example/")
    queue = Queue(settings.REDIS_URL)
    failed = job(key=str(source.pk), state="lost", started_by=alice)
    assert client_of(alice).post(f"/jobs/{failed.pk}/retry/").status_code == 404
    assert client_of(charlie).post(f"/jobs/{failed.pk}/retry/").status_code == 302
    assert client_of(charlie).post(f"{API}/{failed.pk}/retry").json() == {"is_asked": True}
    assert queue.asked() == [f"({source.pk}, {charlie.pk})"] * 2
    gone = job(key="0", state="failed")
    assert client_of(charlie).post(f"{API}/{gone.pk}/retry").json() == {"is_asked": False}
    done = job(key=str(source.pk), state="done")
    is_problem(client_of(charlie).post(f"{API}/{done.pk}/retry"), 404)


def test_the_api_tells_what_the_page_does_and_can_leave_out_what_has_ended(charlie: User, alice: User) -> None:
    job(state="done", done=3)
    running = job(started_by=alice, done=30, total=120, rate=2.0)
    (said,) = client_of(charlie).get(API, {"going_on": "1"}).json()["results"]
    assert said == client_of(charlie).get(f"{API}/{running.pk}").json()
    wanted = {"id": running.pk, "kind": "crawl", "label": "Reading a source", "about": "a feed", "started_by": "alice"}
    wanted |= {"state": "running", "done": 30, "total": 120, "percent": 25, "left_s": 45.0, "unit": "finds"}
    assert wanted.items() <= said.items()
    assert len(client_of(charlie).get(API).json()["results"]) == 2


def test_the_list_takes_the_same_few_queries_for_any_number_of_jobs(charlie: User, alice: User) -> None:
    client = client_of(charlie)
    job(started_by=alice)
    with CaptureQueriesContext(connection) as one:
        page(client)
    for number in range(20):
        job(key=str(number), started_by=alice, state="done" if number % 2 else "running")
    with CaptureQueriesContext(connection) as many:
        page(client)
    assert len(many) == len(one) <= 12


def test_the_command_lists_jobs_and_follows_them_until_they_have_ended(alice: User) -> None:
    def told(*words: str) -> str:
        out = io.StringIO()
        call_command("jobs", *words, stdout=out)
        return " ".join(out.getvalue().split())

    assert told() == "Nothing has been done lately."
    job(state="done", done=3, result="3 new", started_by=alice)
    assert "Reading a source a feed Done by alice" in told("--follow")
    job(state="running", done=30, total=120)
    assert "Running" in told("--limit", "0")
    assert "3 new" not in told("--limit", "0")
