"""Pictures that people name by their address, to search with or to add: one polite request for each, or two of a page."""

import threading

from django.conf import settings

from ingestion.agent import site_agent
from ingestion.crawlers import pages
from ingestion.fetch import Fetched, Fetcher, FetchError, Limits, Network, Turns
from search.fetched_pictures import NotFetched

MAX_BYTES = 20_000_000
FIRST_BYTE_S = 5.0
TOTAL_S = 8.0  # somebody waits for it
# Of the four threads of a web process: hosts that take their time cannot stop the site.
AT_ONCE = 2
APART_S = 0.5

_slots = threading.BoundedSemaphore(AT_ONCE)
_turns = Turns(APART_S)


def fetch_picture(address: str, *, may_be_page: bool = False) -> bytes:
    """The file at an address of the public internet, whatever it is; of a page, if it may be one, the picture that it is about.
    Raises NotFetched with the reason."""
    return picture_from(address, Network(), may_be_page=may_be_page)


def picture_from(address: str, network: Network, *, may_be_page: bool = False) -> bytes:
    """The same, from a network that is given. Raises NotFetched."""
    if not _slots.acquire(blocking=False):
        raise NotFetched("Other pictures are being got right now; try again in a moment.")
    try:
        limits = Limits(min(MAX_BYTES, settings.MSE_MAX_FILE_BYTES), FIRST_BYTE_S, TOTAL_S)
        # A person's single request, as a browser would make it: robots.txt is for programs that go on by themselves.
        fetcher = Fetcher(site_agent(), limits=limits, network=network, turns=_turns, obeys_robots=False)
        answer = fetcher.get(address)
        picture = _picture_of(answer) if may_be_page else ""
        return (fetcher.get(picture) if picture else answer).data
    except FetchError as error:
        raise NotFetched(f"{error.reason} Hand over the picture itself instead.") from error
    finally:
        _slots.release()


def _picture_of(answer: Fetched) -> str:
    """Empty of what is no page, or names none."""
    text = answer.data[: pages.MAX_CHARACTERS].decode("utf-8", "replace")
    return pages.main_picture(pages.read(text), answer.url) if "<" in text[:1_000] else ""
