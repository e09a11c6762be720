"""Web pages are read for their pictures, however they are written."""

import time

import pytest

from ingestion.crawlers import pages

AT = "https://memes.example/a/page"


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ('<meta property="og:image" content="/b.png">', "https://memes.example/b.png"),
        ('<META NAME="twitter:image" CONTENT="b.png"/>', "https://memes.example/a/b.png"),
        ('<meta content="b.png?a=1&amp;b=2" property=og:image>', "https://memes.example/a/b.png?a=1&b=2"),
        ('<base href="https://cdn.example/x/"><meta property="og:image" content="b.png">', "https://cdn.example/x/b.png"),
        ('<meta name="twitter:image" content="t.png"><meta property="og:image" content="o.png">', "https://memes.example/a/o.png"),
        ('<link rel="image_src" href="//cdn.example/b.png">', "https://cdn.example/b.png"),
        ('<meta property="og:image" content="">', ""),
        ('<meta property="og:image" content="data:image/png;base64,AAAA">', ""),
        ('<meta property="og:image" content="http://[">', ""),
        ('<meta property="og:image" content="/b\x00\ud800.png">', ""),
        ("<p>no picture", ""),
    ],
)  # fmt: skip
def test_the_main_picture_is_the_one_that_a_page_names(text: str, picture: str) -> None:
    assert pages.main_picture(pages.read(f"<html><head>{text}</head></html>"), AT) == picture


def test_pictures_that_count_visitors_are_none() -> None:
    page = pages.read('<img src="dot.gif" width=1 height=1><img alt="a > b" src="cat.png"><img src="dog.png">')
    assert pages.first_picture(page, AT) == "https://memes.example/a/cat.png"


@pytest.mark.parametrize(
    "piece", ["<", "<!--", "</", '<a b="', "<img src=", "<meta ", "<img src='", "<img " + " " * 4900]
)
def test_a_page_that_never_ends_takes_no_longer_than_others(piece: str) -> None:
    began = time.process_time()
    pages.read(piece * (pages.MAX_CHARACTERS // len(piece)))
    assert time.process_time() - began < 10.0  # hours, by the parser alone
