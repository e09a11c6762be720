"""Weaker matches and copies on the wall of pictures."""

from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from search import store
from search.models import Meme
from search.query import to_address
from search.retrieval import PAGE_SIZE
from tests.drawing import drawing, encoded
from tests.e2e.conftest import SIZES, sign_in
from tests.search.asking import rows
from tests.search.test_paging import QUERY, shelve

STRONG, CHANCE = PAGE_SIZE + 10, 500
ADDRESS = f"/?{to_address(QUERY)}"
PICTURE = encoded(drawing("teal", size=(32, 24)), "WEBP")
BOXES = """
(selector) => [...document.querySelectorAll(selector)].map((element) => {
  const box = element.getBoundingClientRect();
  return [box.left, box.top + scrollY, box.right, box.bottom + scrollY];
})
"""


def shown(count: int, start: int = 0, **facts: Any) -> list[Meme]:
    now = timezone.now()
    made = rows(count, start=start, width=320, height=240, derived_at=now, text_read_at=now, **facts)
    for number, meme in enumerate(made):
        meme.width, meme.height = SIZES[number % len(SIZES)]
        store.put(store.thumbnail_key(meme.sha256), PICTURE)
    Meme.objects.bulk_update(made, ["width", "height"])
    return made


@pytest.fixture
def ranked(transactional_db: None) -> list[Meme]:
    """More strong ones than a page has, and many that are not; the best first."""
    memes = shown(STRONG + CHANCE)
    weak = np.sort(np.random.default_rng(2).normal(0.1, 0.03, CHANCE))[::-1]
    shelve(memes, [*np.linspace(0.9, 0.7, STRONG).tolist(), *weak.tolist()])
    return memes


def boxes(page: Page, selector: str) -> list[list[float]]:
    found: list[list[float]] = page.evaluate(BOXES, selector)
    return found


def test_the_divider_comes_with_its_page_and_spans_the_wall(page: Page, ranked: list[Meme]) -> None:
    page.goto(ADDRESS)
    expect(page.locator("#results .tile")).to_have_count(PAGE_SIZE)
    expect(page.get_by_role("separator")).to_have_count(0)
    page.mouse.move(600, 400)
    page.mouse.wheel(0, 100_000)
    divider = page.get_by_role("separator", name="Weaker matches")
    expect(divider).to_be_visible()
    (line,) = boxes(page, ".divider")
    width = page.evaluate("document.querySelector('#results .grid').clientWidth")
    assert line[2] - line[0] > 0.95 * width
    order = page.evaluate("[...document.querySelectorAll('#results .grid > li')].map((one) => one.className)")
    place = next(index for index, name in enumerate(order) if "divider" in name)
    tiles = boxes(page, "#results .tile")
    assert STRONG <= place <= STRONG + 10
    assert all(box[3] <= line[1] + 1 for box in tiles[:place])
    assert all(box[1] >= line[3] - 1 for box in tiles[place:])


def test_the_line_stays_in_its_place_when_the_window_changes(page: Page, ranked: list[Meme]) -> None:
    page.goto(ADDRESS)
    page.mouse.move(600, 400)
    page.mouse.wheel(0, 100_000)
    expect(page.get_by_role("separator")).to_be_visible()
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function("document.querySelector('.divider').getBoundingClientRect().width < 700")
    (line,) = boxes(page, ".divider")
    place = page.evaluate(
        "[...document.querySelector('#results .grid').children].findIndex((one) => one.matches('.divider'))"
    )
    tiles = boxes(page, "#results .tile")
    assert all(box[3] <= line[1] + 1 for box in tiles[:place])
    assert all(box[1] >= line[3] - 1 for box in tiles[place:])


def test_without_scripts_the_divider_stands_between_the_rows(
    browser: Browser, live_server: LiveServer, ranked: list[Meme], alice: Any
) -> None:
    context: BrowserContext = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, alice, live_server.url)
    page = context.new_page()
    page.goto(ADDRESS)
    page.get_by_role("link", name="More").click()
    expect(page.get_by_role("separator", name="Weaker matches")).to_be_visible()
    line = page.locator(".divider").bounding_box()
    above = page.locator(".tile").first.bounding_box()
    assert line is not None
    assert above is not None
    assert line["y"] >= above["y"] + above["height"]
    assert line["width"] > 1000
    context.close()


def test_copies_are_opened_and_left_by_keyboard(page: Page, transactional_db: None) -> None:
    others = shown(3)
    copies = shown(3, start=1000, phash=0x5A3C_96F0_1E87_D24B, color="#008080")
    Meme.objects.filter(pk__in=[meme.pk for meme in copies]).update(width=320, height=240)
    shelve([*copies, *others], [0.9, 0.8, 0.7, 0.5, 0.4, 0.3])
    page.goto(ADDRESS)
    expect(page.locator("#results .tile")).to_have_count(4)
    link = page.get_by_role("link", name="+2 alike")
    page.locator("#results .tile a").first.focus()
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The same picture, 3 times")).to_be_visible()
    expect(page.locator("#results .tile")).to_have_count(3)
    page.get_by_role("link", name="All results").press("Enter")
    expect(page.locator("#results .tile")).to_have_count(4)
