"""Media made for tests: small pictures, clips and malformed files, never committed as binaries."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw


def scene(seed: int = 0, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture with shapes and shades, different for each seed, the same at every call."""
    noise = np.random.default_rng(seed)
    blobs = Image.fromarray(noise.integers(0, 255, (4, 5, 3), dtype=np.uint8))
    image = blobs.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(4):
        x, y = noise.integers(0, size[0]), noise.integers(0, size[1])
        draw.ellipse(
            (int(x), int(y), int(x) + size[0] // 4, int(y) + size[1] // 4), fill=tuple(noise.integers(0, 255, 3))
        )
    return image


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def animated(frames: Sequence[Image.Image], format: str, duration_ms: int = 100, **options: Any) -> bytes:
    if format == "GIF":  # which colours to keep is found out thirty times as fast as by what it would do itself
        frames = [
            frame.quantize(method=Image.Quantize.FASTOCTREE) if frame.mode == "RGB" else frame for frame in frames
        ]
    return saved(frames[0], format, save_all=True, append_images=frames[1:], duration=duration_ms, **options)


def clip(
    frames: Sequence[Image.Image], format: str = "mp4", *, rate: int = 10, codec: str = "", **options: Any
) -> bytes:
    """The frames as a video. `rotation` in degrees, `sound` for a silent sound track, `movflags` for the container."""
    flags = {"movflags": options["movflags"]} if "movflags" in options else {}
    # A file with a name, because faststart reads it again.
    with NamedTemporaryFile() as file:
        with av.open(file.name, "w", format=format, options=flags) as container:
            _write_clip(container, frames, rate, codec or ("libvpx" if format == "webm" else "libx264"), options)
        return Path(file.name).read_bytes()


def _write_clip(container: Any, frames: Sequence[Image.Image], rate: int, codec: str, options: dict[str, Any]) -> None:
    stream = container.add_stream(codec, rate=rate)
    stream.width, stream.height = frames[0].size
    stream.pix_fmt = "yuv420p"
    if codec.startswith("libvpx"):
        stream.options = {"deadline": "realtime", "cpu-used": "8"}
    if "rotation" in options:
        stream.set_display_rotation(options["rotation"])
    sound = container.add_stream("libopus" if "vp" in codec else "aac", rate=48_000) if options.get("sound") else None
    for frame in frames:
        container.mux(stream.encode(av.VideoFrame.from_image(frame)))
    container.mux(stream.encode())
    if sound is not None:
        _add_silence(container, sound)


def _add_silence(container: Any, stream: Any) -> None:
    frame = av.AudioFrame.from_ndarray(np.zeros((2, 960), dtype=np.float32), format="fltp", layout="stereo")
    frame.sample_rate = 48_000
    container.mux(stream.encode(frame))
    container.mux(stream.encode())


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_bomb(width: int, height: int, *, bits: int = 1, color_type: int = 0) -> bytes:
    """A valid PNG of nothing but white: some kilobytes that become gigabytes. One bit of grey a pixel, or as asked."""
    channels = {0: 1, 2: 3, 6: 4}[color_type]
    row = b"\x00" + b"\xff" * ((width * bits * channels + 7) // 8)
    squeeze = zlib.compressobj(1)
    content = b"".join(squeeze.compress(row * 100) for _ in range(height // 100)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", content) + png_chunk(b"IEND", b"")


def long_gif(frames: int, size: int = 16) -> bytes:
    """An animation put together by hand: frames that fill the canvas with one of four colours in turn."""
    palette = bytes((255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0))
    head = b"GIF89a" + struct.pack("<HHBBB", size, size, 0x91, 0, 0) + palette
    pictures = [_gif_frame(color, size) for color in range(4)]
    return head + b"".join(pictures[number % 4] for number in range(frames)) + b";"


def _gif_frame(color: int, size: int) -> bytes:
    # Four bits a code (clear = 4, end = 5): a clear code before every pixel keeps the code width at three bits.
    codes = [code for _ in range(size * size) for code in (4, color)] + [5]
    bits = 0
    for position, code in enumerate(codes):
        bits |= code << (3 * position)
    content = bits.to_bytes((3 * len(codes) + 7) // 8, "little")
    blocks = b"".join(
        bytes([len(content[start : start + 255])]) + content[start : start + 255]
        for start in range(0, len(content), 255)
    )
    control = b"!\xf9\x04\x00" + struct.pack("<H", 4) + b"\x00\x00"
    return control + b"," + struct.pack("<HHHHB", 0, 0, size, size, 0) + b"\x02" + blocks + b"\x00"


def opened(picture: bytes) -> Image.Image:
    """A derived picture, decoded."""
    image = Image.open(BytesIO(picture))
    image.load()
    return image


def sound_only() -> bytes:
    with NamedTemporaryFile() as file:
        with av.open(file.name, "w", format="mp4") as container:
            _add_silence(container, container.add_stream("aac", rate=48_000))
        return Path(file.name).read_bytes()
