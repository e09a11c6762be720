"""The rating pages, light and dark: contrast, names, nothing wider than the window; and without scripts."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from rating.models import Axis, Comparison
from search.models import Meme
from tests.e2e.contrast import faint
from tests.e2e.rating.looking import ready
from tests.e2e.test_looks import check

PAGES = (
    "/rate/", "/rate/?axis=useful&axis=meme&axis=aesthetic", "/rate/?mode=fours", "/rate/?mode=pairs&q=like:0",
    "/rate/answers/", "/rate/axes/", "/tastes/", "/tastes/useful/",
)  # fmt: skip
SIZES = [(390, 844), (844, 390), (1024, 768), (1920, 1080)]


@pytest.fixture(params=["light", "dark"])
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {"viewport": {"width": 390, "height": 844}, "color_scheme": request.param}


def test_the_pages_can_be_read(page: Page, axes: list[Axis], library: list[Meme]) -> None:
    for address in PAGES:
        check(page, address)
    page.goto("/rate/")
    ready(page)
    page.get_by_role("button", name="Options").click()
    assert faint(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert faint(page) == []


@pytest.mark.parametrize("options", [{"viewport": None}])
@pytest.mark.parametrize("mode", ["pairs", "fours"])
def test_everything_fits_into_any_window(page: Page, axes: list[Axis], library: list[Meme], mode: str) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"/rate/?mode={mode}")
        ready(page, 4 if mode == "fours" else 2)
        for part in page.locator("#table img, .scale label, #undo").all():
            box = part.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height, (width, height)


@pytest.mark.parametrize("options", [{"java_script_enabled": False, "viewport": {"width": 1024, "height": 768}}])
def test_without_scripts_a_pair_is_answered_and_taken_back(page: Page, axes: list[Axis], library: list[Meme]) -> None:
    page.goto("/rate/")
    expect(page.locator("#table img")).to_have_count(2)
    page.locator("label", has_text="left is better").click()
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("#today")).to_have_text("1")
    assert Comparison.objects.get().outcome == "left"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#today")).to_have_text("0")
