import time
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from search.media import BadMedia, Kind, Limits, derive, probe
from tests.search.media.making import animated, long_gif, opened, saved, scene

FORMATS = ["GIF", "WebP", "PNG", "AVIF"]


@pytest.mark.parametrize("format", FORMATS)
def test_an_animation_has_a_duration_and_a_picture_of_each_scene(format):
    data = animated([scene(seed) for seed in range(4)], format.upper(), duration_ms=250)
    derived = derive(BytesIO(data))
    assert derived.probe == probe(BytesIO(data))
    assert (derived.probe.kind, derived.probe.format) == (Kind.ANIMATION, format)
    assert derived.probe.duration_ms == 1000
    assert not derived.probe.has_sound
    assert [opened(frame).size for frame in derived.frames] == [(320, 240)] * 4


@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_of_one_frame_is_a_still(format):
    assert probe(BytesIO(saved(scene(), format.upper()))).kind is Kind.IMAGE


def test_the_thumbnail_of_an_animation_is_one_of_its_frames():
    derived = derive(BytesIO(animated([scene(seed) for seed in range(4)], "GIF")))
    assert derived.thumbnail in derived.frames


def test_a_gif_of_10000_frames_is_read_in_bounded_time():
    data = long_gif(10_000, size=64)
    start = time.process_time()
    derived = derive(BytesIO(data))
    assert time.process_time() - start < 10
    assert derived.probe.duration_ms == 400_000
    assert len(derived.frames) <= 8


def test_no_more_frames_are_decoded_than_allowed():
    # Not quite the same white, or the encoder would make one frame of them.
    frames = [Image.new("RGB", (32, 32), (255, 255, 255 - number)) for number in range(8)]
    frames += [scene(1, (32, 32)), scene(2, (32, 32))]
    data = animated(frames, "WEBP", duration_ms=50, lossless=True)
    assert len(derive(BytesIO(data), Limits(frames=10)).frames) == 2
    # The first eight are flat: one stands for them.
    assert len(derive(BytesIO(data), Limits(frames=8)).frames) == 1


def test_delays_no_browser_honours_count_as_browsers_show_them():
    assert probe(BytesIO(animated([scene(1), scene(2)], "GIF", duration_ms=0))).duration_ms == 200


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_animation_is_refused_with_a_reason(format, share):
    data = animated([scene(seed) for seed in range(4)], format.upper())
    with pytest.raises(BadMedia) as refusal:
        derive(BytesIO(data[: int(len(data) * share)]))
    assert refusal.value.code in ("truncated", "damaged")
    assert format in refusal.value.reason


def test_a_gif_without_its_last_byte_misses_nothing():
    data = animated([scene(1), scene(2)], "GIF")
    assert data[-1:] == b";"
    assert len(derive(BytesIO(data[:-1])).frames) == 2


def test_a_gif_whose_frames_outgrow_its_canvas_is_refused():
    data = bytearray(long_gif(2))
    frame = data.index(b",\x00\x00\x00\x00")
    data[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(BadMedia) as refusal:
        probe(BytesIO(bytes(data)))
    assert refusal.value.code == "too-many-pixels"


def test_frames_that_show_through_are_put_together():
    first = Image.new("RGBA", (64, 64), (200, 0, 0, 255))
    second = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    second.paste((0, 0, 200, 255), (0, 0, 32, 64))
    data = animated([first, second], "GIF", disposal=1)
    last = opened(derive(BytesIO(data)).frames[-1])
    left, right = last.getpixel((8, 32)), last.getpixel((56, 32))
    assert left[2] > 150 > right[2]
    assert right[0] > 150 > left[0]


@pytest.mark.parametrize("format", ["GIF", "WebP"])
def test_a_scene_of_one_frame_stands_for_the_animation_too(format):
    frames = [scene(1)] * 48 + [scene(2)] + [scene(3)] * 51
    data = animated([frame.copy() for frame in frames], format.upper())
    shown = [np.asarray(opened(frame).convert("RGB"), dtype=float) for frame in derive(BytesIO(data)).frames]
    original = np.asarray(scene(2), dtype=float)
    assert min(np.abs(frame - original).mean() for frame in shown) < 20
