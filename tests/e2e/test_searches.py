"""What the box offers, saved searches, history and surprises, in a browser."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from search import history, saved
from search.models import Meme, PastSearch
from tests.search.sidecar.waiting import eventually


@pytest.fixture
def wall(page: Page, library: list[Meme]) -> Page:
    page.goto("/")
    expect(page.locator(".grid.is-placed")).to_be_visible()
    return page


def past(user: User) -> list[str]:
    return [search.query for search in history.recent(user)]


def test_a_search_too_long_for_an_address_goes_on_under_another(wall: Page) -> None:
    box = wall.locator("#q")
    box.fill("blue " + "猫 " * 900)
    box.press("Enter")
    expect(wall).to_have_url(re.compile(r"/\?kept=[0-9a-f]{32}$"))
    expect(wall.locator("#results h1")).to_have_text("Best first")
    wall.reload()
    expect(box).to_have_value(re.compile("^blue 猫 猫"))
    box.fill("blue")
    expect(wall).to_have_url(re.compile(r"/\?q=blue$"))
    wall.go_back()
    expect(box).to_have_value(re.compile("^blue 猫 猫"))


# --- offers --------------------------------------------------------------------------------------------------------


def test_keys_and_values_are_offered_and_taken_with_the_keyboard(wall: Page) -> None:
    box = wall.get_by_role("combobox", name="Search the memes")
    box.focus()
    wall.keyboard.type("blue ty")
    expect(wall.get_by_role("option", name="type:")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))
    wall.keyboard.press("ArrowDown")
    expect(wall.get_by_role("option", name="type:")).to_have_attribute("aria-selected", "true")
    wall.keyboard.press("Tab")
    expect(box).to_have_value("blue type:")
    expect(wall.get_by_role("option", name="animation")).to_be_visible()
    wall.keyboard.press("ArrowUp")
    wall.keyboard.press("Enter")
    expect(box).to_have_value("blue type:video ")
    expect(wall.get_by_role("listbox")).to_be_hidden()


def test_escape_closes_the_list_alone_and_then_leaves_the_box(wall: Page) -> None:
    box = wall.get_by_role("combobox", name="Search the memes")
    box.focus()
    wall.keyboard.type("so")
    expect(wall.get_by_role("option", name="source:")).to_be_visible()
    wall.keyboard.press("Escape")
    expect(wall.get_by_role("listbox")).to_be_hidden()
    expect(box).to_be_focused()
    expect(box).to_have_value("so")
    wall.keyboard.press("Escape")
    expect(box).not_to_be_focused()


def test_a_list_that_is_not_entered_leaves_enter_and_the_pictures_alone(wall: Page) -> None:
    box = wall.get_by_role("combobox", name="Search the memes")
    box.focus()
    wall.keyboard.type("s")
    expect(wall.get_by_role("option", name="source:")).to_be_visible()
    expect(wall).to_have_url(re.compile(r"/\?q=s$"))  # what was typed is searched for by itself
    expect(wall.locator("#results h1")).to_have_text("Best first")
    expect(wall.locator(".grid.is-placed")).to_be_visible()
    before = wall.locator("#results").bounding_box()
    wall.keyboard.press("Enter")
    expect(wall.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("s")
    assert wall.locator("#results").bounding_box() == before
    wall.keyboard.press("ArrowDown")
    expect(wall.locator("#results .tile a").first).to_be_focused()


def test_letters_beyond_the_basic_ones_are_counted_right(wall: Page) -> None:
    box = wall.get_by_role("combobox", name="Search the memes")
    box.fill("😀😀 type:vid")
    expect(wall.get_by_role("option", name="video")).to_be_visible()
    wall.keyboard.press("ArrowDown")
    wall.keyboard.press("Enter")
    expect(box).to_have_value("😀😀 type:video ")


# --- saved ---------------------------------------------------------------------------------------------------------


def test_a_search_is_saved_in_one_click_opened_renamed_and_its_deletion_undone(
    page: Page, library: list[Meme], alice: User
) -> None:
    page.goto("/?q=blue -red")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as “blue -red”.")).to_be_visible()
    page.get_by_role("link", name="Your searches").last.click()
    page.get_by_text("Rename").first.click()
    page.get_by_label("New name of blue -red").fill("Blue ones")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Delete Blue ones").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Blue ones").click()
    expect(page.locator("#q")).to_have_value("blue -red")
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", re.compile("^blue"))
    assert [search.name for search in saved.of(alice)] == ["Blue ones"]


# --- history -------------------------------------------------------------------------------------------------------


def test_a_search_is_remembered_when_enter_is_pressed_and_not_before(wall: Page, alice: User) -> None:
    wall.keyboard.press("/")
    wall.keyboard.type("blue", delay=30)
    wall.wait_for_url("**/?q=blue")
    assert not PastSearch.objects.exists()
    wall.keyboard.press("Enter")
    eventually(lambda: past(alice) == ["blue"], within_s=10)
    wall.locator("#q").fill("green")
    expect(wall.locator("#results .tile img").first).to_have_attribute("alt", re.compile("^green"))
    wall.locator("#results .tile a").first.click()
    eventually(lambda: past(alice) == ["green", "blue"], within_s=10)


def test_the_empty_box_offers_what_was_searched_for(wall: Page, alice: User) -> None:
    history.remember(alice, "blue -red")
    saved.keep(alice, "green", "Mine")
    wall.keyboard.press("/")
    wall.keyboard.press("Alt+ArrowDown")
    expect(wall.get_by_role("option")).to_have_count(2)
    wall.keyboard.press("ArrowDown")
    wall.keyboard.press("ArrowDown")
    wall.keyboard.press("Enter")
    expect(wall).to_have_url(re.compile(r"\?q=blue"))
    expect(wall.locator("#q")).to_have_value("blue -red")


def test_history_is_cleared_in_two_steps(page: Page, alice: User, library: list[Meme]) -> None:
    for query in ("cats", "dogs"):
        history.remember(alice, query)
    page.goto("/searches/")
    page.get_by_role("button", name="Forget cats").click()
    expect(page.get_by_role("link", name="cats")).to_have_count(0)
    page.get_by_text("Clear all").click()
    page.get_by_role("button", name="Forget all").click()
    expect(page.get_by_text("is listed here, for you alone")).to_be_visible()
    assert past(alice) == []


# --- surprises and trouble -----------------------------------------------------------------------------------------


def test_r_surprises_and_once_more_with_another(wall: Page) -> None:
    wall.keyboard.press("r")
    wall.wait_for_url(re.compile(r"q=like:\d+"))
    first = wall.url
    wall.keyboard.press("r")
    wall.wait_for_url(lambda url: "like:" in url and url != first)


def test_a_shuffled_order_stays_when_it_is_shared(page: Page, library: list[Meme]) -> None:
    page.goto("/?q=type:image sort:random-7")
    before = page.locator("#results .tile img").first.get_attribute("alt")
    page.get_by_role("link", name="Shuffle").click()
    page.wait_for_url(re.compile(r"sort%3Arandom-(?!7$)\d+"))
    order = page.locator("#results .tile img").evaluate_all("(all) => all.map((one) => one.alt)")
    page.reload()
    assert page.locator("#results .tile img").evaluate_all("(all) => all.map((one) => one.alt)") == order
    assert before


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/?q=sourc:x", "Did you mean “source:”?"),
        ("/?e=AH4", "“e” takes an embedding"),
        ("/?q=cats&e=ADw", "a vector of this space has 512 numbers"),
        ("/?q=picture:00000000000000000000000000000000", "not kept here any more"),
        ("/advanced/?q=-dogs", "only says what to stay away from"),
    ],
)
def test_a_bad_address_says_what_is_wrong(address: str, message: str, page: Page, library: list[Meme]) -> None:
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 400
    expect(page.get_by_text(message).first).to_be_visible()
