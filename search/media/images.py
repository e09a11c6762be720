"""Pictures Pillow decodes: opened with their size checked first, and made small, upright and plain."""

import re
from io import BytesIO

from PIL import ExifTags, Image

from search.media import gifs
from search.media.formats import GIF, Format
from search.media.limits import BadMedia, Limits
from search.media.pixels import as_srgb, flattened, shrunk

# Limits take the place of Pillow's guard, which is one number for all formats and warns where it should refuse.
Image.MAX_IMAGE_PIXELS = None

Turn = Image.Transpose
# EXIF orientation -> what makes the picture upright.
TURNS = {
    2: Turn.FLIP_LEFT_RIGHT,
    3: Turn.ROTATE_180,
    4: Turn.FLIP_TOP_BOTTOM,
    5: Turn.TRANSPOSE,
    6: Turn.ROTATE_270,
    7: Turn.TRANSVERSE,
    8: Turn.ROTATE_90,
}

# A progressive JPEG may repeat passes over all its pixels for ten bytes each. Encoders write about ten.
SCANS = 16
# Inside compressed data FF is followed by 00, by a restart marker or by a filling FF: anything else is a real marker.
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def open_image(data: bytes, format: Format, limits: Limits) -> Image.Image:
    """The picture in `data` with its header read and its size checked; no pixel is decoded yet."""
    if format is GIF:
        gifs.check(data)  # before the decoder reads its way to the first frame
    image = Image.open(BytesIO(data), formats=[format.name.upper()])
    limits.check_picture(*image.size, is_layered=format.is_layered)
    if image.info.get("progressive"):
        _check_scans(data, image, limits)
    return image


def _check_scans(data: bytes, image: Image.Image, limits: Limits) -> None:
    scans = 0
    marker = MARKER.search(data, 2)
    while marker is not None and marker.group() != b"\xff\xd9":
        scans += marker.group() == b"\xff\xda"
        length = int.from_bytes(data[marker.end() : marker.end() + 2], "big")
        marker = MARKER.search(data, marker.end() + length)
    if scans * image.width * image.height > SCANS * limits.pixels:
        raise BadMedia(
            "too-many-pixels", f"This JPEG repeats its pixels {scans:,} times, as no camera or program does."
        )


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; damaged EXIF counts as none, because it says nothing about the pixels."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  # EXIF is rubbish more often than pictures are
        return 1
    return value if value in TURNS else 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height after orientation."""
    width, height = image.size
    return (height, width) if orientation(image) >= 5 else (width, height)


def prepared(image: Image.Image, longest_px: int) -> Image.Image:
    """Decode an opened `image`: upright sRGB without alpha, at most `longest_px` long, never enlarged."""
    turn = TURNS.get(orientation(image))
    profile = image.info.get("icc_profile")
    # The JPEG decoder scales by 1/2, 1/4 or 1/8 for nothing; other formats ignore this.
    scale = longest_px / max(image.size)
    image.draft(None, (max(1, int(image.width * scale)), max(1, int(image.height * scale))))
    image.load()
    small = as_srgb(flattened(shrunk(image, longest_px)), profile)
    return small.transpose(turn) if turn is not None else small
