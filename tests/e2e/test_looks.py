"""Every page, light and dark: contrast, names for those who hear the page, nothing wider than the window."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from search.models import Meme
from tests.e2e.contrast import faint

PAGES = (
    "/", "/?q=blue", "/?q=quantum", '/?q="no such words"', "/?q=like:1", "/upload/", "/accounts/password/change/",
    "/accounts/email/", "/accounts/logout/", "/no/such/page/", "/trash/", "/duplicates/", "/preferences/",
)  # fmt: skip
ENTRANCES = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/done/")
# Buttons, links and fields nobody would know by their names.
NAMELESS = """
[...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary, img, video")].filter((element) => {
  if (!element.checkVisibility()) return false;
  if (element.matches("img")) return !element.hasAttribute("alt");
  const labelled = element.ariaLabel || element.title || element.labels?.length || element.textContent.trim();
  return !labelled && !element.querySelector("img[alt]:not([alt=''])");
}).map((element) => element.outerHTML.slice(0, 120))
"""


@pytest.fixture(params=["light", "dark"])
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {"viewport": {"width": 390, "height": 844}, "color_scheme": request.param}


def check(page: Page, address: str) -> None:
    page.goto(address, wait_until="networkidle")
    assert faint(page) == [], address
    assert page.evaluate(NAMELESS) == [], address
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    assert page.locator("h1").count() == 1, address
    assert page.locator("main").count() == 1, address


def test_the_pages_can_be_read(page: Page, library: list[Meme]) -> None:
    for address in (*PAGES, library[0].get_absolute_url()):
        check(page, address)


def test_the_entrance_can_be_read(context: BrowserContext, library: list[Meme]) -> None:
    context.clear_cookies()
    page = context.new_page()
    for address in ENTRANCES:
        check(page, address)


def test_an_empty_library_can_be_read(page: Page) -> None:
    check(page, "/")
    expect(page.get_by_role("heading", name="No memes yet")).to_be_visible()


def test_what_opens_over_the_page_can_be_read(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    page.get_by_role("button", name="Account of alice").click()
    assert faint(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert faint(page) == []


def test_the_chosen_colours_are_known_before_there_is_anything_to_paint(page: Page) -> None:
    page.goto("/")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.add_init_script("""
      new MutationObserver(() => {
        if (document.body) window.themeAtBody ??= document.documentElement.dataset.theme;
      }).observe(document, {childList: true, subtree: true});
    """)
    page.goto("/upload/")
    assert page.evaluate("window.themeAtBody") == "dark"
