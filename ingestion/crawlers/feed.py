"""Feeds: RSS and Atom, read by feedparser, and JSON Feed."""

import io
import logging
import time
from calendar import timegm
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import feedparser
from celery.exceptions import SoftTimeLimitExceeded

from ingestion.crawlers import json_feed, pages
from ingestion.crawlers.base import Checkpoint, Cursor, Found, SourceGone, believable, locator_of
from ingestion.fetch import Fetched, Fetcher

log = logging.getLogger(__name__)

MEDIA = ("image/", "video/")
NOT_A_FEED = "This is neither RSS, nor Atom, nor a JSON Feed."


def crawl(options: Mapping[str, Any], cursor: Cursor, fetcher: Fetcher) -> Iterator[Found | Checkpoint]:
    """The pictures and clips of a feed, the oldest first; nothing when it says that it has not changed."""
    fetched = fetcher.get(str(options["address"]), headers=_conditions(cursor))
    if fetched.status == 304:
        return
    yield from reversed(list(finds_of(fetched)))
    yield Checkpoint({"etag": fetched.headers.get("etag", ""), "modified": fetched.headers.get("last-modified", "")})


def _conditions(cursor: Cursor) -> dict[str, str]:
    asked = {"If-None-Match": cursor.get("etag"), "If-Modified-Since": cursor.get("modified")}
    return {name: str(value) for name, value in asked.items() if value}


def finds_of(fetched: Fetched) -> Iterator[Found]:
    """In the order of the feed. Raises SourceGone with what to do when it is none."""
    if fetched.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        yield from json_feed.finds_of(fetched.data, fetched.url)
        return
    # Neither cleaned nor made absolute: pictures are all that is read of the HTML, and that is done here. Made absolute, the
    # names of entries would change with the address that a feed is led to.
    headers = {"content-type": fetched.headers.get("content-type", "")}
    try:
        parsed = feedparser.parse(
            io.BytesIO(fetched.data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except SoftTimeLimitExceeded:  # a worker's, whatever the feed is like
        raise
    except Exception as error:  # on damaged feeds it raises whatever it trips over
        raise SourceGone("This feed is too damaged to be read.") from error
    if not parsed.get("version") and not parsed.entries:
        raise SourceGone(_advice(fetched))
    for entry in parsed.entries:
        try:
            yield from list(_of_entry(entry, str(parsed.feed.get("title", "")), fetched.url))
        except (ValueError, TypeError, AttributeError) as error:  # what feedparser makes of damage has no fixed shape
            log.warning("An entry of %s is left out: %s", fetched.url, error)


def _advice(fetched: Fetched) -> str:
    text = fetched.data[: pages.MAX_CHARACTERS].decode("utf-8", "replace")
    if "<html" not in text.lower():
        return NOT_A_FEED
    page = pages.read(text)
    feeds = [address for feed in page.feeds if (address := pages.absolute(feed, page, fetched.url))]
    if feeds:
        return f"This is a web page, not a feed. It says that its feed is {feeds[0]}"
    return "This is a web page, not a feed, and it names none. Look on it for the address of its feed."


def _of_entry(entry: Any, community: str, base: str) -> Iterator[Found]:
    link = pages.absolute(_text(entry, "link"), pages.Page(), base)
    pictures = _attached(entry, base) or _written(entry, link or base) or _thumbnail(entry, base)
    name = _text(entry, "id") or _text(entry, "link")
    for number, url in enumerate(pictures):
        yield Found(
            locator=locator_of(f"{name or url}#{number}" if number else name or url),
            url=url,
            permalink=link,
            title=_text(entry, "title"),
            author=_text(entry, "author"),
            community=community,
            posted_at=_posted(entry.get("published_parsed") or entry.get("updated_parsed")),
            is_nsfw=_is_adult(entry),
        )


def _text(entry: Any, name: str) -> str:
    return str(entry.get(name) or "").strip()


def _attached(entry: Any, base: str) -> list[str]:
    """Enclosures and media:content, each once."""
    enclosures = [(one.get("href"), one.get("type"), "") for one in entry.get("enclosures", [])]
    contents = [(one.get("url"), one.get("type"), one.get("medium")) for one in entry.get("media_content", [])]
    found = [
        pages.absolute(str(address or ""), pages.Page(), base)
        for address, kind, medium in [*enclosures, *contents]
        if str(kind or "").startswith(MEDIA) or medium in ("image", "video")
    ]
    return list(dict.fromkeys(filter(None, found)))


def _written(entry: Any, address: str) -> list[str]:
    texts = [str(one.get("value", "")) for one in entry.get("content", [])] + [_text(entry, "summary")]
    found = (pages.first_picture(pages.read(text), address) for text in texts)
    return [picture for picture in found if picture][:1]


def _thumbnail(entry: Any, base: str) -> list[str]:
    found = (pages.absolute(str(one.get("url") or ""), pages.Page(), base) for one in entry.get("media_thumbnail", []))
    return [picture for picture in found if picture][:1]


def _posted(parsed: time.struct_time | None) -> datetime | None:
    try:
        return believable(datetime.fromtimestamp(timegm(parsed), UTC)) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _is_adult(entry: Any) -> bool:
    return str((entry.get("media_rating") or {}).get("content", "")).lower() == "adult"
