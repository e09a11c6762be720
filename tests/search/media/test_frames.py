from PIL import Image, ImageDraw, ImageFilter

from search.media.frames import MOST_FRAMES, select
from tests.search.media.making import opened, saved, scene


def captioned(text: str) -> Image.Image:
    image = scene(1)
    ImageDraw.Draw(image).text((20, 200), text, fill="white", font_size=28, stroke_width=2, stroke_fill="black")
    return image


def test_nothing_is_selected_from_nothing():
    assert select([]) is None


def test_a_frame_that_was_only_encoded_again_is_a_repetition():
    image = scene(1)
    again = [opened(saved(image, "JPEG", quality=quality)).convert("RGB") for quality in (90, 60, 40)]
    selection = select([image, *again])
    assert selection is not None
    assert selection.frames == (image,)


def test_a_changed_caption_is_no_repetition():
    selection = select([captioned("me before coffee"), captioned("me after coffee")])
    assert selection is not None
    assert len(selection.frames) == 2


def test_of_many_different_frames_some_are_kept_evenly():
    frames = [scene(seed) for seed in range(16)]
    selection = select(frames)
    assert selection is not None
    assert selection.frames == tuple(frames[::2])
    assert len(selection.frames) == MOST_FRAMES


def test_the_poster_is_where_there_is_most_to_see():
    dull = Image.new("RGB", (320, 240), "navy")
    dull.paste("black", (0, 0, 160, 240))
    selection = select([dull, scene(1).filter(ImageFilter.GaussianBlur(1))])
    assert selection is not None
    assert selection.poster is selection.frames[1]
