"""Deciding about duplicates with one key each, and taking it back."""

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect

from mse_site.access import CURATORS
from search import nsfw
from search.models import DuplicatePair, Meme
from tests.e2e.test_looks import check


@pytest.fixture
def pairs(library: list[Meme], alice: User) -> list[DuplicatePair]:
    alice.groups.add(Group.objects.get_or_create(name=CURATORS)[0])
    memes = sorted(library, key=lambda meme: meme.pk)
    return [
        DuplicatePair.objects.create(first=first, second=second, tier="picture", distance=number)
        for number, (first, second) in enumerate(zip(memes[0:8:2], memes[1:8:2], strict=True))
    ]


def test_pairs_are_decided_by_one_key_each_and_taken_back(page: Page, pairs: list[DuplicatePair]) -> None:
    nsfw.say(pairs[0].first, True)
    check(page, "/duplicates/")
    pictures = page.locator(".copy img")
    expect(pictures.first).to_have_css("filter", "blur(28px) saturate(0.6)")
    page.keyboard.press("v")
    for picture in pictures.all():
        expect(picture).to_have_css("filter", "none")
    for left, key in zip((3, 2, 1), ("ArrowLeft", "n", "b"), strict=True):
        page.keyboard.press(key)
        expect(page.get_by_text(f"{left} to decide")).to_be_visible()
    assert [pair.decision for pair in DuplicatePair.objects.order_by("pk")] == ["left", "different", "both", ""]
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="No duplicates to decide about")).to_be_visible()
    assert Meme.objects.filter(state="trashed").count() == 2
    for left in (1, 2, 3, 4):
        page.keyboard.press("Backspace")
        expect(page.get_by_text(f"{left} to decide")).to_be_visible()
    assert not Meme.objects.filter(state="trashed").exists()
