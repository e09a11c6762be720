"""Rating as people do it: by keyboard, by touch, on a slow line and without one."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, Route, expect

from rating.models import Axis, Choice, Comparison
from rating.progress import counts
from search import store
from search.models import Meme
from tests.drawing import drawing, encoded
from tests.rating.conftest import axes

__all__ = ["axes"]

SHOWN = "[...document.querySelectorAll('#table .side')].map((side) => side.meme.id)"


@pytest.fixture
def library(library: list[Meme]) -> list[Meme]:
    """With large pictures too."""
    for number, meme in enumerate(library):
        picture = drawing(meme.title.split()[0], size=(meme.width * 3, meme.height * 3), seed=number)
        store.put(store.preview_key(meme.sha256), encoded(picture, "WEBP"))
    Meme.objects.update(has_preview=True)
    return library


@pytest.fixture
def asking(page: Page, axes: list[Axis], library: list[Meme]) -> Page:
    page.goto("/rate/")
    ready(page)
    return page


def ready(page: Page) -> None:
    expect(page.locator("#table .pick")).to_have_count(2)


def shown(page: Page) -> list[int]:
    return list(page.evaluate(SHOWN))


def everything_arrived(page: Page) -> None:
    page.wait_for_function("!Object.keys(localStorage).some((name) => /^rate:\\d+:\\d/.test(name))", timeout=60_000)


def outcomes() -> list[str]:
    return list(Comparison.objects.standing().order_by("answered_at").values_list("outcome", flat=True))


def test_forty_answers_by_keyboard_and_back_again(asking: Page, alice: User) -> None:
    seen = []
    for number in range(40):
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


SLOW_S = 0.5
MEASURE = """
() => {
  window.waits = [];
  addEventListener("keydown", (event) => {
    const pressed = performance.now();
    const before = document.querySelector("#table .side");
    const look = () => {
      const sides = [...document.querySelectorAll("#table .side")];
      const images = sides.map((side) => side.querySelector("img"));
      if (sides[0] && sides[0] !== before && images.every((image) => image.complete && image.naturalWidth)) {
        requestAnimationFrame(() => window.waits.push(performance.now() - pressed));
      } else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, {capture: true});
}
"""


def test_a_choice_feels_instant_on_a_slow_line(asking: Page, library: list[Meme]) -> None:
    slow(asking)
    asking.reload()
    ready(asking)
    asking.wait_for_timeout(4 * SLOW_S * 1000)
    asking.evaluate(MEASURE)
    for _ in range(12):
        asking.keyboard.press("w")
        asking.wait_for_timeout(400)  # nobody decides faster
    waits = sorted(asking.evaluate("window.waits"))
    print(f"from key to the next pictures: median {waits[6]:.0f} ms, slowest {waits[-1]:.0f} ms of {len(waits)}")
    assert len(waits) == 12
    assert waits[6] < 100
    everything_arrived(asking)
    assert len(outcomes()) == 12


def slow(page: Page) -> None:
    """Every request takes half a second longer."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    conditions = {"offline": False, "latency": SLOW_S * 1000, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", conditions)


def test_without_a_connection_answers_are_kept_and_sent_later(asking: Page, context: BrowserContext) -> None:
    everything_fetched(asking)
    context.set_offline(True)
    for _ in range(4):
        asking.keyboard.press("e")
    expect(asking.locator("#outbox")).to_have_text("No connection: 4 kept to be sent")
    asking.keyboard.press("Backspace")
    expect(asking.locator("#outbox")).to_have_text("No connection: 5 kept to be sent")
    assert outcomes() == []
    context.set_offline(False)
    everything_arrived(asking)
    expect(asking.locator("#outbox")).to_be_empty()
    assert outcomes() == ["tie"] * 3


def everything_fetched(page: Page) -> None:
    page.wait_for_load_state("networkidle")


def test_an_answer_whose_receipt_is_lost_counts_once(asking: Page) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        route.fetch()
        lost.append(route.request.post_data or "")
        route.abort()

    asking.route("**/api/v1/rating/answers", lose, times=1)
    asking.keyboard.press("w")
    asking.keyboard.press("r")
    everything_arrived(asking)
    assert len(lost) == 1
    assert outcomes() == ["left", "right"]


def test_what_was_not_sent_is_sent_by_the_next_page(asking: Page, context: BrowserContext) -> None:
    everything_fetched(asking)
    asking.route("**/api/v1/rating/answers", lambda route: route.abort())
    asking.keyboard.press("w")
    asking.close()
    other = context.new_page()
    other.goto("/rate/")
    everything_arrived(other)
    assert outcomes() == ["left"]


def test_what_the_site_refuses_is_said_and_stops_nothing(asking: Page, alice: User) -> None:
    gone, _ = shown(asking)
    Meme.objects.filter(pk=gone).update(state="trashed")
    asking.keyboard.press("w")
    asking.keyboard.press("w")
    expect(asking.locator(".toast")).to_contain_text("no longer in the library")
    everything_arrived(asking)
    assert len(outcomes()) == 1


def test_two_tabs_show_different_pairs(asking: Page, context: BrowserContext) -> None:
    other = context.new_page()
    other.goto("/rate/")
    ready(other)
    seen = set()
    for page in (asking, other) * 5:
        seen.add(tuple(shown(page)))
        page.keyboard.press("w")
    everything_arrived(asking)
    assert (len(seen), len(outcomes())) == (10, 10)


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


@pytest.fixture
def touching(browser: Any, live_server: Any, alice: User, axes: list[Axis], library: list[Meme]) -> Any:
    from tests.e2e.conftest import sign_in

    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    sign_in(context, alice, live_server.url)
    page = context.new_page()
    page.goto("/rate/")
    ready(page)
    yield page
    context.close()


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


def test_keys_are_made_up_where_the_browser_has_no_uuids(page: Page, axes: list[Axis], library: list[Meme]) -> None:
    page.add_init_script("crypto.randomUUID = undefined")
    page.goto("/rate/")
    ready(page)
    page.keyboard.press("w")
    everything_arrived(page)
    assert isinstance(Comparison.objects.get().key, uuid.UUID)
