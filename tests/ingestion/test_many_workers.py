"""Several workers at once, and workers that are killed: nothing is lost, nothing is there twice."""

import hashlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from ingestion import crawling, history, locks, runs
from ingestion.intake import Counts
from ingestion.models import Crawl, Subscription
from ingestion.web import Web
from search import store
from search.models import Meme, Sighting, Source
from tests.drawing import write
from tests.fixtures.processes import killed_at, wait_until_blocked
from tests.ingestion.conftest import address, picture
from tests.ingestion.fetch.hostile import Server
from tests.ingestion.reading_process import begin, begin_with
from tests.search.sidecar.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 120


def list_of(host: Server, name: str, paths: list[str]) -> Source:
    source = Source.objects.create(kind=Source.Kind.URLS, name=name, root=f"list:{name}")
    addresses = "\n".join(address(host, path) for path in paths)
    Subscription.objects.create(source=source, options={"addresses": addresses})
    return source


def test_the_same_picture_at_fifty_addresses_is_one_meme_seen_fifty_times(host: Server, media_dir: Path) -> None:
    paths = [f"/{number}.png" for number in range(50)]
    for path in paths:
        host.serve(path, picture(1))
    sources = [list_of(host, f"part {part}", paths[part::4]) for part in range(4)]
    workers = [begin(source.pk, host.port, media_dir) for source in sources]
    assert [worker.wait(WAIT_S) for worker in workers] == [0] * 4
    assert Meme.objects.count() == 1
    assert Sighting.objects.filter(meme=Meme.objects.get()).count() == 50
    assert sum(Crawl.objects.values_list("added", flat=True)) == 1
    assert store.has(store.original_key(Meme.objects.get().sha256))


def test_a_killed_run_frees_its_source_and_the_next_one_does_the_rest(host: Server, web: Web, media_dir: Path) -> None:
    paths = [f"/{number}.png" for number in range(runs.BATCH + 4)]
    for seed, path in enumerate(paths):
        host.serve(path, picture(seed))
    is_asked = threading.Event()
    whole = host.answers[paths[-1]]

    def hang(line: socket.socket) -> None:
        is_asked.set()
        line.recv(1)  # until it is killed

    host.answers[paths[-1]] = hang
    source = list_of(host, "a list", paths)
    worker = begin(source.pk, host.port, media_dir)
    assert is_asked.wait(WAIT_S)
    assert Sighting.objects.count() == runs.BATCH
    assert not runs.take_turn(source.pk)  # it is busy
    worker.kill()
    worker.wait()
    eventually(lambda: source.pk not in locks.running(), within_s=WAIT_S)
    host.answers[paths[-1]] = whole
    host.asked.clear()
    run = runs.crawl(source, web=web)
    assert (run.counts.added, run.counts.known) == (4, runs.BATCH)
    assert sorted(path for path in host.paths() if path != "/robots.txt") == sorted(paths[runs.BATCH :])
    assert list(Crawl.objects.order_by("pk").values_list("state", "error")) == [
        ("failed", history.KILLED),
        ("done", ""),
    ]
    assert Meme.objects.count() == Sighting.objects.count() == len(paths)


def test_a_run_that_is_killed_while_it_takes_in_a_batch_has_taken_in_none_of_it(
    host: Server, web: Web, media_dir: Path
) -> None:
    host.serve("/one.png", picture(1))
    source = list_of(host, "a list", ["/one.png"])
    content = hashlib.sha256(picture(1)).hexdigest()
    with killed_at("SELECT pg_advisory_xact_lock(%s)", int(content[:15], 16)):
        worker = begin(source.pk, host.port, media_dir)
        wait_until_blocked()
        worker.kill()
        worker.wait()
    assert not Meme.objects.exists()
    assert [runs.crawl(source, web=web).counts.added for _ in range(2)] == [1, 0]
    assert Meme.objects.count() == Sighting.objects.count() == 1


def test_a_run_that_loses_the_database_says_so_and_the_next_one_does_the_rest(host: Server, web: Web) -> None:
    paths = [f"/{number}.png" for number in range(runs.BATCH + 1)]
    for seed, path in enumerate(paths):
        host.serve(path, picture(seed))
    source = list_of(host, "a list", paths)
    connection.ensure_connection()
    ours = connection.connection.info.backend_pid

    def end_it(counts: Counts) -> None:
        if counts.added:
            with psycopg.connect(connection.connection.info.dsn, password=None) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [ours])

    with pytest.raises(runs.DatabaseAway):
        runs.crawl(source, web=web, on_progress=end_it)
    assert Subscription.objects.get().last_error == locks.LOST
    assert locks.running() == set()
    run = runs.crawl(source, web=web)
    assert (run.counts.known, run.counts.added, run.error) == (runs.BATCH, 1, "")
    assert list(Crawl.objects.order_by("pk").values_list("state", "error")) == [
        ("failed", locks.LOST),
        ("done", ""),
    ]
    assert Subscription.objects.get().last_error == ""
    assert Meme.objects.count() == Sighting.objects.count() == len(paths)


def test_what_changes_in_a_folder_while_it_is_read_is_read_right_after(tmp_path: Path) -> None:
    write(tmp_path / "memes" / "old.png")
    source = crawling.folder_source(tmp_path / "memes")

    def elsewhere() -> bool:
        try:
            return runs.take_turn(source.pk)
        finally:
            connection.close()

    with locks.only_run_of(source), ThreadPoolExecutor(1) as other:
        write(tmp_path / "memes" / "new.png", seed=1)
        assert not other.submit(elsewhere).result()
    assert [runs.take_turn(source.pk) for _ in range(3)] == [True, False, False]
    assert Sighting.objects.count() == 2


def test_without_a_broker_the_rest_is_read_by_whoever_began(tmp_path: Path, media_dir: Path) -> None:
    write(tmp_path / "memes" / "one.png")
    source = crawling.folder_source(tmp_path / "memes")
    Subscription.objects.create(source=source, is_asked_again=True)
    worker = begin_with([source.pk, 0], media_dir, REDIS_URL=f"unix://{tmp_path}/no-redis")
    assert worker.wait(WAIT_S) == 0
    assert list(Crawl.objects.values_list("state", flat=True)) == ["done", "done"]
