"""Any process of the site may be killed at any point: nothing is lost, nothing is double, nothing stays behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drawing import write
from tests.fixtures.site import Site
from tests.search.sidecar.waiting import eventually

pytestmark = pytest.mark.xdist_group("site")

PICTURES = 150  # more than two batches of an import
COUNTS = """
    SELECT count(*), count(DISTINCT sha256), (SELECT count(*) FROM search_sighting),
           count(derived_at), count(text_read_at), (SELECT count(*) FROM search_embedding),
           (SELECT count(DISTINCT meme_id) FROM search_embedding), (SELECT count(*) FROM search_claim)
    FROM search_meme WHERE state = 'active'
"""
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


def test_a_second_start_on_the_same_data_is_refused_and_the_first_goes_on(site: Site) -> None:
    site.wait_until_up()
    first, address = site.process, site.bind
    site.start()
    assert site.process.wait(60) != 0
    assert str(first.pid) in site.log.read_text()
    site.process, site.bind = first, address
    assert site.get("/accounts/login/") == 200
