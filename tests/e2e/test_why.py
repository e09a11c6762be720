"""Why a meme was found: to be seen by pointing at it, by keyboard, by finger, by those who hear the page, and on its page."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from search import indexing, store
from search.models import Meme
from tests.drawing import drawing, encoded
from tests.e2e.conftest import done, sign_in
from tests.e2e.contrast import faint
from tests.search.asking import rows

SIZES = ((320, 240), (240, 420), (600, 240))
# Three texts that nobody takes for the same picture.
SAID = "Grumpy monday is <b>back</b> & nobody has asked for it, least of all on a monday morning before coffee"
OTHERS = ("grumpy old parrots at the zoo", "a grumpy train conductor, and tea")


@pytest.fixture
def memes(transactional_db: None) -> list[Meme]:
    """Three shapes."""
    for number, size in enumerate(SIZES):
        facts: dict[str, Any] = done({"width": size[0], "height": size[1], "color": (70, 110, 160)})
        text = (SAID, *OTHERS)[number]
        (meme,) = rows(1, start=number, title=f"shape {number}", text=text, duration_ms=4000, **facts)
        store.put(store.thumbnail_key(meme.sha256), encoded(drawing("white", size=size, seed=number), "WEBP"))
    indexing.embed_memes()
    Meme.objects.filter(title="shape 1").update(kind="video")  # with a badge in its corner
    return list(Meme.objects.order_by("pk"))


def tile(page: Page, meme: Meme) -> Locator:
    return page.locator(f".tile[data-id='{meme.pk}']")


def is_told(page: Page, meme: Meme) -> bool:
    return bool(tile(page, meme).locator(".why").evaluate("why => getComputedStyle(why).visibility === 'visible'"))


def test_pointing_at_a_tile_shows_the_words_it_was_found_by(page: Page, memes: list[Meme]) -> None:
    page.goto("/?q=mondays", wait_until="networkidle")
    box = tile(page, memes[0]).bounding_box()
    expect(tile(page, memes[0]).locator(".why")).to_be_hidden()
    tile(page, memes[0]).hover()
    expect(tile(page, memes[0]).locator(".why mark").first).to_be_visible()
    assert tile(page, memes[0]).locator(".why mark").all_inner_texts() == ["monday", "monday"]
    assert tile(page, memes[0]).locator(".why b").count() == 0
    assert tile(page, memes[0]).bounding_box() == box
    assert faint(page) == []


def test_it_never_covers_more_than_half_of_the_picture(page: Page, memes: list[Meme]) -> None:
    page.goto("/?q=grumpy", wait_until="networkidle")
    for meme in memes:
        tile(page, meme).hover()
        whole, said = (tile(page, meme).locator(part).bounding_box() for part in (".why", ".why-said"))
        assert whole is not None
        assert said is not None
        assert 0 < said["height"] <= whole["height"] / 2 + 1


def test_the_keyboard_shows_it_and_those_who_hear_the_page_are_told(page: Page, memes: list[Meme]) -> None:
    page.goto("/?q=grumpy", wait_until="networkidle")
    link = tile(page, memes[0]).locator("a")
    description = link.evaluate("link => document.getElementById(link.getAttribute('aria-describedby')).textContent")
    assert "It says: Grumpy monday" in " ".join(description.split())
    assert "Similarity" in description
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("Number(document.activeElement.closest('.tile')?.dataset.id)")
    expect(page.locator(f".tile[data-id='{focused}'] .why")).to_be_visible()


def test_the_newest_have_nothing_to_tell(page: Page, memes: list[Meme]) -> None:
    page.goto("/", wait_until="networkidle")
    assert page.locator(".why").count() == 0
    assert page.locator("[aria-describedby^=why]").count() == 0


def test_the_page_of_a_meme_says_why_when_it_was_opened_from_a_search(page: Page, memes: list[Meme]) -> None:
    page.goto(memes[0].get_absolute_url(), wait_until="networkidle")
    expect(page.locator("[data-why]")).to_be_hidden()
    page.goto("/?q=grumpy", wait_until="networkidle")
    tile(page, memes[0]).click()
    expect(page.locator("[data-why] mark").first).to_have_text("Grumpy")
    assert faint(page) == []
    page.locator(".step:visible").first.click()
    page.wait_for_url(lambda address: memes[0].get_absolute_url() not in address)
    expect(page.locator("[data-why] mark").first).to_have_text("grumpy")


def test_a_finger_that_stays_on_a_tile_shows_it(
    browser: Browser, live_server: LiveServer, alice: Any, memes: list[Meme]
) -> None:
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    sign_in(context, alice, live_server.url)
    page = context.new_page()
    page.goto("/?q=grumpy", wait_until="networkidle")
    touch = {"pointerType": "touch", "bubbles": True, "clientX": 50, "clientY": 50}
    tile(page, memes[0]).locator("a").dispatch_event("pointerdown", touch)
    expect(tile(page, memes[0]).locator(".why")).to_be_visible()
    tile(page, memes[1]).locator("a").dispatch_event("pointerdown", touch)
    tile(page, memes[1]).locator("a").dispatch_event("pointerup", touch)
    expect(tile(page, memes[0]).locator(".why")).to_be_hidden()
    context.close()
