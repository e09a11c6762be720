"""Which kind of media some bytes are, told by the bytes alone, never by a name."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from search.media.limits import BadMedia

HEAD_BYTES = 64  # enough for every signature below; the doctype of a WebM stands before byte 48


class Kind(StrEnum):
    IMAGE = "image"
    ANIMATION = "animation"
    VIDEO = "video"


@dataclass(frozen=True)
class Format:
    name: str  # as people write it; Pillow's name is the same in capitals
    mime: str
    extension: str
    demuxer: str = ""  # FFmpeg's name; only videos have one
    # The decoder keeps more than one canvas.
    is_layered: bool = False


JPEG = Format("JPEG", "image/jpeg", ".jpg")
PNG = Format("PNG", "image/png", ".png")
BMP = Format("BMP", "image/bmp", ".bmp")
GIF = Format("GIF", "image/gif", ".gif", is_layered=True)
WEBP = Format("WebP", "image/webp", ".webp", is_layered=True)
AVIF = Format("AVIF", "image/avif", ".avif", is_layered=True)
MP4 = Format("MP4", "video/mp4", ".mp4", demuxer="mov", is_layered=True)
MOV = Format("MOV", "video/quicktime", ".mov", demuxer="mov", is_layered=True)
WEBM = Format("WebM", "video/webm", ".webm", demuxer="matroska", is_layered=True)
MATROSKA = Format("Matroska", "video/x-matroska", ".mkv", demuxer="matroska", is_layered=True)

FORMATS = {format.name: format for format in (JPEG, PNG, BMP, GIF, WEBP, AVIF, MP4, MOV, WEBM, MATROSKA)}

AVIF_BRANDS = {b"avif", b"avis"}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
BMP_HEADER_SIZES = {12, 16, 40, 52, 56, 64, 108, 124}

# What people send most often by mistake, so that the reason can name it.
STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file, perhaps an SVG drawing"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"II*\x00", "a TIFF"),
    (b"MM\x00*", "a TIFF"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"ID3", "a sound file"),
    (b"OggS", "an Ogg file"),
    (b"\x1aE\xdf\xa3", "a Matroska file of an unknown kind"),
    (b"FLV", "a Flash video"),
)


def identify(head: bytes) -> Format:
    """The format of a file that begins with `head` (HEAD_BYTES of it). Raises BadMedia when none of ours."""
    if not head:
        raise BadMedia("empty", "The file is empty.")
    for recognise in RECOGNISERS:
        format = recognise(head)
        if format is not None:
            return format
    raise BadMedia("not-media", f"This is {_stranger(head)}, not a picture or clip that can be read here.")


def _by_signature(head: bytes) -> Format | None:
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    return None


def _bitmap(head: bytes) -> Format | None:
    # "BM" alone would also match text.
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in BMP_HEADER_SIZES:
        return BMP
    return None


def _matroska(head: bytes) -> Format | None:
    if not head.startswith(b"\x1aE\xdf\xa3"):
        return None
    if b"webm" in head:
        return WEBM
    return MATROSKA if b"matroska" in head else None


def _iso_media(head: bytes) -> Format | None:
    if head[4:8] != b"ftyp":
        # QuickTime files from before 2001 have no brands.
        is_old_movie = head[4:8] in (b"moov", b"wide", b"free", b"skip") and head[0] == 0
        return MOV if is_old_movie or head[4:8] == b"mdat" else None
    brands = _brands(head)
    if AVIF_BRANDS & set(brands):
        return AVIF
    if HEIF_BRANDS & set(brands):
        raise BadMedia("not-media", "This is a HEIC photo, which cannot be read here: save it as JPEG or AVIF.")
    return MOV if brands[0] == b"qt  " else MP4


def _brands(head: bytes) -> list[bytes]:
    """Major brand, then the compatible ones (between them stands a version number)."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return [head[8:12], *(head[start : start + 4] for start in range(16, end - 3, 4))]


def _stranger(head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for signature, name in STRANGERS:
        if head.startswith(signature) or start.startswith(signature.lower()):
            return name
    is_text = all(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
    return "text" if is_text else "something unknown"


RECOGNISERS: tuple[Callable[[bytes], Format | None], ...] = (_by_signature, _bitmap, _matroska, _iso_media)
