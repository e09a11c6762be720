"""Small pictures for tests."""

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont


def drawing(color: str = "orange", *, text: str = "", size: tuple[int, int] = (320, 240), seed: int = 0) -> Image.Image:
    """A picture of one colour with a shape whose place depends on `seed`, and words on it."""
    image = Image.new("RGB", size, color)
    draw = ImageDraw.Draw(image)
    left, top = (seed * 53) % (size[0] // 2), (seed * 31) % (size[1] // 2)
    draw.ellipse((left, top, left + size[0] // 3, top + size[1] // 3), fill="white", outline="black", width=3)
    if text:
        draw.text((size[0] // 20, size[1] // 2), text, fill="black", font=ImageFont.load_default(size=size[1] // 7))
    return image


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def write(path: Path, color: str = "orange", *, text: str = "", seed: int = 0) -> Path:
    """Put a drawing at `path`; the suffix chooses the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing(color, text=text, seed=seed).save(path)
    return path
