import re

import pytest
from playwright.sync_api import Page, expect

from search.models import ConceptModel
from tests.search.concepts.learned import library, seen


@pytest.fixture
def model(transactional_db: None) -> ConceptModel:
    found, ids = library()
    for place, pk in enumerate(ids):
        seen(found, pk, **({"_0": 2.0} if place % 2 else {"_1": 1.0}))
    return found


def came_to(page: Page, address: str) -> None:
    """And its scripts listen."""
    expect(page).to_have_url(re.compile(address))
    page.wait_for_load_state()


def test_the_keyboard_alone_walks_there_and_back(page: Page, model: ConceptModel) -> None:
    first = model.activations.order_by("meme").values_list("meme", flat=True)[0]
    page.goto(f"/explore/?q=like:{first}")
    came_to(page, r"by=cat$")  # what these memes differ by most
    page.keyboard.press("5")
    came_to(page, r"step=2~cat.*by=(?!cat)")
    page.keyboard.press("p")
    came_to(page, r"by=component-1$")
    page.keyboard.press("Backspace")
    came_to(page, r"by=cat$")
    page.keyboard.press("r")
    came_to(page, r"by=(?!cat$)")
    expect(page.locator(".strip")).to_have_count(5)


def test_a_slider_steers_and_a_button_does_too(page: Page, model: ConceptModel) -> None:
    page.clock.install()
    page.goto("/?q=meme+concept:dog^0.5")
    slider = page.get_by_role("slider", name="How much dog")
    slider.focus()
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)
    slider.press("ArrowRight")
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    page.clock.run_for(1000)  # what it rests at is what is searched for
    expect(page).to_have_url(re.compile(r"q=meme\+concept%3Adog%5E0\.25$"))
    page.clock.resume()
    page.get_by_role("link", name="More dog").click()
    expect(page.locator("#q")).to_have_value("meme concept:dog^0.75")
