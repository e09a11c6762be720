"""The bytes of each meme of the drawn world: pictures, copies, clips, and files that are broken on purpose."""

import io
import math
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

import av
import numpy as np
from PIL import Image

from mse_site.demo.layouts import Composition, draw, draw_ground, draw_placement
from mse_site.demo.lettering import write
from mse_site.demo.world import DrawnMeme, Kind

CLIP_FRAMES = 12
CLIP_SCALE = 0.6
FRAME_MS = 90
HUGE_SIDE_PX = 5200
# As many pixels as a gigabyte of RGB has thrice over, in a file of a hundred kilobytes.
BOMB_SIDE_PX = 30_000


def draw_bytes(meme: DrawnMeme) -> bytes:
    """The file's content: the same meme gives the same bytes with the same releases of Pillow and FFmpeg."""
    return _MAKERS.get(meme.kind, _picture)(meme)


def _picture(meme: DrawnMeme) -> bytes:
    return _encode(draw(meme.composition), meme.suffix, quality=random.Random(meme.seed).randint(82, 93))


def _encode(image: Image.Image, suffix: str, quality: int) -> bytes:
    stored = io.BytesIO()
    match suffix:
        case ".png":
            image.save(stored, "PNG", compress_level=3)
        case ".webp":
            image.save(stored, "WEBP", quality=quality, method=1)
        case _:
            image.save(stored, "JPEG", quality=quality)
    return stored.getvalue()


def _repost(meme: DrawnMeme) -> bytes:
    """Cut at the edges, made smaller and stored badly, as happens to pictures on their way around."""
    rng = random.Random(meme.seed)
    image = draw(meme.composition)
    if rng.random() < 0.5:
        edges = [rng.uniform(0, 0.04) for _ in range(4)]
        width, height = image.size
        image = image.crop(
            (
                round(edges[0] * width),
                round(edges[1] * height),
                round((1 - edges[2]) * width),
                round((1 - edges[3]) * height),
            )
        )
    scale = rng.uniform(0.5, 0.95)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
    return _encode(image, meme.suffix, quality=rng.randint(30, 70))


def draw_frames(composition: Composition) -> list[Image.Image]:
    """The things of the picture hopping and swaying, so that the last frame runs into the first."""
    ground = draw_ground(composition, CLIP_SCALE)
    frames = []
    for number in range(CLIP_FRAMES):
        turn = math.tau * number / CLIP_FRAMES
        frame = ground.copy()
        for order, placement in enumerate(composition.placements):
            hop = abs(math.sin(turn + order)) * 0.08
            sway = placement.angle + 14 * math.sin(turn + order)
            draw_placement(frame, replace(placement, y=placement.y - hop, angle=sway))
        for lettering in composition.words:
            write(frame, lettering)
        frames.append(frame)
    return frames


def _clip(meme: DrawnMeme) -> bytes:
    frames = draw_frames(meme.composition)
    if meme.suffix == ".mp4":
        return _encode_video(frames)
    stored = io.BytesIO()
    if meme.suffix == ".gif":
        palette = frames[0].quantize(128)
        flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
        flat[0].save(stored, "GIF", save_all=True, append_images=flat[1:], duration=FRAME_MS, loop=0)
    else:
        frames[0].save(
            stored, "WEBP", save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0, quality=70, method=0
        )
    return stored.getvalue()


def _encode_video(frames: list[Image.Image]) -> bytes:
    stored = io.BytesIO()
    with av.open(stored, "w", format="mp4") as container:
        stream = container.add_stream(
            "h264", rate=1000 // FRAME_MS, options={"preset": "veryfast", "crf": "26", "threads": "1"}
        )
        # H.264 stores colours for blocks of two by two pixels.
        stream.width, stream.height = frames[0].width // 2 * 2, frames[0].height // 2 * 2
        stream.pix_fmt = "yuv420p"
        for frame in frames * 2:
            even = np.asarray(frame)[: stream.height, : stream.width]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")))
        container.mux(stream.encode())
    return stored.getvalue()


def _huge(meme: DrawnMeme) -> bytes:
    scale = HUGE_SIDE_PX / max(meme.composition.size)
    small = draw(meme.composition)
    large = small.resize((round(small.width * scale), round(small.height * scale)), Image.Resampling.NEAREST)
    stored = io.BytesIO()
    large.save(stored, "PNG", compress_level=1)
    return stored.getvalue()


def _bomb(meme: DrawnMeme) -> bytes:
    """A valid PNG of 30,000 x 30,000 white pixels, one bit each."""
    row = b"\0" + b"\xff" * math.ceil(BOMB_SIDE_PX / 8)
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(row * 500) for _ in range(BOMB_SIDE_PX // 500)) + packer.flush()
    header = struct.pack(">IIBBBBB", BOMB_SIDE_PX, BOMB_SIDE_PX, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _truncated(meme: DrawnMeme) -> bytes:
    whole = _picture(meme)
    return whole[: len(whole) // 3]


_MAKERS: dict[Kind, Callable[[DrawnMeme], bytes]] = {
    Kind.REPOST: _repost,
    Kind.CLIP: _clip,
    Kind.HUGE: _huge,
    Kind.BOMB: _bomb,
    Kind.TRUNCATED: _truncated,
    Kind.NOT_A_PICTURE: lambda meme: f"{meme.posting.title}\nThe picture is coming later.\n".encode(),
    Kind.EMPTY: lambda meme: b"",
}
