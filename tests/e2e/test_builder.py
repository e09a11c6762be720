"""The advanced search with the keyboard alone, from another browser, and over a slow line."""

import re
import threading

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from search.models import Meme, PastSearch
from tests.e2e.conftest import sign_in
from tests.e2e.contrast import faint

FIRST = "#results .tile img"


def first_is(page: Page, color: str) -> None:
    expect(page.locator(FIRST).first).to_have_attribute("alt", re.compile(f"^{color}"))


def term(page: Page, number: int) -> str:
    return page.get_by_role("textbox", name=f"Term {number}", exact=True).or_(
        page.get_by_role("combobox", name=f"Term {number}", exact=True)
    ).input_value()  # fmt: skip


def test_a_search_is_built_with_the_keyboard_alone(page: Page, library: list[Meme]) -> None:
    page.goto("/advanced/")
    page.locator("[name=value]").focus()
    page.keyboard.type("blue")
    first_is(page, "blue")
    expect(page).to_have_url(re.compile(r"/advanced/\?q=blue$"))
    page.get_by_role("button", name="Add a row").press("Enter")
    page.keyboard.type("red")
    expect(page).to_have_url(re.compile(r"q=blue\+red%5E1$|q=blue\+about"))
    page.get_by_role("checkbox", name="Away from it").nth(1).press("Space")
    expect(page).to_have_url(re.compile(r"q=blue\+-red$"))
    page.get_by_role("slider", name="Weight of term 2").press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"-red%5E0\.95$"))
    page.get_by_role("spinbutton", name="Weight of term 2 as a number").fill("0.5")
    expect(page).to_have_url(re.compile(r"-red%5E0\.5$"))
    assert not PastSearch.objects.exists(), "the preview is no search yet"


def test_rows_move_and_go_and_come_back(page: Page, library: list[Meme]) -> None:
    page.goto("/advanced/?q=blue -red")
    page.locator("[name=value]").first.press("Alt+ArrowDown")
    expect(page).to_have_url(re.compile(r"q=-red\+blue$"))
    assert (term(page, 1), term(page, 2)) == ("red", "blue")
    expect(page.locator("[name=value]").nth(1)).to_be_focused()
    page.get_by_role("button", name="Remove term 1").click()
    expect(page).to_have_url(re.compile(r"q=blue$"))
    expect(page.locator("[name=value]").first).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile(r"q=-red\+blue$"))


def test_filters_and_the_order_follow_into_the_address_and_the_box(page: Page, library: list[Meme]) -> None:
    page.goto("/advanced/")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_role("checkbox", name="image").check()
    page.get_by_label("Width from").fill("300")
    page.get_by_label("Order", exact=True).select_option("size")
    expect(page).to_have_url(re.compile(r"q=type%3Aimage\+width%3A%3E%3D300\+sort%3Asize$"))
    page.get_by_role("link", name="Open in the box").click()
    expect(page.locator("#q")).to_have_value("type:image width:>=300 sort:size")
    page.get_by_role("link", name="Advanced").click()
    expect(page.get_by_label("Width from")).to_have_value("300")


def test_what_is_wrong_stands_beside_its_field_and_the_memes_stay(page: Page, library: list[Meme]) -> None:
    page.goto("/advanced/?q=blue")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_role("combobox", name="Kind of term 2").select_option("like")
    page.locator("[name=value]").nth(1).fill("a cat")
    expect(page.get_by_role("alert").filter(has_text="the number of a meme")).to_be_visible()
    expect(page.locator("[name=value]").nth(1)).to_have_attribute("aria-invalid", "true")
    first_is(page, "blue")
    page.locator("[name=value]").nth(1).fill(str(Meme.objects.filter(title__startswith="red")[0].pk))
    expect(page.get_by_role("alert").filter(has_text="the number of a meme")).to_be_hidden()
    expect(page.locator(".face")).to_be_visible()


def test_more_memes_come_while_scrolling_the_preview(page: Page, library: list[Meme]) -> None:
    page.goto("/advanced/")
    page.locator("[name=value]").fill("blue")
    first_is(page, "blue")
    page.mouse.move(900, 400)
    page.mouse.wheel(0, 100_000)
    expect(page.locator("#results .tile")).to_have_count(len(library))


def test_a_shared_address_opens_in_another_browser(
    page: Page, browser: Browser, live_server: LiveServer, library: list[Meme], bob: User
) -> None:
    page.goto("/advanced/")
    page.locator("[name=value]").fill("blue")
    page.get_by_role("button", name="Add a row").click()
    page.locator("[name=value]").nth(1).fill("two words")
    page.get_by_role("checkbox", name="Away from it").nth(1).check()
    expect(page).to_have_url(re.compile(r"q=blue\+-about"))
    context = browser.new_context(base_url=live_server.url)
    sign_in(context, bob, live_server.url)
    theirs = context.new_page()
    theirs.goto(page.url)
    first_is(theirs, "blue")
    assert (term(theirs, 1), term(theirs, 2)) == ("blue", "two words")
    expect(theirs.get_by_role("checkbox", name="Away from it").nth(1)).to_be_checked()
    context.close()


def test_over_a_slow_line_the_old_memes_stay_until_the_last_answer(page: Page, library: list[Meme]) -> None:
    page.goto("/advanced/?q=blue")
    first_is(page, "blue")
    may_go = threading.Event()
    held: list[Route] = []

    def hold(route: Route) -> None:
        if may_go.is_set():
            route.continue_()
        else:
            held.append(route)

    page.route(re.compile(r"/advanced/\?kind="), hold)
    page.locator("[name=value]").fill("red")
    page.wait_for_function("document.querySelector('#results').getAttribute('aria-busy') === 'true'")
    first_is(page, "blue")
    may_go.set()
    page.locator("[name=value]").fill("green")
    first_is(page, "green")
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")
    assert len(held) == 1
    first_is(page, "green")


def test_a_broken_line_is_said_and_the_old_memes_stay(page: Page, library: list[Meme]) -> None:
    page.goto("/advanced/?q=blue")
    page.context.set_offline(True)
    page.locator("[name=value]").fill("red")
    expect(page.get_by_text("These are still the memes from before.")).to_be_visible()
    first_is(page, "blue")
    page.context.set_offline(False)
    page.locator("[name=value]").press("Enter")
    first_is(page, "red")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1024, 1920])
def test_the_pages_of_searching_can_be_read(scheme: str, width: int, page: Page, library: list[Meme]) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    addresses = ("/advanced/?q=blue -red tag:a sort:new width:>5", "/advanced/?kind=like&value=x&weight=1", "/searches/",
        "/picture/")  # fmt: skip
    for address in addresses:
        page.goto(address, wait_until="networkidle")
        assert faint(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert page.locator("h1").count() == 1, address


def test_without_scripts_rows_are_added_and_searched(
    browser: Browser, live_server: LiveServer, library: list[Meme], alice: User
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, alice, live_server.url)
    page = context.new_page()
    page.goto("/advanced/")
    page.locator("[name=value]").fill("green")
    page.get_by_role("button", name="Add a row").click()
    page.locator("[name=value]").nth(1).fill("red")
    page.get_by_role("checkbox", name="Away from it").nth(1).check()
    page.get_by_role("button", name="Search", exact=True).last.click()
    first_is(page, "green")
    page.get_by_role("link", name="Open in the box").click()
    expect(page.locator("#q")).to_have_value("green -red")
    context.close()
