"""Sources on the web are read once, as a whole, whatever happens on the way."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion import crawling, history, runs, scores, subscriptions
from ingestion.crawlers.base import Found
from ingestion.gathering import gather, sift
from ingestion.models import Crawl, FailedFind, ScoreCheck, Subscription
from ingestion.subscriptions import Wanted
from ingestion.web import Web
from search import merging, store
from search.models import Meme, Sighting, Source
from tests.drawing import write
from tests.ingestion.conftest import address, picture
from tests.ingestion.fetch.hostile import Server
from tests.search import asking

pytestmark = pytest.mark.django_db


def list_of(host: Server, *paths: str) -> Source:
    source = Source.objects.create(kind=Source.Kind.URLS, name="a list", root=f"list:{paths}")
    addresses = "\n".join(address(host, path) for path in paths)
    Subscription.objects.create(source=source, options={"addresses": addresses})
    return source


def test_what_is_listed_is_kept_with_where_it_was_seen(host: Server, web: Web) -> None:
    host.serve("/one.png", picture(1))
    host.serve("/page", b'<html><meta property="og:image" content="/two.png"></html>')
    host.serve("/two.png", picture(2))
    run = runs.crawl(list_of(host, "/one.png", "/page"), web=web)
    assert (run.counts.added, run.counts.failed, run.error) == (2, 0, "")
    assert set(Sighting.objects.values_list("url", flat=True)) == {address(host, "/one.png"), address(host, "/page")}
    assert all(store.has(store.original_key(meme.sha256)) and meme.is_stored for meme in Meme.objects.all())
    crawl = Crawl.objects.get()
    assert (crawl.state, crawl.added) == ("done", 2)


def test_a_second_run_asks_for_nothing_that_is_known(host: Server, web: Web) -> None:
    host.serve("/one.png", picture(1))
    host.serve("/broken.png", b"this is no picture")
    source = list_of(host, "/one.png", "/broken.png", "/nowhere.png")
    first = runs.crawl(source, web=web)
    host.asked.clear()
    again = runs.crawl(source, web=web)
    assert (first.counts.added, first.counts.failed) == (1, 2)
    assert (again.counts.known, again.counts.failed) == (1, 2)
    assert host.paths() == []
    assert set(FailedFind.objects.values_list("code", flat=True)) == {"not-media", "not-to-be-had"}


def test_what_may_only_be_away_is_tried_again_a_few_times(host: Server, web: Web) -> None:
    source = list_of(host, "/ill")
    for _ in range(7):
        runs.crawl(source, web=web)
        FailedFind.objects.update(failed_at=timezone.now() - timedelta(hours=2))
    assert host.paths().count("/ill") == 5
    assert FailedFind.objects.get().attempts == 5
    FailedFind.objects.update(attempts=1)
    host.serve("/ill", picture(3))
    assert runs.crawl(source, web=web).counts.added == 1
    assert not FailedFind.objects.exists()


def test_the_slices_of_a_run_ask_once_for_what_may_only_be_away(host: Server, web: Web) -> None:
    host.serve("/list", address(host, "/ill").encode(), ETag='"v1"')
    source = Source.objects.create(kind=Source.Kind.URLS, name="a list", root=address(host, "/list"))
    Subscription.objects.create(source=source, options={"address": address(host, "/list")})
    for _ in range(6):
        run = runs.crawl(source, web=web, budget_s=0)
    assert (host.paths().count("/ill"), FailedFind.objects.get().attempts) == (1, 1)
    assert (run.counts.failed, run.is_pending) == (1, True)
    assert Subscription.objects.get().cursor == {}, "or the list would not be read again while it stays as it is"


def test_a_host_that_wants_a_rest_costs_its_files_nothing_but_time(host: Server, web: Web) -> None:
    for path in ("/one.png", "/two.png"):
        host.serve(path, b"", status="429 Too Many Requests", Retry_After="600")
    source = list_of(host, "/one.png", "/two.png")
    run = runs.crawl(source, web=web)
    assert (run.counts.failed, run.is_pending) == (0, True)
    assert sum(path.endswith("png") for path in host.paths()) == 1
    assert not runs.take_turn(source.pk)
    not_before = Subscription.objects.get().not_before
    assert not_before is not None
    assert not_before > timezone.now() + timedelta(minutes=9)


def test_what_a_curator_took_out_stays_out_and_its_bytes_too(host: Server, web: Web) -> None:
    host.serve("/one.png", picture(1))
    runs.crawl(list_of(host, "/one.png"), web=web)
    meme = Meme.objects.get()
    Meme.objects.update(state=Meme.State.PURGED)
    store.drop(store.original_key(meme.sha256))
    host.serve("/again.png", picture(1))
    run = runs.crawl(list_of(host, "/again.png"), web=web)
    meme.refresh_from_db()
    assert (run.counts.added, run.counts.known, meme.state) == (0, 1, "purged")
    assert not store.has(store.original_key(meme.sha256))


def test_a_run_that_had_no_more_time_goes_on_in_the_next_one(host: Server, web: Web) -> None:
    paths = [f"/{seed}.png" for seed in range(10)]
    for seed, path in enumerate(paths):
        host.serve(path, picture(seed))
    source = list_of(host, *paths)
    first = runs.crawl(source, web=web, budget_s=0)
    assert first.is_cut_short
    assert first.counts.added == runs.BATCH
    second = runs.crawl(source, web=web, budget_s=60)
    assert (second.counts.known, second.counts.added, second.is_cut_short) == (0, 2, False)


def test_a_busy_host_does_not_keep_the_rest_of_a_list_waiting(host: Server, web: Web) -> None:
    host.serve("/busy.png", b"", status="429 Too Many Requests", Retry_After="600")
    run = runs.crawl(list_of(host, "/busy.png", *(f"/{number}.png" for number in range(9))), web=web, budget_s=0)
    assert (run.is_cut_short, run.is_pending) == (True, True)
    assert Subscription.objects.get().not_before is None


@pytest.mark.django_db(transaction=True)
def test_a_folder_that_is_removed_while_it_is_read_ends_the_run(tmp_path: Path) -> None:
    for number in range(crawling.BATCH + 1):
        write(tmp_path / f"{number}.png", seed=number)
    source = crawling.folder_source(tmp_path)
    run = runs.crawl(source, on_progress=lambda counts: subscriptions.remove(source))
    assert (run.error, run.counts.added) == (runs.REMOVED, crawling.BATCH)
    assert not Source.objects.exists()


def test_titles_lose_what_postgres_cannot_keep(host: Server, web: Web) -> None:
    host.serve("/one.png", picture(1))
    source = Source.objects.create(kind=Source.Kind.FEED, name="a feed", root="x")
    found = Found("a", address(host, "/one.png"), title="zero\x00 and\n half \ud800" + "x" * 400, score=3, is_nsfw=True)
    assert sift(source, [found, found])[0] == [found]
    gather(source, [found], web, added_by=None)
    meme = Meme.objects.get()
    assert meme.title.startswith("zero and half")
    assert meme.is_nsfw
    assert sift(source, [Found("a", address(host, "/one.png"), score=9)])[0] == []
    assert Sighting.objects.get().score == 9


def test_what_a_source_calls_unsafe_is_so_of_what_it_was_merged_into(host: Server, web: Web, curator: User) -> None:
    for seed in (1, 2):
        host.serve(f"/{seed}.png", picture(seed))
    source = list_of(host, "/1.png", "/2.png")
    runs.crawl(source, web=web)
    kept, gone = (Sighting.objects.get(url=address(host, f"/{seed}.png")).meme for seed in (1, 2))
    merging.merge(kept, gone, curator)
    gather(source, [Found("again", address(host, "/2.png"), is_nsfw=True)], web, added_by=None)
    kept.refresh_from_db()
    assert (kept.is_nsfw, Sighting.objects.get(locator="again").meme) == (True, kept)


def test_a_cursor_of_another_place_is_not_kept(host: Server, web: Web) -> None:
    host.serve("/one.png", picture(1))
    host.serve("/list", address(host, "/one.png").encode(), ETag='"v1"')
    source = Source.objects.create(kind=Source.Kind.URLS, name="a list", root=address(host, "/list"))
    Subscription.objects.create(source=source, options={"address": address(host, "/list")})

    def somebody_changes_it(counts: object) -> None:
        Subscription.objects.update(options={"address": address(host, "/other")})

    runs.crawl(source, web=web, on_progress=somebody_changes_it)
    assert Subscription.objects.get().cursor == {}
    Subscription.objects.update(options={"address": address(host, "/list")})
    runs.crawl(source, web=web)
    assert Subscription.objects.get().cursor == {"etag": '"v1"'}


def test_what_is_to_be_tried_again_is_though_the_run_that_goes_on_has_read_the_list(host: Server, web: Web) -> None:
    host.serve("/list", address(host, "/one.png").encode(), ETag='"v2"')
    host.serve("/one.png", picture(1))
    source = Source.objects.create(kind=Source.Kind.URLS, name="a list", root=address(host, "/list"))
    Subscription.objects.create(source=source, options={"address": address(host, "/list")}, cursor={"etag": '"v1"'})
    FailedFind.objects.create(source=source, locator="x", code="x", reason="It is torn.")
    runs.crawl(
        source, web=web, on_progress=lambda counts: subscriptions.forget_failures(FailedFind.objects.all()) and None
    )
    assert Subscription.objects.get().cursor == {}


def test_whoever_changes_a_schedule_writes_nothing_that_a_run_writes(host: Server, curator: User) -> None:
    wanted = Wanted(Source.Kind.URLS, "list:x", "a list", {"addresses": "https://memes.example/1.png"})
    source = subscriptions.add(wanted, curator)
    with CaptureQueriesContext(connection) as asked:
        subscriptions.change(source, replace(wanted, every_min=90))
        subscriptions.pause(source)
    changed = " ".join(one["sql"] for one in asked if one["sql"].startswith('UPDATE "ingestion_subscription"'))
    assert "every_min" in changed
    assert not {"cursor", "news_at", "options"} & set(re.findall(r'"(\w+)" =', changed))


@pytest.mark.django_db(transaction=True)
def test_a_source_that_was_removed_before_its_run_began_has_none(host: Server, web: Web) -> None:
    source = list_of(host, "/one.png")
    subscriptions.remove(Source.objects.get())
    assert runs.crawl(source, web=web).error == runs.REMOVED
    assert not runs.take_turn(source.pk)


def test_removing_a_source_loads_nothing_of_what_was_seen_there(curator: User) -> None:
    mine, other = (Source.objects.create(kind=Source.Kind.REDDIT, name=name, root=name) for name in ("a", "b"))
    for meme in asking.rows(2):
        seen = [Sighting.objects.create(source=source, meme=meme, locator=str(meme.pk)) for source in (mine, other)]
        scores.plan(seen)
    with CaptureQueriesContext(connection) as asked:
        subscriptions.remove(mine)
    deleted = [one["sql"] for one in asked if one["sql"].startswith('DELETE FROM "search_sighting"')]
    assert ['"source_id" =' in sql for sql in deleted] == [True], "by where they were seen, not by what was loaded"
    for kind in (Sighting.objects.all(), ScoreCheck.objects.all()):
        assert kind.count() == 2
    assert set(Sighting.objects.values_list("source", flat=True)) == {other.pk}


def test_what_waited_in_the_queue_while_its_source_was_paused_is_dropped(host: Server) -> None:
    source = list_of(host, "/one.png")
    Subscription.objects.update(is_paused=True)
    assert not runs.take_turn(source.pk)
    assert not Crawl.objects.exists()


def test_old_runs_are_forgotten(host: Server, web: Web) -> None:
    source = list_of(host)
    Crawl.objects.bulk_create(Crawl(source=source, state="done") for _ in range(history.KEPT + 5))
    runs.crawl(source, web=web)
    assert Crawl.objects.count() == history.KEPT + 1
