"""How a hit stands in a grid."""

from django.test import RequestFactory
from django.utils import timezone
from django.utils.safestring import mark_safe

from search.models import Meme
from search.retrieval import Hit, Results
from search.templatetags.tiles import DIVIDER, tile, tiles
from search.words import Match
from tests.search.templatetags.test_memes import meme

HOSTILE = "<script>alert(1)</script>\"' &"


def read(**facts: object) -> Meme:
    return meme(derived_at=timezone.now(), **facts)


def test_a_tile_keeps_the_shape_and_the_colour_of_its_picture() -> None:
    assert 'style="--w:400;--h:300;--c:#a0b1c2"' in tile({}, Hit(read(color="#a0b1c2")), 1)
    assert 'style="--w:400;--h:300"' in tile({}, Hit(read()), 1)
    assert 'style="--w:100;--h:240"' in tile({}, Hit(read(width=100, height=5000)), 1)


def test_pictures_far_down_wait_until_they_are_near() -> None:
    assert "loading=" not in tile({}, Hit(read()), 8)
    assert 'loading="lazy"' in tile({}, Hit(read()), 9)


def test_what_is_not_read_yet_says_so_in_the_place_of_its_picture() -> None:
    html = tile({}, Hit(meme(title="cat")), 1)
    assert 'class="tile is-waiting"' in html
    assert '<span class="visually-hidden">cat</span>' in html
    assert "<img" not in html


def test_a_private_clip_says_both() -> None:
    html = tile({}, Hit(read(kind="video", duration_ms=90_000, private_to_id=1)), 1)
    assert "Only you see this" in html
    assert 'data-plays="video"' in html
    assert "1:30" in html
    assert "badge" not in tile({}, Hit(read()), 1)


def test_why_it_was_found_describes_the_picture() -> None:
    match = Match(mark_safe("a <mark>cat</mark>"), "title", is_all=True)
    html = tile({}, Hit(read(), 0.256, match, {"useful": 0.5, "meme": -0.251, "flat": -0.001}), 1)
    assert 'aria-describedby="why-7"' in html
    assert 'id="why-7"' in html
    assert "Called: </span><bdi>a <mark>cat</mark></bdi>" in html
    assert "--share:26%" in html
    assert "<span>useful +0.50</span><span>meme -0.25</span><span>flat 0.00</span>" in html
    assert "why" not in tile({}, Hit(read()), 1)


def test_copies_lead_to_all_of_them_and_keep_what_was_asked() -> None:
    results = Results([], None, "sidecar", key="0123456789abcdef")
    request = RequestFactory().get("/", {"q": 'a "b"', "offset": "60"})
    html = tile({"results": results, "request": request}, Hit(read(), alike=2), 1)
    assert 'href="?q=a+%22b%22&amp;alike=7&amp;key=0123456789abcdef"' in html
    assert "+2 alike" in html
    assert 'href="/?q=like:7&amp;alike=7"' in tile({}, Hit(read(), alike=2), 1)


def test_nothing_that_people_wrote_becomes_markup() -> None:
    facts = {"title": HOSTILE, "text": HOSTILE, "color": '"><b>'}
    for one in (read(**facts), meme(**facts)):
        html = tile({}, Hit(one, tastes={HOSTILE: 0.5}), 1)
        assert "<script" not in html
        assert "<b>" not in html
        assert "&lt;script&gt;" in html


def test_the_line_stands_before_the_first_of_the_weaker_ones() -> None:
    hits = [Hit(read(pk=number), position=number) for number in range(3)]
    html = tiles({}, Results(hits, None, "sidecar", weaker_from=2), 0)
    assert html.count(DIVIDER) == 1
    assert html.index('data-id="1"') < html.index(DIVIDER) < html.index('data-id="2"')
    assert DIVIDER not in tiles({}, Results(hits, None, "sidecar"), 0)
