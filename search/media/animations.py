"""Pictures that move (GIF, WebP, PNG, AVIF): how many frames they have, how long they last, and a sample of frames."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from search.media import gifs
from search.media.formats import AVIF, GIF, PNG, WEBP, Format
from search.media.images import prepared
from search.media.limits import Limits, truncated
from search.media.scenes import CELLS, Cuts


@dataclass(frozen=True)
class Timeline:
    frames: int
    duration_ms: int
    # The area all frames cover together: a GIF frame may lie outside of what its header announces.
    extent: tuple[int, int] = (1, 1)


STILL = Timeline(1, 0)
# What browsers make of a delay of 0 or 10 ms.
SHORTEST_MS, SHOWN_MS = 10, 100


def timeline(data: bytes, format: Format, image: Image.Image) -> Timeline:
    """Frames and duration of the opened `image` in `data`, not decoded. Raises BadMedia when frames are cut off."""
    if format is GIF:
        return _gif(data)
    if format is WEBP:
        return _webp(data)
    if getattr(image, "n_frames", 1) < 2:
        return STILL
    if format is PNG:
        return _png(data)
    if format is AVIF:
        # Durations stand in boxes Pillow does not show; they are equal in practice.
        image.load()
        frames = int(image.n_frames)  # type: ignore[attr-defined]  # checked above; only this plugin has it
        return Timeline(frames, frames * int(image.info.get("duration", 0)))
    return STILL


def sample(
    image: Image.Image, moves: Timeline, limits: Limits, *, count: int, longest_px: int
) -> Iterator[Image.Image]:
    """`count` frames, evenly spread over as many as may be decoded, and the beginnings of scenes among those; prepared like
    stills."""
    looked_at = limits.frames_looked_at(moves.frames, *image.size)
    count = min(count, looked_at)
    # The middle of each of `count` equal parts.
    wanted = {(2 * number + 1) * looked_at // (2 * count) for number in range(count)}
    cuts = Cuts()
    for number in range(looked_at):
        image.seek(number)
        begins = cuts.begins(_cells(image))
        if begins or number in wanted:
            yield prepared(image, longest_px)


def _cells(image: Image.Image) -> NDArray[np.uint8]:
    """Few points are enough to tell scenes apart, and all of them would take longer than decoding."""
    points = image.convert("RGB") if image.mode == "P" else image
    return np.asarray(points.resize((CELLS, CELLS), Image.Resampling.NEAREST).convert("L"), np.uint8)


def _shown(delay_ms: int) -> int:
    return delay_ms if delay_ms > SHORTEST_MS else SHOWN_MS


def _gif(data: bytes) -> Timeline:
    frames = duration_ms = right = bottom = 0
    for frame in gifs.frames(data):
        frames, duration_ms = frames + 1, duration_ms + _shown(frame.delay_ms)
        right, bottom = max(right, frame.right), max(bottom, frame.bottom)
    return Timeline(frames, duration_ms if frames > 1 else 0, (right, bottom))


def _webp(data: bytes) -> Timeline:
    """Walk the RIFF chunks; each ANMF is a frame (RFC 9649)."""
    if int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise truncated("WebP")
    frames = duration_ms = 0
    position = 12
    while position + 8 <= len(data):
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if data[position : position + 4] == b"ANMF":
            frames += 1
            duration_ms += _shown(int.from_bytes(data[position + 20 : position + 23], "little"))
        position += 8 + size + size % 2
    return Timeline(frames, duration_ms) if frames > 1 else STILL


def _png(data: bytes) -> Timeline:
    """Walk the chunks; each fcTL is a frame (PNG specification, third edition)."""
    frames = duration_ms = 0
    position = 8
    while position + 8 <= len(data):
        if data[position + 4 : position + 8] == b"fcTL":
            delay = int.from_bytes(data[position + 28 : position + 30], "big")
            per_second = int.from_bytes(data[position + 30 : position + 32], "big") or 100
            frames += 1
            duration_ms += _shown(1000 * delay // per_second)
        position += 12 + int.from_bytes(data[position : position + 4], "big")
    return Timeline(frames, duration_ms) if frames > 1 else STILL
