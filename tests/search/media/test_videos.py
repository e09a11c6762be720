from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from search.media import BadMedia, Kind, Limits, derive, load, probe
from tests.search.media.making import clip, opened, scene, sound_only

CONTAINERS = [
    ("mp4", "MP4", {}),
    ("mp4", "MP4", {"movflags": "faststart"}),
    ("mp4", "MP4", {"movflags": "frag_keyframe+empty_moov"}),
    ("webm", "WebM", {}),
    ("webm", "WebM", {"codec": "libvpx-vp9"}),
    ("mov", "MOV", {}),
    ("matroska", "Matroska", {}),
]


def name(value: object) -> str:
    return "-".join(value.values()) or "plain" if isinstance(value, dict) else str(value)


@pytest.fixture(scope="module")
def scenes() -> list[Image.Image]:
    return [scene(seed) for seed in range(5)]


@pytest.mark.parametrize(("container", "format", "options"), CONTAINERS, ids=name)
def test_a_video_gives_its_facts_and_a_picture_of_each_scene(scenes, container, format, options):
    data = clip(scenes, container, **options)
    derived = derive(BytesIO(data))
    assert derived.probe == probe(BytesIO(data))
    assert (derived.probe.format, derived.probe.kind) == (format, Kind.VIDEO)
    assert (derived.probe.width, derived.probe.height, derived.probe.duration_ms) == (320, 240, 500)
    assert (len(derived.frames), derived.preview) == (5, None)
    for frame, original in zip(derived.frames, scenes, strict=True):
        difference = np.asarray(opened(frame), dtype=float) - np.asarray(original, dtype=float)
        assert np.abs(difference).mean() < 12
    assert derived.thumbnail in derived.frames


@pytest.mark.parametrize(("container", "format", "options"), CONTAINERS, ids=name)
@pytest.mark.parametrize("share", [0.05, 0.4, 0.7, 0.97])
def test_a_truncated_video_is_refused_with_a_reason(scenes, container, format, options, share):
    data = clip(scenes, container, **options)
    for look in (probe, derive):
        with pytest.raises(BadMedia) as refusal:
            look(BytesIO(data[: int(len(data) * share)]))
        assert (refusal.value.code, format in refusal.value.reason) == ("truncated", True)


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_a_video_with_sound_is_known_to_have_some(scenes, container):
    assert probe(BytesIO(clip(scenes, container, sound=True))).has_sound
    assert not probe(BytesIO(clip(scenes, container))).has_sound


@pytest.mark.parametrize(("rotation", "size"), [(90, (240, 320)), (180, (320, 240)), (-90, (240, 320))])
def test_a_turned_phone_video_is_shown_upright(scenes, rotation, size):
    derived = derive(BytesIO(clip(scenes, rotation=rotation)))
    assert (derived.probe.width, derived.probe.height) == size
    turn = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, -90: Image.Transpose.ROTATE_270}[rotation]
    difference = np.asarray(opened(derived.frames[0]), dtype=float) - np.asarray(scenes[0].transpose(turn), dtype=float)
    assert np.abs(difference).mean() < 12


def test_flat_and_repeated_frames_do_not_stand_for_a_video():
    black = Image.new("RGB", (320, 240), "black")
    data = clip([black] * 4 + [scene(1)] * 6 + [scene(2)] * 6 + [black] * 4)
    derived = derive(BytesIO(data))
    assert len(derived.frames) == 2
    assert np.asarray(opened(derived.thumbnail)).std() > 20


def test_a_scene_that_is_over_in_a_moment_stands_for_the_video_too():
    """Sixteen frames at even intervals would miss it."""
    data = clip([scene(1)] * 95 + [scene(2)] * 3 + [scene(3)] * 102)
    shown = [np.asarray(opened(frame), dtype=float) for frame in derive(BytesIO(data)).frames]
    for seed in (1, 2, 3):
        original = np.asarray(scene(seed), dtype=float)
        assert min(np.abs(frame - original).mean() for frame in shown) < 12


def test_a_video_of_nothing_but_black_still_has_a_poster():
    derived = derive(BytesIO(clip([Image.new("RGB", (320, 240), "black")] * 5)))
    assert len(derived.frames) == 1
    assert derived.dominant_color == "#000000"


def test_a_long_video_is_sampled_by_seeking(scenes):
    data = clip([scene(number // 30) for number in range(360)], "mp4", rate=30)
    derived = derive(BytesIO(data), Limits(frames=200))
    assert derived.probe.duration_ms == 12_000
    assert len(derived.frames) == 8


def test_a_video_longer_than_allowed_is_refused(scenes):
    with pytest.raises(BadMedia, match="lasts") as refusal:
        probe(BytesIO(clip(scenes, rate=1)), Limits(duration_s=4))
    assert refusal.value.code == "too-long"


@pytest.mark.parametrize("limits", [Limits(frame_pixels=76_799), Limits(pixels=76_799)], ids=["frame", "any"])
def test_a_video_of_too_many_pixels_is_refused(scenes, limits):
    with pytest.raises(BadMedia, match="320 x 240") as refusal:
        probe(BytesIO(clip(scenes)), limits)
    assert refusal.value.code == "too-many-pixels"


def test_a_recording_that_does_not_say_how_long_it_is_is_measured(scenes):
    data = bytearray(clip(scenes, "webm"))
    segment = data.index(b"\x18S\x80g")
    data[segment + 4 : segment + 12] = b"\x01" + b"\xff" * 7
    duration = data.index(b"D\x89\x88")
    data[duration : duration + 2] = b"\xec\x88"[:2]
    assert probe(BytesIO(bytes(data))).duration_ms == pytest.approx(500, abs=100)


def test_a_video_with_a_damaged_middle_keeps_what_can_be_decoded(scenes):
    data = bytearray(clip([scene(number // 12) for number in range(60)], "mp4"))
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    assert 1 <= len(derive(BytesIO(bytes(data))).frames) <= 8


def test_sound_without_pictures_is_refused():
    with pytest.raises(BadMedia) as refusal:
        probe(BytesIO(sound_only()))
    assert refusal.value.code == "no-picture"


def test_an_appendix_behind_a_video_does_no_harm(scenes):
    assert probe(BytesIO(clip(scenes) + b"whatever somebody's camera wrote here")).duration_ms == 500


def test_a_video_is_not_loaded_as_a_picture(scenes):
    with pytest.raises(BadMedia) as refusal:
        load(BytesIO(clip(scenes)), longest_px=100)
    assert refusal.value.code == "not-a-picture"
