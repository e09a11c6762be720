"""Whatever the bytes are, a file is read or refused with a reason; nothing else comes out."""

import errno
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.media import BadMedia, Limits, derive, load, probe
from tests.search.media.making import animated, clip, long_gif, saved, scene

SMALL = scene(1, (48, 32))
SAMPLES = {
    "jpeg": saved(SMALL, "JPEG"),
    "progressive jpeg": saved(SMALL, "JPEG", progressive=True),
    "png": saved(SMALL, "PNG"),
    "webp": saved(SMALL, "WEBP"),
    "gif": saved(SMALL, "GIF"),
    "avif": saved(SMALL, "AVIF"),
    "bmp": saved(SMALL, "BMP"),
    "animated gif": long_gif(3),
    "animated webp": animated([SMALL, scene(2, (48, 32))], "WEBP"),
    "animated png": animated([SMALL, scene(2, (48, 32))], "PNG"),
    "mp4": clip([SMALL, scene(2, (48, 32))], "mp4"),
    "webm": clip([SMALL, scene(2, (48, 32))], "webm"),
}
HEADS = [data[:40] for data in SAMPLES.values()]
# Lying headers must not cost seconds each: what is allowed is small here, as the originals are.
TIGHT = Limits(pixels=1_000_000, frame_pixels=1_000_000, size_bytes=1_000_000, duration_s=60)


EMPTY_COMMENT = b"!\xfe\x00"
GIF_HEAD = b"GIF89a\x10\x00\x10\x00\x00\x00\x00"


@pytest.mark.parametrize("filling", [EMPTY_COMMENT, b"\x00", b"!\xfe" + b"\x01x" * 1_000_000 + b"\x00", b"\x01"])
@pytest.mark.parametrize("picture", [b"", long_gif(3)[13:]], ids=["no picture", "pictures"])
def test_a_gif_of_blocks_without_end_is_refused_before_it_is_decoded(filling: bytes, picture: bytes) -> None:
    bomb = GIF_HEAD + filling * (3_000_000 // len(filling)) + picture
    for look in (probe, derive, lambda file: load(file, longest_px=64)):
        with pytest.raises(BadMedia, match=r"far more pieces|no picture"):
            look(BytesIO(bomb))


def test_a_gif_with_an_empty_block_before_its_picture_is_read() -> None:
    data = long_gif(1)
    assert data[10] == 0x91  # a palette of four colours comes first
    assert probe(BytesIO(data[:25] + b"\x00" + data[25:])).format == "GIF"


def read_or_refused(data: bytes) -> None:
    for look in (probe, derive, lambda file, limits: load(file, longest_px=64, limits=limits)):
        reason = refusal(look, data)
        assert reason is None or (reason.endswith(".") and " object at " not in reason)


def refusal(look: Callable[[BytesIO, Limits], object], data: bytes) -> str | None:
    try:
        look(BytesIO(data), TIGHT)
    except BadMedia as refused:
        return refused.reason
    return None


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_with_a_reason(data):
    with pytest.raises(BadMedia):
        derive(BytesIO(data))


@given(st.sampled_from(HEADS), st.binary(max_size=600))
@settings(deadline=None, max_examples=300)
def test_a_right_beginning_with_a_random_rest_is_read_or_refused(head, rest):
    read_or_refused(head + rest)


@given(st.data())
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_a_file_with_changed_bytes_is_read_or_refused(data):
    content = bytearray(data.draw(st.sampled_from(sorted(SAMPLES.items())))[1])
    for _ in range(data.draw(st.integers(1, 8))):
        # Most damage is done near the start, where the headers are.
        place = data.draw(st.integers(0, len(content) - 1) | st.integers(0, min(120, len(content) - 1)))
        content[place] = data.draw(st.integers(0, 255))
    read_or_refused(bytes(content))


@given(st.sampled_from(sorted(SAMPLES.items())), st.floats(0, 1), st.binary(max_size=40))
@settings(deadline=None, max_examples=200)
def test_a_file_with_a_piece_put_in_is_read_or_refused(sample, share, piece):
    content = sample[1]
    place = int(len(content) * share)
    read_or_refused(content[:place] + piece + content[place:])


@pytest.mark.parametrize("look", [probe, derive], ids=["probe", "derive"])
def test_an_empty_file_is_refused(look):
    with pytest.raises(BadMedia, match="empty") as refusal:
        look(BytesIO(b""))
    assert refusal.value.code == "empty"


def test_text_named_like_a_picture_is_refused_as_text(tmp_path):
    path = tmp_path / "picture.jpg"
    path.write_text("Dear diary, today I renamed a file.")
    with path.open("rb") as file, pytest.raises(BadMedia, match="This is text") as refusal:
        derive(file)
    assert refusal.value.code == "not-media"


class FailingDisk(BytesIO):
    """The first sector can be read, what lies behind it cannot."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0 or self.tell() + size > 512:
            raise OSError(errno.EIO, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("name", ["png", "mp4", "webm"])
def test_a_fault_of_the_disk_is_not_blamed_on_the_file(name):
    with pytest.raises(OSError, match="Input/output") as fault:
        derive(FailingDisk(SAMPLES[name]))
    assert fault.value.errno == errno.EIO
