"""Any process of the site may be killed at any point: nothing is lost, nothing is double, nothing stays behind."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion import history, locks, runs
from mse_site.embedded import paths
from tests.drawing import write
from tests.fixtures.site import UP_S, Site
from tests.ingestion.conftest import address, picture
from tests.ingestion.fetch.hostile import serving
from tests.ingestion.reading_process import begin_with
from tests.search.sidecar.waiting import eventually

PICTURES = 150  # more than two batches of an import
COUNTS = """
    SELECT count(*), count(DISTINCT sha256), (SELECT count(*) FROM search_sighting),
           count(derived_at), count(text_read_at), (SELECT count(*) FROM search_embedding),
           (SELECT count(DISTINCT meme_id) FROM search_embedding), (SELECT count(*) FROM search_claim)
    FROM search_meme WHERE state = 'active'
"""
RUNS_SAID = "SELECT state, error FROM ingestion_crawl ORDER BY id"
RUNS = "SELECT state FROM ingestion_crawl ORDER BY id"
ALL_ONCE = (PICTURES,) * 7 + (0,)


@pytest.fixture
def memes(tmp_path: Path) -> Path:
    folder = tmp_path / "memes"
    for seed in range(PICTURES):
        write(folder / f"{seed}.png", f"hsl({seed * 2}, 80%, 60%)", text=f"number {seed}", seed=seed)
    return folder


@pytest.fixture
def site(site_folder: Path) -> Iterator[Site]:
    running = Site(site_folder, MSE_LEASE_SECONDS="3")
    yield running
    running.stop()


def test_every_process_is_killed_in_turn_and_every_meme_is_there_once(site: Site, memes: Path) -> None:
    site.wait_until_up()
    importing = site.begin("import_folder", str(memes))
    site.wait_for_rows("SELECT count(*) > 0 FROM search_sighting", True)
    importing.kill()
    importing.wait()
    ((before,),) = site.rows("SELECT count(*) FROM search_sighting")
    assert 0 < before < PICTURES
    assert site.rows(RUNS) == [("running",)]
    assert f"{PICTURES - before} added, {before} already there" in site.manage("import_folder", str(memes))
    assert site.rows(RUNS) == [("failed",), ("done",)]
    site.wait_for_rows("SELECT count(*) > 3 FROM search_meme WHERE derived_at IS NOT NULL", True)
    site.kill("celery")
    site.kill("search.sidecar")
    site.wait_for_rows("SELECT count(*) > 0 FROM search_embedding", True)
    site.process.kill()
    site.process.wait()
    eventually(lambda: not site.processes(), within_s=60)
    site.start()
    site.wait_until_up()
    site.wait_for_rows(COUNTS, *ALL_ONCE)
    site.wait_until_ok("Sidecar", "Index", "Library")
    assert site.doctor()["Index"]["detail"].startswith(f"{PICTURES} vectors")
    assert f"0 added, {PICTURES} already there" in site.manage("import_folder", str(memes))
    assert site.rows(COUNTS) == [ALL_ONCE]
    site.stop()
    assert site.process.returncode == 0
    assert site.processes() == []


@pytest.fixture(scope="module")
def unharmed() -> Iterator[Site]:
    """One for tests that leave it running."""
    with tempfile.TemporaryDirectory(prefix="mse-test-") as folder:
        running = Site(Path(folder), MSE_LEASE_SECONDS="3")
        yield running
        running.stop()


def test_postgres_and_redis_go_and_come_back_in_the_middle_of_a_run(unharmed: Site) -> None:
    site, is_asked, may_answer = unharmed, threading.Event(), threading.Event()
    names = [f"/{number}.png" for number in range(runs.BATCH + 1)]
    urls = {
        "DATABASE_URL": paths.postgres_url(site.data), "REDIS_URL": paths.redis_url(site.data),
        "MSE_DATA_DIR": str(site.data),
    }  # fmt: skip
    site.wait_until_up()
    with serving() as host:
        for seed, name in enumerate(names):
            host.serve(name, picture(seed))
        whole = host.answers[names[-1]]

        def wait(line: socket.socket) -> None:
            is_asked.set()
            may_answer.wait(UP_S)
            whole(line)

        host.answers[names[-1]] = wait
        reading = begin_with([0, host.port, *(address(host, name) for name in names)], site.data / "media", **urls)
        assert is_asked.wait(UP_S)
        for server in ("postgres", "redis-server"):
            site.kill(server)
        may_answer.set()
        assert reading.wait(UP_S) == 0
    (first, said), *rest = site.rows(RUNS_SAID)
    assert first == "failed"
    assert said in (history.KILLED, locks.LOST)  # whether Postgres was back by then to be told
    assert set(rest) <= {("failed", history.KILLED), ("failed", locks.LOST), ("done", "")}
    assert rest[-1] == ("done", "")
    assert site.rows("SELECT last_error FROM ingestion_subscription") == [("",)]
    site.wait_for_rows(COUNTS, *(len(names),) * 7, 0)


def test_a_second_start_on_the_same_data_is_refused_and_the_first_goes_on(unharmed: Site) -> None:
    site = unharmed
    site.wait_until_up()
    first, address = site.process, site.bind
    site.start()
    assert site.process.wait(60) != 0
    assert str(first.pid) in site.log.read_text()
    site.process, site.bind = first, address
    assert site.get("/accounts/login/") == 200
