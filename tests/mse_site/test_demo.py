"""`manage.py demo`, as somebody sees it who has just cloned the project."""

from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from mse_site.demo.people import PASSWORD, PEOPLE
from tests.fixtures.site import Site
from tests.search.sidecar.waiting import eventually

COUNT = 24
LARGEST_WEB_BYTES = 150_000_000
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


def look_around(demo: Site) -> None:
    """Sign in and open pages as a browser does, often enough that every web process has answered."""
    cookies = CookieJar()
    browser = build_opener(HTTPCookieProcessor(cookies))
    site = f"http://{demo.bind}"
    browser.open(f"{site}/accounts/login/", timeout=30)
    token = next(cookie.value for cookie in cookies if cookie.name == "csrftoken")
    form = {"login": PEOPLE[0].username, "password": PASSWORD, "csrfmiddlewaretoken": token or ""}
    browser.open(f"{site}/accounts/login/", urlencode(form).encode(), timeout=30)
    [(meme,)] = demo.rows("SELECT min(id) FROM search_meme")
    for path in ("/", "/?q=cat", f"/m/{meme}/", f"/?q=like:{meme}") * 4:
        assert browser.open(site + path, timeout=30).url == site + path, "not signed in"


def assert_web_processes_are_light(demo: Site) -> None:
    """What only workers and the sidecar need must not come into memory with a page."""
    web = demo.processes("gunicorn")
    assert len(web) >= 2
    for process in web:
        mapped = [Path(region.path).name for region in process.memory_maps()]
        assert not [name for name in mapped if any(heavy in name for heavy in ("torch", "faiss", "onnxruntime"))]
        assert process.memory_info().rss < LARGEST_WEB_BYTES


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
    look_around(demo)
    assert_web_processes_are_light(demo)
    demo.wait_until_ok("Beat")
    assert "worker" not in demo.doctor()["Workers"]["detail"]

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
