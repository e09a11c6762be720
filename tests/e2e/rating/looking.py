"""What can be seen on the rating page, and what the site has of it."""

from playwright.sync_api import Page, expect

from rating.models import Comparison

SHOWN = "[...document.querySelectorAll('#table .side')].map((side) => side.meme.id)"


def ready(page: Page, count: int = 2) -> None:
    """Wait until somebody can answer."""
    expect(page.locator("#table .pick")).to_have_count(count)


def shown(page: Page) -> list[int]:
    return list(page.evaluate(SHOWN))


def everything_arrived(page: Page) -> None:
    """Wait until nothing is on its way any more."""
    page.wait_for_function("!Object.keys(localStorage).some((name) => /^rate:\\d+:\\d/.test(name))", timeout=60_000)


def outcomes() -> list[str]:
    """Those that stand, in the order in which they were given."""
    return list(Comparison.objects.standing().order_by("answered_at").values_list("outcome", flat=True))
