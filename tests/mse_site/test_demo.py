"""`manage.py demo`, as somebody sees it who has just cloned the project."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mse_site.demo.people import PEOPLE
from mse_site.seeding import PASSWORD
from tests.fixtures.site import Site
from tests.search.sidecar.waiting import eventually

pytestmark = pytest.mark.xdist_group("site")

COUNT = 24
ROWS = """
    SELECT (SELECT count(*) FROM search_meme), (SELECT count(DISTINCT sha256) FROM search_meme),
           (SELECT count(*) FROM search_sighting), (SELECT count(DISTINCT meme_id) FROM search_embedding),
           (SELECT count(*) FROM auth_user)
"""


@pytest.fixture
def demo(site_folder: Path) -> Iterator[Site]:
    running = Site(site_folder, "demo", "--count", str(COUNT))
    yield running
    running.stop()


def test_the_demo_says_where_it_is_fills_itself_stops_clean_and_goes_on(demo: Site) -> None:
    demo.wait_until_up()
    eventually(lambda: "The demo library is complete" in demo.log.read_text(), within_s=150)
    said = demo.log.read_text()
    assert demo.bind.rpartition(":")[2] in said
    for person in PEOPLE:
        assert person.username in said
    assert said.count(PASSWORD) == len(PEOPLE)
    before = demo.rows(ROWS)
    memes, distinct, sightings, embedded, people = before[0]
    assert memes == distinct == embedded == COUNT
    assert sightings == 2 * COUNT  # in the folder, and where it was posted
    assert people == len(PEOPLE)

    demo.stop()
    assert demo.process.returncode == 0
    assert demo.processes() == []

    demo.log.write_text("")
    demo.start()
    eventually(lambda: "The demo library is complete" in demo.log.read_text(), within_s=150)
    assert demo.rows(ROWS) == before


def test_ctrl_c_while_the_library_is_being_drawn_leaves_nothing_running(demo: Site) -> None:
    demo.wait_until_up()
    demo.stop()
    assert demo.process.returncode == 0
    assert demo.processes() == []
