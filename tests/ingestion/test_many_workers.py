"""Several workers at once, and workers that are killed: nothing is lost, nothing is there twice."""

import socket
import threading
from pathlib import Path

import pytest

from ingestion import history, locks, runs
from ingestion.models import Crawl, Subscription
from ingestion.web import Web
from search import store
from search.models import Meme, Sighting, Source
from tests.ingestion.conftest import address, picture
from tests.ingestion.fetch.hostile import Server
from tests.ingestion.reading_process import begin
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
