"""Feeds as they are found: RSS, Atom, JSON Feed, and what is none."""

import json
from datetime import UTC, datetime

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from ingestion.crawlers import feed
from ingestion.crawlers.base import Checkpoint, Found, SourceGone
from ingestion.fetch import Fetched

AT = "https://memes.example/feed"
RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Cats</title>
<item><title>Newest &amp; best</title><guid>post-3</guid><link>https://memes.example/p/3</link><author>ann</author>
  <pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate><enclosure url="/3.png" type="image/png"/>
  <enclosure url="/3.mp3" type="audio/mpeg"/><media:content url="/3b.jpg" medium="image"/>
  <media:content url="/3.png" type="image/png"/></item>
<item><guid>post-2</guid><link>https://memes.example/p/2/</link>
  <description>&lt;img src="//stats.example/dot.gif" width="1" height="1"&gt;&lt;p&gt;&lt;img src='two.png'&gt;</description>
  <media:rating>adult</media:rating></item>
<item><guid>post-1</guid><title>only words</title><description>Nothing to see.</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Dogs</title><entry><id>tag:1</id><title>A dog</title>
<link href="https://memes.example/1"/><updated>2026-11-01T12:00:00+02:00</updated>
<content type="html">&lt;img src="data:image/png;base64,AAAA"&gt;&lt;img src="/dog.png"&gt;</content></entry></feed>"""
JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Frogs",
    "items": [
        {"id": 7, "url": "https://memes.example/7", "image": "/7.png", "date_published": "2026-11-01T12:00:00Z"},
        {"id": "8", "content_html": "<img src=8.png>", "authors": [{"name": "bea"}]},
        {"id": "9", "attachments": [{"url": "/9.mp4", "mime_type": "video/mp4"}, {"url": "/9.pdf", "mime_type": "x/y"}]},
        {"id": "10", "content_text": "only words"},
        "rubbish",
    ],
}  # fmt: skip


def finds(text: str | bytes) -> list[Found]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(feed.finds_of(Fetched(AT, 200, {"content-type": "text/plain"}, data)))


def test_rss_gives_enclosures_media_and_the_first_real_picture_of_the_text() -> None:
    newest, second, written = finds(RSS)
    assert (newest.locator, newest.url, newest.title) == ("post-3", "https://memes.example/3.png", "Newest & best")
    assert (newest.community, newest.author) == ("Cats", "ann")
    assert newest.posted_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert (second.locator, second.url) == ("post-3#1", "https://memes.example/3b.jpg")
    assert (written.locator, written.url) == ("post-2", "https://memes.example/p/2/two.png")
    assert (newest.is_nsfw, written.is_nsfw) == (False, True)


def test_atom_gives_the_first_picture_that_has_an_address() -> None:
    (dog,) = finds(ATOM)
    assert (dog.locator, dog.url, dog.permalink) == (
        "tag:1", "https://memes.example/dog.png", "https://memes.example/1",
    )  # fmt: skip
    assert dog.posted_at == datetime(2026, 11, 1, 10, tzinfo=UTC)


def test_json_feeds_are_read_too() -> None:
    seven, eight, nine = finds(b"\xef\xbb\xbf" + json.dumps(JSON).encode())
    assert (seven.locator, seven.url, seven.community) == ("7", "https://memes.example/7.png", "Frogs")
    assert seven.posted_at == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert (eight.url, eight.author) == ("https://memes.example/8.png", "bea")
    assert nine.url == "https://memes.example/9.mp4"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("<html><link rel='alternate' type='application/rss+xml' href='/rss'></html>", "https://memes.example/rss"),
        ("<!doctype html><html><body>Hello</body></html>", "web page"),
        ("hello", "neither RSS"),
        ("", "neither RSS"),
        ("{broken", "damaged"),
        ("[" * 9, "neither RSS"),
        (RSS.replace("&amp;", "&#x110000;").replace("</item>", "", 1), "too damaged"),
        ('{"a": 1}', "no list of items"),
    ],
)
def test_what_is_no_feed_is_refused_with_what_to_do(text: str, advice: str) -> None:
    with pytest.raises(SourceGone, match=advice):
        finds(text)


def test_a_damaged_text_still_gives_its_picture() -> None:
    broken = RSS.replace("&lt;p&gt;", "&lt;![foo[&lt;p&gt;").replace('"//stats', '"http://[')
    assert [find.locator for find in finds(broken)] == ["post-3", "post-3#1", "post-2"]


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00", "9000-01-01", "1970-01-01", "soon"]
)
def test_a_date_that_no_post_can_have_is_none(date: str) -> None:
    items = [{"id": "7", "image": "/7.png", "date_published": date}]
    (seven,) = finds(json.dumps({"title": "Frogs", "items": items}))
    (dog,) = finds(ATOM.replace("2026-11-01T12:00:00+02:00", date))
    assert (seven.posted_at, dog.posted_at) == (None, None)


def test_a_bomb_of_entities_is_not_blown_up() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = (
        f'<!DOCTYPE rss [<!ENTITY e0 "ha">{entities}]><rss version="2.0"><channel><title>&e11;</title></channel></rss>'
    )
    assert finds(bomb) == []


def test_a_checkpoint_stands_behind_everything() -> None:
    class Server:
        def get(self, address: str, *, headers: dict[str, str]) -> Fetched:
            assert headers == {"If-None-Match": "old"}
            return Fetched(address, 200, {"etag": "new"}, RSS.encode())

    told = list(feed.crawl({"address": AT}, {"etag": "old"}, Server()))  # type: ignore[arg-type]  # all that is asked of it
    assert [one.locator for one in told if isinstance(one, Found)] == ["post-2", "post-3#1", "post-3"]
    assert told[-1] == Checkpoint({"etag": "new", "modified": ""})


def test_a_worker_whose_time_is_up_does_not_blame_the_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object, **how: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr("feedparser.parse", interrupted)
    with pytest.raises(SoftTimeLimitExceeded):
        finds(RSS)
