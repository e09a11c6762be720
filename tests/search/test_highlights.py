"""The line that shows which words of a meme were asked for."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from search import words
from search.models import Meme
from search.query import Query, TextTerm, parse
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


def match(query: str, text: str, title: str = "") -> words.Match | None:
    meme = Meme(pk=1, title=title, text=text)
    return words.highlight([meme], parse(query)).get(1)


def line(query: str, text: str, title: str = "") -> str:
    found = match(query, text, title)
    return "" if found is None else str(found.html)


@pytest.mark.parametrize(
    ("query", "text", "html"),
    [
        ("grumpy", "Grumpy monday", "<mark>Grumpy</mark> monday"),
        ("cats", "two cats and a cat", "two <mark>cats</mark> and a <mark>cat</mark>"),
        ("running", "he runs", "he <mark>runs</mark>"),
        ("gru", "grumpy", "<mark>gru</mark>mpy"),
        ("cat", "cat in a category", "<mark>cat</mark> in a category"),
        ("re16", "XRE16TGK", "X<mark>RE16</mark>TGK"),
        ("cats!", "cats", "<mark>cats</mark>"),
        ("don't", "I don't know", "I <mark>don&#x27;t</mark> know"),
        ('"grumpy monday"', "a grumpy\nmonday", "a <mark>grumpy</mark> <mark>monday</mark>"),
        ("the cat", "the cat", "the <mark>cat</mark>"),
        ("猫", "黒猫はかわいい", "黒<mark>猫</mark>はかわいい"),
        ("猫はかわいい", "黒猫は\nかわいい", "黒<mark>猫は かわいい</mark>"),
        ("白猫は", "黒猫はかわいい", "黒<mark>猫は</mark>かわいい"),
        ("cafe", "the Café́ here", "the <mark>Café́</mark> here"),
        ("re16", "ＲＥ１６", "<mark>ＲＥ１６</mark>"),
        ("ガンダム", "ｶﾞﾝﾀﾞﾑ!", "<mark>ｶﾞﾝﾀﾞﾑ</mark>!"),
        ("😂", "so funny 😂", "so funny <mark>😂</mark>"),
        ("ff", "oﬀer", "o<mark>ﬀ</mark>er"),
        ("f", "oﬀer", "o<mark>ﬀ</mark>er"),
        ("cats -dogs", "cats and dogs", "<mark>cats</mark> and dogs"),
    ],
)
def test_the_words_that_were_asked_for_are_marked(query: str, text: str, html: str) -> None:
    assert line(query, text) == html


@pytest.mark.parametrize("query", ["dogs", "type:image", "like:1", "-cats birds", "... !"])
def test_without_a_word_in_common_there_is_no_line(query: str) -> None:
    assert match(query, "cats") is None


def test_the_title_is_shown_where_it_says_more() -> None:
    found = match("grumpy monday", "monday", title="Grumpy Monday")
    assert found is not None
    assert (found.source, found.is_all, found.html) == ("title", True, "<mark>Grumpy</mark> <mark>Monday</mark>")
    found = match("grumpy monday", "monday", title="monday.png")
    assert found is not None
    assert (found.source, found.is_all) == ("text", False)


def test_words_found_in_title_and_text_together_are_all_words() -> None:
    found = match("grumpy monday", "monday", title="grumpy")
    assert found is not None
    assert found.is_all
    found = match("白猫は", "黒猫は")
    assert found is not None
    assert not found.is_all


def test_of_a_long_text_the_part_with_most_words_is_shown() -> None:
    text = "monday " + "so what " * 40 + "grumpy old monday " + "whatever " * 40
    html = line("grumpy monday", text)
    assert "<mark>grumpy</mark> old <mark>monday</mark>" in html
    assert html.startswith("… ")
    assert html.endswith(" …")
    assert len(html) < 160


HOSTILE = (
    '<script>alert("cat")</script>',
    "<mark>cat</mark><img src=x onerror=alert(1)>",
    "&lt;cat&gt; &amp; ' \" ` cat",
    "c<b>at</b> cat<",
    "<cat cat=cat>",
    "\u202ecat\u202c \x00cat \ufeff cat",
    "]]><!-- cat --> {{ cat }} {% cat %}",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("query", ["cat", "script", "amp", "mark lt", "cat<", "x1f"])
def test_nothing_of_a_text_becomes_markup(text: str, query: str) -> None:
    for html in (line(query, text), line(query, text * 20), line(query, "", title=text)):
        bare = html.replace("<mark>", "").replace("</mark>", "")
        assert not set(bare) & set("<>\"'\x00\u202e\u202c\ufeff")
        assert html.count("<mark>") == html.count("</mark>")


def test_a_page_asks_the_database_once() -> None:
    memes = rows(30, text="two cats and a catalogue")
    with CaptureQueriesContext(connection) as asked:
        found = words.highlight(memes, parse("cat"))
    assert len(asked) == 1
    assert len(found) == 30


def test_words_that_have_no_other_form_on_the_page_ask_nothing() -> None:
    memes = rows(3, text="re16 tgk")
    with CaptureQueriesContext(connection) as asked:
        assert len(words.highlight(memes, parse("re16"))) == 3
    assert len(asked) == 0


@pytest.mark.parametrize("piece", ["x", "x ", "猫", "é", "\u0301", "ﷺ"], ids=ascii)
def test_strange_texts_take_no_long(piece: str) -> None:
    text = piece * 500_000
    memes = [Meme(pk=pk, title="x", text=text) for pk in range(60)]
    started = time.process_time()
    words.highlight(memes, Query((TextTerm(text), TextTerm("x 猫 é"))))
    assert time.process_time() - started < 5
