"""Searching with a picture that is dropped, pasted or chosen."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from search.fetched_pictures import NotFetched
from search.models import Meme
from tests.drawing import drawing, encoded, write

HAND_OVER = """
([data, kind, count, selector]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  for (let n = 0; n < count; n++) transfer.items.add(new File([bytes], `${n}.png`, {type: "image/png"}));
  const give = (element, type) => element.dispatchEvent(
    type === "paste" ? new ClipboardEvent(type, {clipboardData: transfer, bubbles: true, cancelable: true})
                     : new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  if (kind === "paste") return give(document.querySelector(selector), "paste");
  give(document.body, "dragover");
  if (kind === "drop") give(document.querySelector(selector), "drop");
}
"""
SEARCH = ".curtain:not([hidden]) [data-landing=search]:not([hidden])"


def hand_over(page: Page, kind: str, selector: str = "", *, count: int = 1, data: bytes = b"") -> None:
    picture = base64.b64encode(data or encoded(drawing("blue"))).decode()
    page.evaluate(HAND_OVER, [picture, kind, count, selector])


def finds_its_kin(page: Page) -> None:
    expect(page).to_have_url(re.compile(r"\?q=picture%3A[0-9a-f]{32}"))
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", re.compile("^blue"))
    expect(page.locator(".chip img")).to_be_visible()
    expect(page.locator("#q")).not_to_have_value(re.compile("picture"))


def test_a_dropped_picture_finds_its_kin_and_is_not_added(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    hand_over(page, "drop", SEARCH)
    finds_its_kin(page)
    assert Meme.objects.count() == len(library)
    page.keyboard.press("/")
    page.keyboard.type("red")
    expect(page).to_have_url(re.compile(r"picture%3A[0-9a-f]{32}\+red"))
    page.locator("#q").fill("")
    page.keyboard.press("Backspace")
    expect(page.locator(".chip")).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("#results h1")).to_have_text("Newest first")


def test_a_picture_pasted_into_the_box_is_searched_with(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    hand_over(page, "paste", "#q")
    finds_its_kin(page)
    assert Meme.objects.count() == len(library)


def test_a_picture_is_chosen_with_the_camera(page: Page, library: list[Meme], tmp_path: Path) -> None:
    page.goto("/")
    page.get_by_role("link", name="Search with a picture").click()
    expect(page.get_by_role("dialog", name="Search with a picture")).to_be_visible()
    page.get_by_label("A picture from this device").set_input_files(write(tmp_path / "mine.png", "blue"))
    finds_its_kin(page)


PRIVATE = "The address leads into a private network, where nothing is asked."


ASKED: list[str] = []


def fetched(address: str) -> bytes:
    ASKED.append(address)
    if "private" in address:
        raise NotFetched(PRIVATE)
    return encoded(drawing("blue"))


def test_a_picture_is_named_by_its_address(page: Page, library: list[Meme], settings: Any) -> None:
    settings.SEARCH_PICTURE_FETCHER = f"{__name__}.fetched"
    page.goto("/")
    page.get_by_role("link", name="Search with a picture").click()
    sheet = page.get_by_role("dialog", name="Search with a picture")
    sheet.get_by_label("Or its address").fill("https://example.org/private.png")
    sheet.get_by_role("button", name="Search").click()
    expect(sheet.get_by_role("alert")).to_have_text(PRIVATE)
    sheet.get_by_label("Or its address").fill("https://example.org/blue.png")
    sheet.get_by_role("button", name="Search").click()
    finds_its_kin(page)


def test_an_address_is_asked_for_when_it_is_whole(page: Page, library: list[Meme], settings: Any) -> None:
    settings.SEARCH_PICTURE_FETCHER = f"{__name__}.fetched"
    ASKED.clear()
    whole = "https://example.org/typed.png"
    page.goto("/")
    page.locator("#q").press_sequentially(f"picture:{whole}", delay=10)
    page.wait_for_timeout(600)  # three times the pause after which words are searched for
    assert ASKED == []
    page.keyboard.press("Enter")
    expect(page.locator("#results h1")).to_have_text("Best first")
    page.goto("/advanced/")
    page.get_by_role("combobox", name="Kind of term 1").select_option("picture")
    page.get_by_role("combobox", name="Term 1", exact=True).or_(
        page.get_by_role("textbox", name="Term 1", exact=True)
    ).press_sequentially(f"{whole}2", delay=10)
    page.wait_for_timeout(600)
    assert [whole] == ASKED
    page.keyboard.press("Tab")
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", re.compile("^blue"))
    assert [whole, f"{whole}2"] == ASKED


def test_many_files_can_only_be_added(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    hand_over(page, "over", count=2)
    expect(page.get_by_text("Add to library")).to_be_visible()
    expect(page.get_by_text("Search with this picture", exact=True)).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Add to library")).to_be_hidden()
    hand_over(page, "over")
    expect(page.get_by_text("Search with this picture", exact=True)).to_be_visible()


@pytest.mark.parametrize("data", [b"just words", encoded(drawing())[:200]])
def test_junk_is_refused_in_words(data: bytes, page: Page, library: list[Meme]) -> None:
    page.goto("/")
    hand_over(page, "drop", SEARCH, data=data)
    expect(page.get_by_text("This cannot be searched with.")).to_be_visible()
    assert page.url.endswith("/")


def test_on_the_advanced_page_a_picture_becomes_a_row(page: Page, library: list[Meme]) -> None:
    page.goto("/advanced/")
    hand_over(page, "drop", SEARCH)
    expect(page.get_by_role("combobox", name="Kind of term 1")).to_have_value("picture")
    expect(page.locator(".term .face")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/advanced/\?q=picture"))
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", re.compile("^blue"))


def test_without_scripts_a_form_does_it(page: Page, library: list[Meme], tmp_path: Path) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    page.goto("/")
    plain.goto(page.url)
    plain.get_by_role("link", name="Search with a picture").click()
    plain.get_by_role("main").get_by_label("A picture from this device").set_input_files(
        write(tmp_path / "mine.png", "blue")
    )
    plain.get_by_role("main").get_by_role("button", name="Search").click()
    expect(plain.locator(".tile img").first).to_have_attribute("alt", re.compile("^blue"))
    plain.get_by_label("Search the memes").press("Enter")
    expect(plain).to_have_url(re.compile(r"term=picture"))
    plain.locator(".chip").click()
    expect(plain.locator(".chip")).to_have_count(0)
    context.close()
