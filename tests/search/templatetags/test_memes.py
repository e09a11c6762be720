"""How memes are written in templates."""

import pytest

from search.models import Meme
from search.templatetags import memes


def meme(**facts: object) -> Meme:
    given = {
        "pk": 7,
        "sha256": "ab" * 32,
        "width": 400,
        "height": 300,
        "kind": "image",
        "format": "PNG",
        "size_bytes": 1,
    }
    return Meme(**{**given, **facts})


@pytest.mark.parametrize(("width", "height", "shown"), [(100, 5000, 240), (5000, 100, 2000)])
def test_a_stripe_of_a_picture_gets_a_tile_one_can_see(width: int, height: int, shown: int) -> None:
    assert memes.height_of_tile(meme(width=width, height=height)) == shown
    assert memes.frame_box(meme(width=width, height=height)) == f"--w:{width};--h:{height}"


def test_the_alternative_text_is_the_title_and_what_is_said() -> None:
    assert memes.alt(meme(title="cat", text="hello\nthere")) == "cat: hello there"
    assert memes.alt(meme(title="cat", kind="video")) == "cat (moving)"
    assert memes.alt(meme()) == "A picture without words"


def test_a_long_alternative_text_ends_at_a_word() -> None:
    said = memes.alt(meme(title="cat", text="word " * 100))
    assert said.endswith("word …")
    assert len(said) < 220


@pytest.mark.parametrize(
    ("duration_ms", "clock"),
    [(None, "0:01"), (200, "0:01"), (59_600, "1:00"), (90_000, "1:30"), (3_671_000, "1:01:11")],
)
def test_durations_are_written_like_a_clock(duration_ms: int | None, clock: str) -> None:
    assert memes.clock(duration_ms) == clock


def test_the_corners_of_a_text_box_are_points_of_a_drawing() -> None:
    assert memes.points([[0.1, 0.25], [0.9, 0.25], [0.9, 1], [0.1, 1]]) == "100,250 900,250 900,1000 100,1000"
