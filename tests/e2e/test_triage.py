"""Curating with the keyboard, with swipes, and many at once."""

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect

from mse_site.access import CURATORS
from rating.models import Axis, CurationQueue, QueueItem, Verdict
from search import gathering
from search.models import CollectionEntry, DuplicatePair, Meme, Tier
from tests.rating.conftest import axes
from tests.rating.curation.queueing import listed, queue

__all__ = ["axes"]

SHOWN = "[...document.querySelectorAll('#table .side')].map((side) => side.meme?.id)"
# In one turn of the browser, as a hand cannot: whatever is seen then waited for nothing.
PRESS = """(key) => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
    return [...document.querySelectorAll("#table .side")].map((side) => side.meme?.id);
}"""


@pytest.fixture
def made(alice: User, library: list[Meme], axes: list[Axis]) -> CurationQueue:
    alice.groups.add(Group.objects.get_or_create(name=CURATORS)[0])
    into = gathering.collection(alice, "Best", is_shared=True)
    one = queue(alice, axes[0], collection=into, name_pattern="{title}", skips_duplicates=False)
    listed(one, 40)
    first, second = Meme.objects.order_by("pk")[:2]
    DuplicatePair.objects.create(first=first, second=second, tier=Tier.PICTURE, distance=2)
    return one


@pytest.fixture
def order(made: CurationQueue) -> list[int]:
    """The memes as they come."""
    return list(QueueItem.objects.order_by("-percentile").values_list("meme", flat=True))


def arrived(page: Page) -> None:
    page.wait_for_function("!Object.keys(localStorage).some((name) => name.startsWith('curate:'))")


def said() -> list[tuple[int, str]]:
    rows = Verdict.objects.standing().order_by("pk")
    return list(rows.values_list("item__meme", "outcome"))


def test_memes_are_decided_about_by_keyboard_and_taken_back(page: Page, made: CurationQueue, order: list[int]) -> None:
    page.goto(f"/curation/{made.pk}/")
    page.wait_for_function(f"{SHOWN}[0] === {order[0]}")
    expect(page.locator("#waiting")).to_have_text("40")
    expect(page.locator("#beside li")).to_have_count(1)
    for place, key in enumerate(("ArrowRight", "ArrowLeft", "ArrowDown", "k"), 1):
        assert page.evaluate(PRESS, key) == [order[place]]
    page.keyboard.press("n")
    page.keyboard.type("a fine cat")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{SHOWN}[0] === {order[5]}")
    arrived(page)
    assert said() == list(zip(order, ("keep", "reject", "skip", "keep", "keep"), strict=False))
    assert Verdict.objects.filter(name="a fine cat").exists()
    assert page.evaluate(PRESS, "ArrowUp") == [order[4]]  # back: its verdict stands until it gets another one
    expect(page.locator("button.was")).to_have_text("Keep→")
    assert page.evaluate(PRESS, "ArrowUp") == [order[3]]
    assert page.evaluate(PRESS, "x") == [order[4]]
    assert page.evaluate(PRESS, "ArrowLeft") == [order[5]]
    assert page.evaluate(PRESS, "Backspace") == [order[4]]
    arrived(page)
    assert dict(said()) == dict(zip(order, ("keep", "reject", "skip", "reject"), strict=False))
    expect(page.locator("#today")).to_have_text("3")
    page.context.set_offline(True)
    for place in range(5, 12):
        assert page.evaluate(PRESS, "k") == [order[place]]
    expect(page.locator("#outbox")).to_contain_text("kept to be sent")
    page.context.set_offline(False)
    arrived(page)
    assert len(said()) == 11
    page.goto("/")
    for _ in range(500):  # what the page held is given back as it is left
        if QueueItem.objects.filter(holder=None).count() == 40:
            break
        page.wait_for_timeout(20)
    page.goto(f"/curation/{made.pk}/")
    page.wait_for_function(f"{SHOWN}[0] === {order[11]}")
    page.keyboard.press("u")  # further back than the page
    page.wait_for_function(f"{SHOWN}[0] === {order[10]}")
    assert len(said()) == 10
    page.keyboard.press("n")
    page.keyboard.type("cats/dogs")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("A name cannot contain")
    assert page.evaluate(PRESS, "k") == [order[10]]  # what was refused comes again, with what was typed
    expect(page.locator("#deciding [name=name]")).to_have_value("cats/dogs")
    arrived(page)
    assert len(said()) == 11
    expect(page.locator("#today")).to_have_text("10")


def test_a_swipe_decides(page: Page, made: CurationQueue, order: list[int]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/curation/{made.pk}/")
    for place, (across, down) in enumerate(((150, 0), (-150, 0), (0, 150), (20, 0))):
        page.wait_for_function(f"{SHOWN}[0] === {order[place]}")
        box = page.locator(".pick").bounding_box()
        assert box is not None
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + across, middle[1] + down, steps=3)
        page.mouse.up()
    arrived(page)
    assert said() == list(zip(order, ("keep", "reject", "skip"), strict=False))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    QueueItem.objects.filter(decided_at=None).delete()
    page.reload()
    expect(page.get_by_role("heading", name="Nothing waits here")).to_be_visible()
    User.objects.get().groups.clear()  # no longer a curator
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("heading", name="no longer open to you")).to_be_visible(timeout=30_000)


def test_many_are_picked_with_shift_and_a_rectangle_and_taken_back(
    page: Page, made: CurationQueue, order: list[int]
) -> None:
    page.goto(f"/curation/{made.pk}/grid/")
    tiles = page.locator(".tiles li")
    expect(tiles).to_have_count(40)
    tiles.nth(2).click()
    tiles.nth(5).click(modifiers=["Shift"])
    expect(page.locator("#picked")).to_have_text("4")
    first, last = tiles.nth(8).bounding_box(), tiles.nth(9).bounding_box()
    assert first is not None
    assert last is not None
    page.mouse.move(first["x"] + 20, first["y"] + first["height"] / 2)
    page.mouse.down()
    page.mouse.move(last["x"] + 40, last["y"] + last["height"] / 2, steps=4)
    page.mouse.up()
    expect(page.locator("#picked")).to_have_text("6")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".toast")).to_contain_text("Kept: 6.")
    assert {meme for meme, _ in said()} == {order[place] for place in (2, 3, 4, 5, 8, 9)}
    page.keyboard.press("Backspace")
    expect(tiles).to_have_count(40)
    assert said() == []
    assert not CollectionEntry.objects.exists()
    page.get_by_label("that match").check()
    page.get_by_role("button", name="Reject").click()
    expect(page.locator(".toast")).to_contain_text("Rejected: 40.")
    assert Meme.objects.filter(state=Meme.State.TRASHED).count() == 40
