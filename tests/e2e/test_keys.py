"""Everything without a mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from search.models import Meme


@pytest.fixture
def wall(page: Page, library: list[Meme]) -> Page:
    page.goto("/")
    expect(page.locator(".grid.is-placed")).to_be_visible()
    return page


def walk(page: Page, *keys: str) -> list[float]:
    """The middle of the tile that has the focus after these keys."""
    for key in keys:
        page.keyboard.press(key)
    box = page.evaluate(
        "(({left, top, width, height}) => [left + width / 2, top + scrollY + height / 2])"
        "(document.activeElement.closest('.tile').getBoundingClientRect())"
    )
    return list(box)


def test_arrows_go_where_they_point(wall: Page) -> None:
    start = walk(wall, "ArrowDown")
    right = walk(wall, "ArrowRight")
    assert right[0] > start[0]
    below = walk(wall, "ArrowDown")
    assert (below[0], below[1] > right[1]) == (right[0], True)
    assert walk(wall, "ArrowUp") == right
    assert walk(wall, "ArrowLeft")[0] == start[0]


def test_the_end_of_a_row_is_the_end(wall: Page) -> None:
    walk(wall, "ArrowDown")
    assert walk(wall, "ArrowLeft") == walk(wall, "ArrowLeft")
    walk(wall, *["ArrowRight"] * 10)
    assert walk(wall, "ArrowRight") == walk(wall, "ArrowRight")


def test_the_walk_goes_on_past_what_was_loaded_and_stays_in_sight(wall: Page, library: list[Meme]) -> None:
    walk(wall, *["ArrowDown"] * 14)
    expect(wall.locator("#results .tile")).to_have_count(len(library))
    top = wall.evaluate("document.activeElement.getBoundingClientRect().top")
    assert 0 < top < 800


def test_up_from_the_first_row_leads_to_the_box_and_down_back(wall: Page) -> None:
    walk(wall, "ArrowDown")
    wall.keyboard.press("ArrowUp")
    expect(wall.locator("#q")).to_be_focused()
    walk(wall, "ArrowDown")


def test_enter_opens_and_escape_comes_back(wall: Page, library: list[Meme]) -> None:
    walk(wall, "ArrowDown")
    wall.keyboard.press("Enter")
    wall.wait_for_url(f"**/m/{library[0].pk}/")
    wall.keyboard.press("Escape")
    wall.wait_for_url(re.compile(r"/$"))
    expect(wall.locator(f".tile[data-id='{library[0].pk}'] a")).to_be_focused()


def test_the_slash_goes_to_the_box_and_is_typed_there(wall: Page) -> None:
    wall.keyboard.press("/")
    expect(wall.locator("#q")).to_be_focused()
    wall.keyboard.type("a/b?u")
    expect(wall.locator("#q")).to_have_value("a/b?u")
    wall.keyboard.press("Escape")
    expect(wall.locator("#q")).not_to_be_focused()


def test_the_question_mark_lists_the_keys_and_escape_closes_the_list_alone(wall: Page, library: list[Meme]) -> None:
    wall.goto(library[0].get_absolute_url())
    wall.keyboard.press("?")
    expect(wall.get_by_role("dialog", name="Keys")).to_be_visible()
    wall.keyboard.press("Escape")
    expect(wall.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert wall.url.endswith(library[0].get_absolute_url())


def test_keys_with_ctrl_belong_to_the_browser(wall: Page) -> None:
    wall.keyboard.press("Control+u")
    wall.keyboard.press("Alt+ArrowRight")
    assert wall.evaluate("document.activeElement === document.body")


def test_the_first_tab_skips_to_the_content(wall: Page) -> None:
    wall.keyboard.press("Tab")
    skip = wall.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    wall.keyboard.press("Enter")
    expect(wall.locator("main")).to_be_focused()


def test_a_memes_page_searches_for_more_like_it(wall: Page, library: list[Meme]) -> None:
    wall.goto(library[3].get_absolute_url())
    wall.keyboard.press("s")
    wall.wait_for_url(f"**/?q=like:{library[3].pk}")


def test_the_colours_are_chosen_in_the_menu_and_kept(wall: Page) -> None:
    wall.get_by_role("button", name="Account of alice").click()
    wall.get_by_text("Dark", exact=True).click()
    assert wall.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(13, 14, 15)"
    wall.reload()
    assert wall.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(13, 14, 15)"
