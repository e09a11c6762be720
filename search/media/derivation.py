"""From the bytes of a file to what the library keeps of it: its facts, thumbnail, preview, frames and hashes."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from PIL import Image

from search.media import animations
from search.media.formats import HEAD_BYTES, Format, Kind, identify
from search.media.frames import CANDIDATES, select
from search.media.hashes import phash, tiny
from search.media.images import open_image, prepared, upright_size
from search.media.limits import BadMedia, Limits, decoding
from search.media.pixels import dominant_color, shrunk, webp

THUMBNAIL_PX = 512
PREVIEW_PX = 1600
DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Probe:
    """What a file is. Width and height as shown: after EXIF orientation, rotation and pixel shape."""

    format: str
    kind: Kind
    mime: str
    extension: str
    width: int
    height: int
    size_bytes: int
    duration_ms: int | None = None  # None for stills
    has_sound: bool = False


@dataclass(frozen=True)
class Derived:
    """What is made of a file. All pictures are WebP without metadata, upright, without transparency.

    `preview` only exists for stills longer than PREVIEW_PX. `frames` are those that stand for a clip, at most
    MOST_FRAMES and in order; the thumbnail is the best of them. `phash` and `dominant_color` are the thumbnail's.
    """

    probe: Probe
    thumbnail: bytes
    preview: bytes | None
    frames: tuple[bytes, ...]
    phash: int
    dominant_color: str


def probe(file: IO[bytes], limits: Limits = DEFAULT_LIMITS) -> Probe:
    """What `file`, a seekable binary file, is. Raises BadMedia with the reason when it is not to be taken in.

    A still is told by its header alone, so a damaged one may pass here and fail in `derive`.
    """
    format, size_bytes = _identified(file, limits)
    if format.demuxer:
        return _with_video(file, format, limits, size_bytes, only_probe=True)[0]
    with decoding(format.name):
        return _opened(file.read(), format, limits)[2]


def derive(file: IO[bytes], limits: Limits = DEFAULT_LIMITS) -> Derived:
    """Decode `file`, a seekable binary file, and make what is kept of it; repeated, the same. Raises BadMedia."""
    format, size_bytes = _identified(file, limits)
    if format.demuxer:
        return _of_clip(*_with_video(file, format, limits, size_bytes, only_probe=False))
    data = file.read()
    with decoding(format.name):
        image, moves, found = _opened(data, format, limits)
        if found.kind is Kind.IMAGE:
            return _of_still(image, found)
        frames = animations.sample(image, moves, limits, count=CANDIDATES, longest_px=THUMBNAIL_PX)
        return _of_clip(found, frames)


def load(
    file: IO[bytes], *, longest_px: int, shortest_px: int | None = None, limits: Limits = DEFAULT_LIMITS
) -> Image.Image:
    """The picture in `file` for somebody who looks at it (text, an encoder): upright RGB, scaled down to fit the sides.

    Of an animation, the first frame. Raises BadMedia; also for videos, of which the derived frames are to be looked at.
    """
    format, _ = _identified(file, limits)
    if format.demuxer:
        raise BadMedia("not-a-picture", "This is a video: its frames are pictures, the file is not.")
    with decoding(format.name):
        image = open_image(file.read(), format, limits)
        if shortest_px is not None:
            longest_px = min(longest_px, max(1, shortest_px * max(image.size) // min(image.size)))
        return prepared(image, longest_px)


def _identified(file: IO[bytes], limits: Limits) -> tuple[Format, int]:
    size_bytes = file.seek(0, os.SEEK_END)
    limits.check_file(size_bytes)
    file.seek(0)
    format = identify(file.read(HEAD_BYTES))
    file.seek(0)
    return format, size_bytes


def _opened(data: bytes, format: Format, limits: Limits) -> tuple[Image.Image, animations.Timeline, Probe]:
    image = open_image(data, format, limits)
    moves = animations.timeline(data, format, image)
    is_animated = moves.frames > 1
    limits.check_picture(*moves.extent, is_layered=True)
    limits.check_picture(*image.size, is_layered=format.is_layered or is_animated)
    width, height = upright_size(image)
    found = Probe(
        format=format.name,
        kind=Kind.ANIMATION if is_animated else Kind.IMAGE,
        mime=format.mime,
        extension=format.extension,
        width=width,
        height=height,
        size_bytes=len(data),
        duration_ms=moves.duration_ms if is_animated else None,
    )
    return image, moves, found


def _with_video(
    file: IO[bytes], format: Format, limits: Limits, size_bytes: int, *, only_probe: bool
) -> tuple[Probe, list[Image.Image]]:
    # Imported here: FFmpeg takes 19 MB of every process, and a web process may never meet a video.
    from search.media import videos
    from search.media.containers import check_whole

    check_whole(file, format, size_bytes)
    with videos.opened(file, format, limits) as clip:
        found = Probe(
            format=format.name,
            kind=Kind.VIDEO,
            mime=format.mime,
            extension=format.extension,
            width=clip.width,
            height=clip.height,
            size_bytes=size_bytes,
            duration_ms=round(clip.duration_s * 1000),
            has_sound=clip.has_sound,
        )
        if only_probe:
            return found, []
        return found, list(videos.sample(clip, limits, count=CANDIDATES, longest_px=THUMBNAIL_PX))


def _of_still(image: Image.Image, found: Probe) -> Derived:
    is_big = max(found.width, found.height) > PREVIEW_PX
    picture = prepared(image, PREVIEW_PX if is_big else THUMBNAIL_PX)
    thumbnail = shrunk(picture, THUMBNAIL_PX)
    return _derived(found, thumbnail, preview=webp(picture) if is_big else None)


def _of_clip(found: Probe, candidates: Iterable[Image.Image]) -> Derived:
    selection = select(candidates)
    if selection is None:
        raise BadMedia("damaged", f"No picture of this {found.format} can be decoded.")
    return _derived(found, selection.poster, frames=tuple(webp(frame) for frame in selection.frames))


def _derived(
    found: Probe, thumbnail: Image.Image, *, preview: bytes | None = None, frames: tuple[bytes, ...] = ()
) -> Derived:
    # One copy serves both: at 32 x 32 the hash and the colour cost next to nothing.
    small = tiny(thumbnail)
    return Derived(found, webp(thumbnail), preview, frames, phash(small), dominant_color(small))
