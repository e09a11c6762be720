"""Rating with the keyboard alone."""

import uuid

from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from rating.models import Axis, Choice, Comparison
from rating.progress import counts
from search.models import Meme
from tests.e2e.rating.looking import SHOWN, everything_arrived, outcomes, ready, shown


def test_forty_answers_by_keyboard_and_back_again(asking: Page, alice: User) -> None:
    seen = []
    for number in range(40):
        ready(asking)
        seen.append(shown(asking))
        asking.keyboard.press("qwert"[number % 5])
    expect(asking.locator("#today")).to_have_text("40")
    everything_arrived(asking)
    rows = list(Comparison.objects.standing().order_by("answered_at"))
    assert [[row.left_id, row.right_id] for row in rows] == seen
    assert [row.outcome for row in rows] == ["much_left", "left", "tie", "right", "much_right"] * 8
    for number in range(39, 34, -1):
        asking.keyboard.press("Backspace" if number % 2 else "u")
        assert shown(asking) == seen[number]
    everything_arrived(asking)
    expect(asking.locator("#today")).to_have_text("35")
    assert counts(alice).ever == 35
    asking.keyboard.press("w")
    everything_arrived(asking)
    assert outcomes()[-1] == "left"
    assert shown(asking) == seen[36]


def test_undo_goes_further_back_than_the_page(asking: Page) -> None:
    first = shown(asking)
    asking.keyboard.press("ArrowRight")
    everything_arrived(asking)
    asking.reload()
    ready(asking)
    asking.keyboard.press("Backspace")
    asking.wait_for_function(f"JSON.stringify({SHOWN}) === '{first}'.replaceAll(' ', '')")
    expect(asking.locator("label.was input")).to_have_attribute("value", "right")
    assert outcomes() == []
    for _ in range(8):  # what was answered anew does not come again with what is fetched meanwhile
        asking.keyboard.press("w")
        ready(asking)
        assert shown(asking) != first
    everything_arrived(asking)
    assert outcomes() == ["left"] * 8


def test_arrows_say_better_much_better_and_equal(asking: Page) -> None:
    for key in ("ArrowLeft", "ArrowRight", "Shift+ArrowLeft", "Shift+ArrowRight", "ArrowUp", "ArrowDown"):
        asking.keyboard.press(key)
    for key in ("n", "y", "h"):
        asking.keyboard.press(key)
    everything_arrived(asking)
    assert outcomes() == [
        "left", "right", "much_left", "much_right", "tie", "tie", "skip", "both_bad", "cant_judge"
    ]  # fmt: skip
    expect(asking.locator("#today")).to_have_text("6")


def test_three_rows_are_sent_once_all_are_answered(asking: Page) -> None:
    asking.goto("/rate/?axis=useful&axis=meme&axis=aesthetic")
    ready(asking)
    first = shown(asking)
    asking.keyboard.press("q")
    asking.keyboard.press("b")
    assert shown(asking) == first
    asking.keyboard.press("w")  # changed one's mind
    asking.keyboard.press("d")
    assert shown(asking) != first
    everything_arrived(asking)
    rows = Comparison.objects.order_by("axis__position").values_list("axis__name", "outcome")
    assert list(rows) == [("useful", "left"), ("meme", "tie"), ("aesthetic", "much_right")]
    asking.reload()  # what is asked is remembered
    expect(asking.locator(".answers")).to_have_count(3)


def test_the_best_of_four(asking: Page) -> None:
    asking.goto("/rate/?mode=fours&axis=meme")
    expect(asking.locator("#table .pick")).to_have_count(4)
    first = shown(asking)
    for key in ("3", "0", "n"):
        asking.keyboard.press(key)
    everything_arrived(asking)
    chosen = list(Choice.objects.order_by("pk"))
    assert [choice.best for choice in chosen] == [3, 0, None]
    assert list(chosen[0].meme_ids) == first
    assert {choice.axis.name for choice in chosen} == {"meme"}
    asking.locator("#table .pick").nth(1).click()
    everything_arrived(asking)
    assert Choice.objects.latest("pk").best == 2


def test_keys_are_shown_and_can_be_changed(asking: Page) -> None:
    asking.keyboard.press("?")
    dialog = asking.get_by_role("dialog", name="Keys")
    dialog.locator("button.key[data-action=row-0-left]").click()
    asking.keyboard.press("j")
    expect(dialog.locator("button.key[data-action=row-0-left]")).to_have_text("j")
    asking.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    asking.keyboard.press("w")
    asking.keyboard.press("j")
    asking.reload()
    ready(asking)
    expect(asking.locator(".scale kbd").nth(1)).to_have_text("j")
    asking.keyboard.press("j")
    everything_arrived(asking)
    assert outcomes() == ["left", "left"]


def test_typing_a_search_answers_nothing(asking: Page) -> None:
    asking.keyboard.press("/")
    asking.keyboard.type("qwert")
    everything_arrived(asking)
    assert outcomes() == []


def test_the_end_is_said_kindly_and_undo_works_there(page: Page, axes: list[Axis], library: list[Meme]) -> None:
    Meme.objects.exclude(pk__in=[library[0].pk, library[1].pk]).update(state="hidden")
    page.goto("/rate/")
    ready(page)
    page.keyboard.press("w")
    expect(page.get_by_role("heading", name="That was everything")).to_be_visible()
    page.keyboard.press("Backspace")
    ready(page)
    page.keyboard.press("r")
    everything_arrived(page)
    assert outcomes() == ["right"]


def test_too_few_memes_is_said_kindly(page: Page, axes: list[Axis]) -> None:
    page.goto("/rate/")
    expect(page.get_by_role("heading", name="Too few memes yet")).to_be_visible()


def test_keys_are_made_up_where_the_browser_has_no_uuids(page: Page, axes: list[Axis], library: list[Meme]) -> None:
    page.add_init_script("crypto.randomUUID = undefined")
    page.goto("/rate/")
    ready(page)
    page.keyboard.press("w")
    everything_arrived(page)
    assert isinstance(Comparison.objects.get().key, uuid.UUID)
