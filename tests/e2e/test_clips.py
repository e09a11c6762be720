"""Clips and animations: marked on the wall, playing when pointed at, played on their page in parts."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from playwright.sync_api import Page, expect

from search import library
from search.models import Meme
from tests.search.media.making import animated, clip, scene
from tests.search.taking_in import index

FRAMES = [scene(seed) for seed in range(20)]
OTHERS = [scene(seed) for seed in range(20, 40)]  # the same ones would be shown once


@pytest.fixture
def clips(transactional_db: None, alice: User) -> dict[str, Meme]:
    """A GIF and a WebM; not every Chromium plays H.264."""
    for name, data in {"cat.gif": animated(FRAMES, "GIF"), "dog.webm": clip(OTHERS, "webm")}.items():
        library.add_upload(ContentFile(data), len(data), filename=name, user=alice)
    index()
    return {meme.title: meme for meme in Meme.objects.all()}


def tile(page: Page, meme: Meme) -> Any:
    return page.locator(f".tile[data-id='{meme.pk}']")


def test_the_wall_tells_how_long_they_are(page: Page, clips: dict[str, Meme]) -> None:
    page.goto("/")
    expect(tile(page, clips["cat"]).locator(".badge")).to_have_text("0:02")
    expect(tile(page, clips["dog"]).locator(".badge")).to_have_text("0:02")


def test_they_play_while_they_are_pointed_at(page: Page, clips: dict[str, Meme]) -> None:
    page.goto("/")
    tile(page, clips["dog"]).hover()
    page.wait_for_function("document.querySelector('.tile video')?.currentTime > 0")
    tile(page, clips["cat"]).hover()
    expect(page.locator(".tile video")).to_have_count(0)
    expect(tile(page, clips["cat"]).locator("img")).to_have_attribute(
        "src", f"/media/{clips['cat'].pk}/{version(clips)}"
    )
    page.locator("#q").hover()
    expect(tile(page, clips["cat"]).locator("img[src$='/thumbnail']")).to_have_count(1)


def version(clips: dict[str, Meme]) -> str:
    return f"{clips['cat'].sha256[:8]}/original"


def test_they_play_while_they_have_the_focus(page: Page, clips: dict[str, Meme]) -> None:
    page.goto("/")
    tile(page, clips["dog"]).locator("a").focus()
    page.wait_for_function("document.querySelector('.tile video')?.currentTime > 0")


def test_nothing_moves_for_those_who_want_less_motion(page: Page, clips: dict[str, Meme]) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto("/")
    tile(page, clips["dog"]).hover()
    tile(page, clips["cat"]).hover()
    expect(page.locator(".tile video")).to_have_count(0)
    expect(page.locator("img[src$='/original']")).to_have_count(0)
    page.goto(clips["dog"].get_absolute_url())
    assert page.evaluate("document.querySelector('video').paused")


def test_the_page_of_a_clip_plays_it_and_lets_one_jump_ahead(page: Page, clips: dict[str, Meme]) -> None:
    page.goto(clips["dog"].get_absolute_url())
    page.wait_for_function("document.querySelector('.frame video').currentTime > 0")
    assert page.evaluate("document.querySelector('.frame video').muted")
    page.evaluate("document.querySelector('.frame video').currentTime = 1.5")
    page.wait_for_function("document.querySelector('.frame video').seeking === false")
    assert page.evaluate("document.querySelector('.frame video').error") is None
