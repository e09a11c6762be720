"""Videos FFmpeg decodes: what they are, and a sample of their frames whose cost does not grow with their length."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import IO

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from search.media import scenes
from search.media.formats import Format
from search.media.images import Turn
from search.media.limits import BadMedia, Limits, decoding
from search.media.pixels import fitted
from search.media.scenes import Cuts

# Packets read to find the end of a stream that does not say how long it is: ten minutes at 60 frames a second with
# sound have 65,000. And packets tried until one gives a picture.
MOST_PACKETS = 100_000
FIRST_PACKETS = 1_000
# FFmpeg decodes at least three times as many pixels in a second as Pillow does of animations (300 against 100 million).
PACE = 3

# The display matrix turns counter-clockwise, as Pillow does.
TURNS = {90: Turn.ROTATE_90, 180: Turn.ROTATE_180, -180: Turn.ROTATE_180, -90: Turn.ROTATE_270, 270: Turn.ROTATE_270}


@dataclass(frozen=True)
class Clip:
    """An opened video. `width` and `height` as shown: square pixels, upright."""

    container: InputContainer
    stream: VideoStream
    width: int
    height: int
    start_s: float
    duration_s: float
    has_sound: bool


@contextmanager
def opened(file: IO[bytes], format: Format, limits: Limits) -> Iterator[Clip]:
    """Open `file`, checked against `limits`; BadMedia for whatever FFmpeg does not like, here and inside the block."""
    with decoding(format.name):
        try:
            with _container(file, format, limits) as container:
                yield _clip(container, limits)
        except av.FFmpegError as error:
            # Some of these are OSErrors too, yet none comes from the disk: reading is done by Python.
            raise BadMedia(
                "damaged", f"The {format.name} is damaged and cannot be decoded ({error.strerror})."
            ) from error


def _container(file: IO[bytes], format: Format, limits: Limits) -> InputContainer:
    # Naming the demuxer keeps FFmpeg from guessing playlists and other formats that open further files.
    options = {"max_pixels": str(limits.frame_pixels)}
    return av.open(file, "r", format=format.demuxer, options=options, metadata_errors="replace")


def _clip(container: InputContainer, limits: Limits) -> Clip:
    stream = _picture_stream(container)
    limits.check_picture(stream.width, stream.height, is_layered=True)
    stream.thread_count = 1  # a worker has one core
    duration_s = _duration_s(container, stream)
    limits.check_duration(duration_s)
    first = next(_decoded(container, stream, FIRST_PACKETS), None)
    if first is None:
        raise BadMedia("damaged", "No picture of the video can be decoded.")
    width, height = _shown_size(first, stream)
    limits.check_picture(width, height, is_layered=True)
    start_s = first.time or 0.0
    return Clip(container, stream, width, height, start_s, duration_s, bool(container.streams.audio))


def _picture_stream(container: InputContainer) -> VideoStream:
    """The first stream of moving pictures; a cover picture only when there is nothing else."""
    streams = [stream for stream in container.streams.video if stream.codec_context is not None]
    if not streams:
        raise BadMedia("no-picture", "The file has no pictures in it, or in a form that cannot be decoded here.")
    return min(streams, key=lambda stream: bool(stream.disposition & Disposition.attached_pic))


def _duration_s(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None:
        return container.duration / av.time_base
    return _measured_duration_s(container, stream)


def _measured_duration_s(container: InputContainer, stream: VideoStream) -> float:
    """Read to the end without decoding: recorders that stream never go back to write a duration."""
    last_s = 0.0
    for number, packet in enumerate(container.demux(stream)):
        if number > MOST_PACKETS:
            raise BadMedia("too-long", "The video does not say how long it is, and its end is too far away to look.")
        if packet.pts is not None and packet.time_base is not None:
            last_s = max(last_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    container.seek(0)
    return last_s


def _decoded(container: InputContainer, stream: VideoStream, packets: int) -> Iterator[VideoFrame]:
    """Frames from the current position on, out of `packets` packets at most; damaged ones are left out."""
    for number, packet in enumerate(container.demux(stream)):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            frames = []
        yield from (frame for frame in frames if isinstance(frame, VideoFrame) and not frame.is_corrupt)
        if number >= packets:
            return


def _shown_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    stretch = stream.sample_aspect_ratio or Fraction(1)
    # Beyond this it is a damaged header, not an anamorphic film.
    if not Fraction(1, 4) <= stretch <= 4:
        stretch = Fraction(1)
    size = (max(1, round(frame.width * stretch)), frame.height)
    return (size[1], size[0]) if frame.rotation in (90, -90, 270) else size


def sample(clip: Clip, limits: Limits, *, count: int, longest_px: int) -> Iterator[Image.Image]:
    """About `count` frames spread over the clip and, of one that is decoded whole, the beginnings of its scenes: small,
    upright RGB."""
    rate = float(clip.stream.average_rate or 30)
    frames = clip.stream.frames or round(clip.duration_s * rate) + 1
    budget = limits.frames_looked_at(limits.frames, clip.width, clip.height, pace=PACE)
    times_s = [clip.start_s + number * clip.duration_s / count for number in range(count)]
    picked = _in_sequence(clip, times_s, budget) if frames <= budget else _by_seeking(clip, times_s, budget // count)
    for frame in picked:
        yield _picture(frame, clip, longest_px)


def _in_sequence(clip: Clip, times_s: list[float], packets: int) -> Iterator[VideoFrame]:
    """Decode everything once: a short clip often has a single key frame, and each seek would start from it."""
    clip.container.seek(int(clip.start_s * av.time_base))
    waiting = list(times_s)
    last: VideoFrame | None = None
    cuts = Cuts()
    for frame in _decoded(clip.container, clip.stream, packets):
        last = frame
        if cuts.begins(_cells(frame)):
            yield frame
        while waiting and (frame.time or 0.0) >= waiting[0]:
            waiting.pop(0)
            if not waiting or (frame.time or 0.0) < waiting[0]:
                yield frame
                last = None
    if last is not None and waiting:
        yield last


def _by_seeking(clip: Clip, times_s: list[float], packets: int) -> Iterator[VideoFrame]:
    """From the key frame before each time on, as far towards it as `packets` go."""
    for time_s in times_s:
        clip.container.seek(int(time_s * av.time_base))
        last: VideoFrame | None = None
        for frame in _decoded(clip.container, clip.stream, packets):
            last = frame
            if (frame.time or 0.0) >= time_s:
                break
        if last is not None:
            yield last


def _cells(frame: VideoFrame) -> NDArray[np.uint8]:
    grey = frame.reformat(scenes.CELLS, scenes.CELLS, format="gray", interpolation="FAST_BILINEAR")
    return np.asarray(grey.to_ndarray(), np.uint8)


def _picture(frame: VideoFrame, clip: Clip, longest_px: int) -> Image.Image:
    width, height = _shown_size(frame, clip.stream)
    turn = TURNS.get(frame.rotation)
    if turn in (Turn.ROTATE_90, Turn.ROTATE_270):
        width, height = height, width
    width, height = fitted((width, height), longest_px)
    small = frame.reformat(width, height, format="rgb24", interpolation="AREA")
    image = Image.fromarray(small.to_ndarray())
    return image.transpose(turn) if turn is not None else image
