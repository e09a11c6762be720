"""The wall of pictures: even, dense, without jumping, and where one left it."""

import itertools
import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from search.models import Meme
from search.retrieval import PAGE_SIZE
from tests.search.taking_in import index, take_in

SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
BOXES = """
[...document.querySelectorAll("#results .tile")].map((tile) => {
  const box = tile.getBoundingClientRect();
  return [box.left, box.top + scrollY, box.width, box.height, tile.dataset.id].map(Number);
})
"""


def boxes(page: Page) -> list[list[float]]:
    found: list[list[float]] = page.evaluate(BOXES)
    return found


def columns(page: Page) -> list[float]:
    return sorted({box[0] for box in boxes(page)})


def focused(page: Page) -> str | None:
    found: str | None = page.evaluate("document.activeElement.closest('.tile')?.dataset.id ?? null")
    return found


def show_everything(page: Page, library: list[Meme]) -> None:
    page.mouse.move(600, 400)
    page.mouse.wheel(0, 100_000)
    expect(page.locator("#results .tile")).to_have_count(len(library))


def test_pictures_keep_their_shapes_with_even_gaps(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    shapes = {meme.pk: meme.height / meme.width for meme in library}
    found = boxes(page)
    assert len(found) == PAGE_SIZE
    for _, _, width, height, pk in found:
        assert height / width == pytest.approx(shapes[int(pk)], abs=0.01)
    for left in columns(page):
        column = sorted(box for box in found if box[0] == left)
        gaps = {round(lower[1] - upper[1] - upper[3]) for upper, lower in itertools.pairwise(column)}
        assert gaps == {4}
    lefts = columns(page)
    widths = {box[0]: box[2] for box in found}
    across = {round(right - left - widths[left]) for left, right in itertools.pairwise(lefts)}
    assert across == {4}


@pytest.mark.parametrize(("width", "count"), [(390, 2), (1024, 4), (1920, 8)])
def test_there_are_two_columns_on_a_phone_and_many_on_a_wide_screen(
    width: int, count: int, page: Page, library: list[Meme]
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/")
    expect(page.locator(".grid.is-placed")).to_be_visible()
    assert len(columns(page)) == count
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_jumps_while_pictures_load_and_more_come(page: Page, library: list[Meme]) -> None:
    page.add_init_script(SHIFTS)
    page.goto("/", wait_until="networkidle")
    before = boxes(page)
    show_everything(page, library)
    page.wait_for_load_state("networkidle")
    assert boxes(page)[: len(before)] == before
    assert page.evaluate("window.shifted") < 0.01  # what browsers call no shift at all is 0.1


def test_every_meme_comes_once(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    show_everything(page, library)
    assert [int(box[4]) for box in boxes(page)] == [meme.pk for meme in library]
    expect(page.locator(".more")).to_have_text("That is everything.")


@pytest.mark.parametrize("way", ["Escape", "back"])
def test_coming_back_finds_the_wall_as_it_was_left(way: str, page: Page, library: list[Meme]) -> None:
    page.goto("/")
    show_everything(page, library)
    tile = page.locator("#results .tile").nth(PAGE_SIZE + 3)
    tile.scroll_into_view_if_needed()
    was_at, left = page.evaluate("scrollY"), tile.get_attribute("data-id")
    tile.click()
    page.wait_for_url(f"**/m/{left}/")
    expect(page.locator("h1")).to_be_visible()
    if way == "back":
        page.go_back()
    else:
        page.keyboard.press("Escape")
    expect(page.locator("#results .tile")).to_have_count(len(library))
    expect(tile.locator("a")).to_be_focused()
    assert focused(page) == left
    assert page.evaluate("scrollY") == pytest.approx(was_at, abs=3)


def test_walking_the_list_on_the_memes_page_leads_back_to_the_last_one(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    page.locator(f".tile[data-id='{library[2].pk}']").click()
    page.wait_for_url(f"**/m/{library[2].pk}/")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/m/{library[3].pk}/")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/m/{library[2].pk}/")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/m/{library[1].pk}/")
    page.go_back()
    page.wait_for_url("**/")
    expect(page.locator(f".tile[data-id='{library[1].pk}'] a")).to_be_focused()


def test_the_list_goes_on_where_the_wall_had_not_loaded_more(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    last = library[PAGE_SIZE - 1]
    page.evaluate(f"document.querySelector(\".tile[data-id='{last.pk}'] a\").click()")
    page.wait_for_url(f"**/m/{last.pk}/")
    page.locator(".step.is-next").click()
    page.wait_for_url(f"**/m/{library[PAGE_SIZE].pk}/")


def test_resizing_keeps_what_is_looked_at_in_sight(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    show_everything(page, library)
    first = page.evaluate_handle(
        "[...document.querySelectorAll('.tile')].find((tile) => tile.getBoundingClientRect().bottom > 0)"
    )
    page.set_viewport_size({"width": 700, "height": 800})
    expect(page.locator(".grid.is-placed")).to_be_visible()
    page.wait_for_function("(tile) => Math.abs(tile.getBoundingClientRect().top) < 800", arg=first)


def test_results_come_while_typing_and_the_address_follows(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    page.locator("#q").press_sequentially("blue", delay=20)
    expect(page.locator("#results h1")).to_have_text("Best first")
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", re.compile(r"^blue \d+"))
    page.wait_for_url("**/?q=blue")
    page.go_back()
    expect(page.locator("#results h1")).to_have_text("Newest first")
    expect(page.locator("#q")).to_have_value("")


def test_new_memes_are_offered_and_nothing_moves(page: Page, library: list[Meme], alice: User) -> None:
    page.goto("/", wait_until="networkidle")
    before = boxes(page)
    take_in(alice, "pink", title="new one")
    index()
    page.evaluate("document.body.dispatchEvent(new Event('mse:look'))")
    offer = page.get_by_role("link", name="1 new meme")
    expect(offer).to_be_visible()
    assert boxes(page) == before
    offer.click()
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", "new one")


def test_who_signs_out_leaves_nothing_behind_in_the_tab(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    page.goto("/upload/")
    assert page.evaluate("sessionStorage.walls")
    page.get_by_role("button", name="Account of alice").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.wait_for_function("!sessionStorage.walls")
