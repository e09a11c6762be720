"""Lists of addresses, written down or in a text file on the web; a page stands for its main picture."""

from collections.abc import Iterator, Mapping
from typing import Any

from ingestion.crawlers.base import Checkpoint, Cursor, Found, SourceGone, locator_of
from ingestion.fetch import Fetcher

MOST = 100_000  # of one list


def crawl(options: Mapping[str, Any], cursor: Cursor, fetcher: Fetcher) -> Iterator[Found | Checkpoint]:
    """Every address of the list, in its order; nothing when a file says that it has not changed."""
    address = str(options.get("address") or "")
    if not address:
        yield from finds_of(str(options.get("addresses") or ""))
        return
    etag = cursor.get("etag")
    fetched = fetcher.get(address, headers={"If-None-Match": str(etag)} if etag else {})
    if fetched.status == 304:
        return
    found = list(finds_of(fetched.data.decode("utf-8-sig", "replace")))
    if not found:
        raise SourceGone("No line of this file is an address: it needs one on each line, with https:// in front.")
    yield from found
    yield Checkpoint({"etag": fetched.headers.get("etag", "")})


def finds_of(text: str) -> Iterator[Found]:
    """One address on each line; what stands behind it is its title. Lines that begin otherwise are left out."""
    for line in text.splitlines()[:MOST]:
        address, _, title = line.strip().partition(" ")
        if address.startswith(("http://", "https://")):
            yield Found(locator_of(address), address, permalink=address, title=title.strip(), may_be_page=True)
