"""With the demo's model the site finds what is in a picture, though nothing says so: on the whole site, in a browser."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mse_site.demo.layouts import SIZES, Brief, draw, plain
from mse_site.demo.model import MODEL_FOLDER
from mse_site.demo.scenes import Scene
from tests.e2e.conftest import Watched
from tests.fixtures.site import Site

PASSWORD = "a long enough password"
MAKE_ALICE = f"from django.contrib.auth.models import User; User.objects.create_user('alice', password='{PASSWORD}')"
READ_MS = 120_000
SEED = "journey"  # no seed of the library, the training or the benchmark
# Numbers for names: neither title nor picture says what is in it.
THINGS = ["pizza", "rocket", "octopus", "guitar", "tree", "car", "duck", "skull", "banana", "umbrella"]
CATS_IN_SPACE = {"0", "1", "2"}


def wordless(path: Path, name: str, place: str, number: int) -> Path:
    rng = random.Random(f"{SEED}/{number}")
    composition = plain(Brief([name], [Scene(rng.getrandbits(32), place=place)], (), rng.choice(SIZES)), rng)
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(composition).save(path)
    return path


@pytest.fixture(scope="module")
def site(far_folder: Path) -> Iterator[Site]:
    """Three cats in space among cats elsewhere and other things in space."""
    folder = far_folder
    pictures = [("cat", "space")] * 3 + [("cat", "beach")] * 3 + [(thing, "space") for thing in THINGS]
    for number, (name, place) in enumerate(pictures):
        wordless(folder / "memes" / f"{number}.png", name, place, number)
    running = Site(folder, MSE_ENCODER=f"openclip:local-dir:{MODEL_FOLDER}", MSE_OCR="no")
    running.wait_until_up()
    running.manage("shell", "-c", MAKE_ALICE)
    running.manage("import_folder", str(folder / "memes"))
    running.wait_for_rows("SELECT count(*) FROM search_embedding", len(pictures))
    running.wait_until_ok("Sidecar", "Index")
    yield running
    running.stop()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=f"http://{site.bind}", viewport={"width": 1280, "height": 800})
    watched = Watched(context)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Login").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    yield page
    context.close()
    watched.check()


def found(page: Page, query: str) -> list[str]:
    """Titles, best first, of what the box finds."""
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(query)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?q="))
    page.wait_for_load_state("networkidle")
    tiles = page.locator("#results .tile img")
    expect(tiles.first).to_be_visible()
    return [str(tile.get_attribute("alt")).split()[0].rstrip(".,:") for tile in tiles.all()]


def test_cats_in_space_are_found_though_nothing_says_so(page: Page) -> None:
    assert set(found(page, "cat in space")[:3]) == CATS_IN_SPACE


def test_a_minus_sign_takes_a_meaning_away(page: Page) -> None:
    order = found(page, "cat -space")
    assert set(order[:3]) == {"3", "4", "5"}


def test_a_dropped_drawing_finds_its_kin(page: Page, tmp_path: Path) -> None:
    drawing = wordless(tmp_path / "mine.png", "octopus", "beach", 99)
    page.goto("/upload/")
    page.locator("#pick").set_input_files(drawing)
    expect(page.locator(".file[data-state=ready]")).to_have_count(1, timeout=READ_MS)
    page.locator(".file[data-state=ready] a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("mine")
    similar = page.get_by_role("list", name="Similar").locator(".tile img")
    octopus = str(6 + THINGS.index("octopus"))
    expect(similar.first).to_be_visible()
    nearest = [str(image.get_attribute("alt")).split()[0].rstrip(".,:") for image in similar.all()[:3]]
    assert octopus in nearest
