"""JSON Feed (jsonfeed.org, 1.0 and 1.1), which feedparser does not read."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ingestion.crawlers import pages
from ingestion.crawlers.base import Found, SourceGone, believable, locator_of

MEDIA = ("image/", "video/")


def finds_of(data: bytes, base: str) -> Iterator[Found]:
    """In the order of the feed. Raises SourceGone when it is none."""
    try:
        feed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SourceGone("This begins like a JSON Feed and is damaged.") from error
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise SourceGone("This is JSON, but not a JSON Feed: it has no list of items.")
    for item in feed["items"]:
        if isinstance(item, dict):
            yield from _of_item(item, _text(feed, "title"), base)


def _of_item(item: Mapping[str, Any], community: str, base: str) -> Iterator[Found]:
    written = _text(item, "url") or _text(item, "external_url")
    link = pages.absolute(written, pages.Page(), base)
    pictures = _attached(item, base) or _named(item, base) or _written(item, link or base)
    name = _text(item, "id") or written
    for number, url in enumerate(pictures):
        yield Found(
            locator=locator_of(f"{name or url}#{number}" if number else name or url),
            url=url,
            permalink=link,
            title=_text(item, "title"),
            author=_author(item),
            community=community,
            posted_at=_posted(_text(item, "date_published") or _text(item, "date_modified")),
        )


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _attached(item: Mapping[str, Any], base: str) -> list[str]:
    attachments = item.get("attachments")
    found = [
        pages.absolute(_text(one, "url"), pages.Page(), base)
        for one in (attachments if isinstance(attachments, list) else [])
        if isinstance(one, dict) and _text(one, "mime_type").startswith(MEDIA)
    ]
    return list(dict.fromkeys(filter(None, found)))


def _named(item: Mapping[str, Any], base: str) -> list[str]:
    found = pages.absolute(_text(item, "image"), pages.Page(), base)
    return [found] if found else []


def _written(item: Mapping[str, Any], address: str) -> list[str]:
    found = pages.first_picture(pages.read(_text(item, "content_html")), address)
    return [found] if found else []


def _author(item: Mapping[str, Any]) -> str:
    authors = item.get("authors")
    author = authors[0] if isinstance(authors, list) and authors else item.get("author")
    return _text(author, "name") if isinstance(author, dict) else ""


def _posted(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return believable(date if date.tzinfo else date.replace(tzinfo=UTC))
