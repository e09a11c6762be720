"""From forty answers to another order of a search and back, with the keyboard alone."""

import re

from playwright.sync_api import Locator, Page, expect

from rating import bases
from rating.models import Axis, Comparison, Taste
from search import spaces
from search.models import Meme
from tests.e2e.contrast import faint
from tests.e2e.rating.looking import everything_arrived, shown

SEARCH = "taste:useful"
PATIENT_MS = 15_000  # something is learned before it can be seen
LIKED = ("red", "orange", "brown", "yellow")  # colours of pictures
COLOURS = (*LIKED, "green", "gray", "blue", "purple")  # the best first


def test_forty_answers_change_the_taste_page_and_a_search_and_undo_brings_it_back(
    page: Page, axes: list[Axis], library: list[Meme]
) -> None:
    space = spaces.active()
    assert space is not None
    assert bases.learn(space)
    titles = {meme.pk: meme.title for meme in library}
    page.goto("/rate/")
    rate(page, titles, 6)
    page.keyboard.press("End")  # what is believed below the question follows the answers
    expect(page.locator("#taste")).to_contain_text(
        f"Learned from {Taste.objects.get().answers} answer", timeout=PATIENT_MS
    )
    page.keyboard.press("Home")
    tabbed(page, page.get_by_role("link", name="Your taste"))
    numbers = page.locator("#numbers dd").last
    expect(numbers).to_contain_text(f"{Taste.objects.get().answers} answer", timeout=PATIENT_MS)
    learn_at_once()
    before = found(page)

    page.goto("/rate/")
    rate(page, titles, 34)
    tabbed(page, page.get_by_role("link", name="Your taste"))
    answers = Taste.objects.get().answers  # some of the pairs are kept apart for testing
    assert answers > 30
    expect(numbers).to_contain_text(f"{answers} answers. The next milestone is 100.", timeout=PATIENT_MS)
    assert faint(page) == []
    loved = page.locator("#beliefs section").first.locator("[data-guess] img")
    assert [is_liked(alt) for alt in alts(loved)].count(True) >= 10
    learn_at_once()
    after = found(page)
    assert after != before
    assert all(map(is_liked, after[:12]))

    page.goto("/tastes/useful/")
    first = alts(loved)[0]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    expect(numbers).to_contain_text("1 correction of yours is among them", timeout=PATIENT_MS)
    expect(page.locator(".toast")).to_contain_text("It learns from that.", timeout=PATIENT_MS)
    assert first not in alts(loved)
    assert Comparison.objects.standing().filter(policy="correction", outcome="much_right").count() == 1
    page.keyboard.press("Backspace")
    expect(numbers).not_to_contain_text("correction", timeout=PATIENT_MS)
    assert alts(loved)[0] == first
    assert found(page) == after

    page.goto("/rate/")
    page.locator("#table .pick").nth(1).wait_for()
    for left in range(33, -1, -1):
        page.keyboard.press("Backspace")
        expect(page.locator("#ever")).to_have_text(str(6 + left))
    everything_arrived(page)
    assert found(page) == before


def rate(page: Page, titles: dict[int, str], count: int) -> None:
    """The picture in the better colour is better, whichever side it is on."""
    for _ in range(count):
        page.locator("#table .pick").nth(1).wait_for()
        left, right = (COLOURS.index(titles[pk].split()[0]) for pk in shown(page))
        page.keyboard.press("qwert"[2 + max(-2, min(2, left - right))])
    everything_arrived(page)


def learn_at_once() -> None:
    """From all answers together, as it is learned after an undo: one by one, the last digits are others."""
    Taste.objects.all().delete()


def tabbed(page: Page, link: Locator) -> None:
    """Go there as somebody without a mouse does."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if link.evaluate("(element) => element === document.activeElement"):
            page.keyboard.press("Enter")
            page.wait_for_load_state("load")
            return
    raise AssertionError("It cannot be reached.")


def found(page: Page) -> list[str]:
    """The order of one search."""
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(SEARCH)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?q=taste"))
    page.reload()  # whatever of it was shown while it was typed
    return alts(page.locator("#results .tile img"))


def alts(images: Locator) -> list[str]:
    return list(images.evaluate_all("(images) => images.map((image) => image.alt)"))


def is_liked(title: str) -> bool:
    return title.split()[0] in LIKED
