import io
from functools import cache

import av
import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from mse_site.demo.files import BOMB_SIDE_PX, CLIP_FRAMES, HUGE_SIDE_PX, draw_bytes, draw_frames
from mse_site.demo.layouts import draw
from mse_site.demo.world import DrawnMeme, Kind, World
from search.media import BadMedia, probe

WORLD = World(seed=0, count=600)


def find(kind: Kind, suffix: str = "") -> DrawnMeme:
    return next(meme for meme in WORLD.memes if meme.kind == kind and meme.suffix.endswith(suffix))


@cache
def content_of(kind: Kind, suffix: str = "") -> bytes:
    return draw_bytes(find(kind, suffix))


@pytest.mark.parametrize(("suffix", "format_name"), [(".jpg", "JPEG"), (".png", "PNG"), (".webp", "WEBP")])
def test_a_picture_is_what_its_name_says(suffix: str, format_name: str) -> None:
    with Image.open(io.BytesIO(content_of(Kind.PICTURE, suffix))) as opened:
        assert opened.format == format_name
        assert opened.size == find(Kind.PICTURE, suffix).composition.size


def test_the_same_meme_gives_the_same_bytes() -> None:
    for kind, suffix in ((Kind.PICTURE, ".jpg"), (Kind.REPOST, ".jpg"), (Kind.CLIP, ".gif"), (Kind.CLIP, ".mp4")):
        assert draw_bytes(find(kind, suffix)) == content_of(kind, suffix)


def test_a_repost_is_smaller_but_looks_like_its_original() -> None:
    repost = find(Kind.REPOST)
    with Image.open(io.BytesIO(content_of(Kind.REPOST))) as opened:
        assert opened.width < repost.composition.size[0]
        copy = np.asarray(opened.convert("L").resize((16, 16)), dtype=float)
    original = np.asarray(draw(repost.composition).convert("L").resize((16, 16)), dtype=float)
    assert np.corrcoef(copy.ravel(), original.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_an_animation_has_frames_that_differ(suffix: str) -> None:
    with Image.open(io.BytesIO(content_of(Kind.CLIP, suffix))) as opened:
        assert getattr(opened, "n_frames", 1) == CLIP_FRAMES
        first = np.asarray(opened.convert("RGB")).astype(int)
        opened.seek(CLIP_FRAMES // 4)
        later = np.asarray(opened.convert("RGB")).astype(int)
    assert np.abs(first - later).mean() > 1


def test_a_video_can_be_decoded() -> None:
    with av.open(io.BytesIO(content_of(Kind.CLIP, ".mp4")), "r") as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 2 * CLIP_FRAMES


def test_the_last_frame_runs_into_the_first() -> None:
    frames = [np.asarray(frame).astype(int) for frame in draw_frames(find(Kind.CLIP, ".gif").composition)]
    steps = [np.abs(one - other).mean() for one, other in zip(frames, frames[1:] + frames[:1], strict=True)]
    assert steps[-1] <= 1.5 * max(steps[:-1])


def test_the_huge_picture_opens_and_is_huge() -> None:
    with Image.open(io.BytesIO(content_of(Kind.HUGE))) as opened:
        assert max(opened.size) == HUGE_SIDE_PX


def test_the_bomb_is_small_and_claims_a_billion_pixels_that_are_refused() -> None:
    bomb = content_of(Kind.BOMB)
    assert len(bomb) < 1_000_000
    assert int.from_bytes(bomb[16:20], "big") == BOMB_SIDE_PX
    with pytest.raises(BadMedia, match="pixels"):
        probe(io.BytesIO(bomb))


def test_truncated_files_begin_well_and_cannot_be_decoded() -> None:
    for suffix in (".jpg", ".png"):
        with (
            Image.open(io.BytesIO(content_of(Kind.TRUNCATED, suffix))) as opened,
            pytest.raises(OSError, match=r"trunc|broken"),
        ):
            opened.load()


def test_text_and_nothing_are_no_pictures() -> None:
    for kind in (Kind.NOT_A_PICTURE, Kind.EMPTY):
        with pytest.raises(UnidentifiedImageError):
            Image.open(io.BytesIO(content_of(kind)))
