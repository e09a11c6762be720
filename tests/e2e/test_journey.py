"""From signing in to following a similar meme, on the whole site as people start it: every process is the real one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.drawing import write
from tests.e2e.conftest import Watched
from tests.fixtures.site import Site

PASSWORD = "a long enough password"
MAKE_ALICE = f"from django.contrib.auth.models import User; User.objects.create_user('alice', password='{PASSWORD}')"
READ_MS = 120_000  # three pictures through every stage, on a machine that is busy with other tests


@pytest.fixture(scope="module")
def site(far_folder: Path) -> Iterator[Site]:
    running = Site(far_folder)
    running.wait_until_up()
    running.manage("shell", "-c", MAKE_ALICE)
    yield running
    running.stop()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=f"http://{site.bind}", viewport={"width": 1280, "height": 800})
    watched = Watched(context)
    yield context.new_page()
    context.close()
    watched.check()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """File names say nothing of what is in them."""
    return [
        write(tmp_path / "first.png", "white", text="grumpy monday", seed=1),
        write(tmp_path / "second.png", "blue", seed=2),
        write(tmp_path / "third.png", "navy", seed=2),
    ]


def test_from_signing_in_to_a_similar_meme(page: Page, site: Site, files: list[Path]) -> None:
    page.goto("/")
    page.get_by_label("Login").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="No memes yet")).to_be_visible()

    page.wait_for_load_state()  # keys do something once the scripts have run
    page.keyboard.press("u")
    page.locator("#pick").set_input_files(files)
    page.evaluate("window.isTheSamePage = true")
    expect(page.locator(".file[data-state=ready]")).to_have_count(3, timeout=READ_MS)
    assert page.evaluate("window.isTheSamePage")
    site.wait_until_ok("Sidecar", "Index")  # until then Postgres answers, and the page says so

    page.keyboard.press("/")
    page.keyboard.type("grumpy monday")
    page.keyboard.press("Enter")
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", re.compile("^first"))
    expect(page.locator("#results .note")).to_have_count(0)  # the sidecar answered

    page.keyboard.press("/")
    page.keyboard.type("blue")
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", re.compile("^second|^third"))
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("second|third"))
    opened = page.get_by_role("heading", level=1).inner_text()
    other = ({"second", "third"} - {opened}).pop()
    similar = page.get_by_role("list", name="Similar").locator(".tile")
    expect(similar.locator("img").first).to_have_attribute("alt", re.compile(f"^{other}"))
    similar.first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(other)
