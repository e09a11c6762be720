"""A browser that runs no scripts: searching, paging, reading and uploading work."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from search.models import Meme
from search.retrieval import PAGE_SIZE
from tests.drawing import write


@pytest.fixture
def options() -> dict[str, Any]:
    return {"java_script_enabled": False}


def test_signing_in_and_out(browser: Browser, live_server: LiveServer, alice: Any, options: dict[str, Any]) -> None:
    page = browser.new_page(base_url=live_server.url, **options)
    page.goto("/")
    page.get_by_label("Login").fill("alice")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Account of alice").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.close()


def test_searching_and_paging(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    expect(page.locator(".tile")).to_have_count(PAGE_SIZE)
    page.get_by_role("link", name="More").click()
    expect(page.locator(".tile")).to_have_count(len(library) - PAGE_SIZE)
    page.get_by_role("link", name="From the beginning").click()
    page.get_by_label("Search the memes").fill("green")
    page.get_by_label("Search the memes").press("Enter")
    expect(page.locator(".tile img").first).to_have_attribute("alt", re.compile("^green"))


def test_pictures_are_seen_in_rows_without_running_over_the_edge(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    expect(page.locator(".tile img").first).to_be_visible()
    edges = page.locator(".tile").evaluate_all("(tiles) => tiles.map((tile) => tile.getBoundingClientRect().right)")
    assert max(edges) <= 1280


def test_reading_about_a_meme(page: Page, library: list[Meme]) -> None:
    page.goto("/")
    page.locator(".tile").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(library[0].title)
    page.get_by_role("link", name="More like this").click()
    expect(page.locator(".tile img").first).to_have_attribute("alt", library[0].title)


def test_uploading(page: Page, tmp_path: Path) -> None:
    page.goto("/upload/")
    page.get_by_label("Files to add").set_input_files([write(tmp_path / "cat.png"), write(tmp_path / "dog.png", "red")])
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".file", has_text="Added")).to_have_count(2)
