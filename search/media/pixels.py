"""Decoded pixels: shrinking in little memory, transparency, colour profiles, and what is written for browsers."""

from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

# 4 million pixels as RGBA are 16 MB: what shrinking a huge picture needs beside the picture itself.
STRIP_PIXELS = 4_000_000
# Mean brightness of the visible parts above which white would swallow them (white lettering on nothing).
PALE = 200
WHITE, DARK = (255, 255, 255), (48, 48, 48)


def fitted(size: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """`size` scaled down, never up, so that its longest side is at most `longest_px`; no side is below 1."""
    scale = min(1.0, longest_px / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def shrunk(image: Image.Image, longest_px: int) -> Image.Image:
    """`image` at most `longest_px` long, as L, LA, RGB, RGBA or CMYK with 8 bits; huge ones go strip by strip."""
    size = fitted(image.size, longest_px)
    factor = max(image.size) // (2 * longest_px)
    if factor < 2:
        plain = _plain(image)
        return plain if plain.size == size else plain.resize(size, Image.Resampling.BICUBIC)
    box = (0, 0, image.width / factor, image.height / factor)
    return _reduced(image, factor).resize(size, Image.Resampling.BICUBIC, box)


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """Box-filtered to 1/factor. In strips, because Pillow would convert a whole palette or alpha picture first."""
    rows = factor * max(1, STRIP_PIXELS // (image.width * factor))
    small: Image.Image | None = None
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(image.height, top + rows)))
        strip = _plain(strip).reduce(factor)
        if small is None:
            small = Image.new(strip.mode, (strip.width, -(-image.height // factor)))
        small.paste(strip, (0, top // factor))
    assert small is not None  # a picture has at least one row
    return small


def _plain(image: Image.Image) -> Image.Image:
    """The same picture in a mode that scales well: L, LA, RGB, RGBA or CMYK."""
    if image.mode.startswith("I"):
        # 16-bit grey. Pillow's own conversion clips at 255 instead of scaling.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("1", "L", "RGB") and "transparency" not in image.info:
        return image.convert("L") if image.mode == "1" else image
    if image.mode in ("LA", "RGBA", "CMYK"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def flattened(image: Image.Image) -> Image.Image:
    """Without transparency: on white, or on dark grey where white would swallow what is visible."""
    if image.mode not in ("LA", "RGBA"):
        return image
    picture = image.convert("RGBA")
    alpha = picture.getchannel("A")
    opaque = picture.convert("RGB")
    if alpha.getextrema() == (255, 255):
        return opaque
    weights = np.asarray(alpha, dtype=np.float64)
    brightness = float((np.asarray(opaque.convert("L")) * weights).sum() / max(1.0, weights.sum()))
    background = Image.new("RGB", picture.size, DARK if brightness > PALE else WHITE)
    background.paste(opaque, mask=alpha)
    return background


def as_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB as browsers assume it: through the embedded colour profile where there is a usable one."""
    transform = _transform(profile, image.mode) if profile else None
    if transform is None:
        return image.convert("RGB")
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None  # None only comes from in-place use
    return converted


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From `profile` to sRGB; None when it is sRGB already, broken, or meant for other channels."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def webp(image: Image.Image) -> bytes:
    """`image` as WebP with nothing but pixels in it: no EXIF, no profile, no comment.

    Method 0 encodes twice as fast as the default for 8 % more bytes.
    """
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=80, method=0, exif=b"", icc_profile=b"", xmp=b"")
    return buffer.getvalue()


def dominant_color(tiny: Image.Image) -> str:
    """`#rrggbb`: the mean of the pixels in the fullest of 8 x 8 x 8 colour bins of a picture already small."""
    colors = np.asarray(tiny.convert("RGB")).reshape(-1, 3)
    steps = (colors >> 5).astype(np.intp)
    bins = steps[:, 0] * 64 + steps[:, 1] * 8 + steps[:, 2]
    fullest = colors[bins == np.bincount(bins).argmax()]
    red, green, blue = fullest.mean(axis=0).round().astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"
