"""Rating with a finger, and what moves or is veiled."""

import re

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from playwright.sync_api import Page, expect

from rating.models import Axis
from search.library import add_upload
from search.models import Meme
from tests.e2e.rating.looking import everything_arrived, outcomes, ready
from tests.search.media.making import animated, clip, scene
from tests.search.taking_in import index


def finger(page: Page, start: tuple[float, float], end: tuple[float, float], *, hold_ms: int = 0) -> None:
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", start)
    page.wait_for_timeout(hold_ms)
    for share in (0.3, 0.6, 1.0) if start != end else ():
        touch("touchMove", (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
    touch("touchEnd")


def middle(page: Page, place: int) -> tuple[float, float]:
    box = page.locator("#table .pick").nth(place).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_tap_hold_and_swipe(touching: Page) -> None:
    x, y = middle(touching, 0)
    finger(touching, (x, y), (x, y))
    other = middle(touching, 1)
    finger(touching, other, other, hold_ms=600)
    is_stacked = touching.evaluate("document.querySelector('#table').dataset.columns") == "1"
    x, y = middle(touching, 0)
    finger(touching, (x, y), (x, y + 150) if is_stacked else (x + 150, y))
    is_stacked = touching.evaluate("document.querySelector('#table').dataset.columns") == "1"
    x, y = middle(touching, 1)
    finger(touching, (x, y), (x, y - 150) if is_stacked else (x - 150, y))
    everything_arrived(touching)
    assert outcomes() == ["left", "much_right", "right", "left"]


def test_what_is_not_safe_for_work_is_veiled_until_it_is_asked_for(
    page: Page, axes: list[Axis], library: list[Meme]
) -> None:
    Meme.objects.update(is_nsfw=True)
    page.goto("/rate/")
    ready(page)
    expect(page.locator(".is-veiled")).to_have_count(2)
    page.locator(".unveil").first.click()
    expect(page.locator(".is-veiled")).to_have_count(0)
    page.keyboard.press("w")
    page.keyboard.press("w")
    expect(page.locator(".is-veiled")).to_have_count(0)


@pytest.fixture
def clips(transactional_db: None, alice: User, axes: list[Axis]) -> None:
    """Two, of which one is a video and one an animation."""
    frames = [scene(seed) for seed in range(20)]
    for name, data in {"cat.gif": animated(frames, "GIF"), "dog.webm": clip(frames, "webm")}.items():
        add_upload(ContentFile(data), len(data), filename=name, user=alice)
    index()


def test_clips_play_without_sound_and_can_be_held_still(page: Page, clips: None) -> None:
    page.goto("/rate/")
    ready(page)
    page.wait_for_function("document.querySelector('#table video').currentTime > 0")
    assert page.evaluate("document.querySelector('#table video').muted")
    for pause in page.locator("#table .pause").all():
        pause.click()
    assert page.evaluate("document.querySelector('#table video').paused")
    expect(page.locator("#table img")).to_have_attribute("src", re.compile("thumbnail$"))
    assert outcomes() == []


def test_nothing_moves_for_those_who_want_less_motion(page: Page, clips: None) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto("/rate/")
    ready(page)
    assert page.evaluate("document.querySelector('#table video').paused")
    expect(page.locator("#table img")).to_have_attribute("src", re.compile("thumbnail$"))
    expect(page.get_by_role("button", name="Play")).to_have_count(2)
