"""Rating on a slow line, without one, and in two tabs at once."""

from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, Route, expect

from rating.models import Axis
from search.models import Meme
from tests.e2e.rating.looking import everything_arrived, outcomes, ready, shown

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
    expect(asking.locator(".toast")).to_contain_text("no longer in the library")
    while gone in shown(asking):  # chance may have chosen it twice
        asking.keyboard.press("w")
    asking.keyboard.press("w")
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


def test_a_page_that_is_left_gives_its_pairs_back(page: Page, axes: list[Axis], library: list[Meme]) -> None:
    Meme.objects.exclude(pk__in=[library[0].pk, library[1].pk]).update(state="hidden")
    for _ in range(3):
        page.goto("/rate/")
        ready(page)
    page.keyboard.press("w")
    everything_arrived(page)
    assert outcomes() == ["left"]
