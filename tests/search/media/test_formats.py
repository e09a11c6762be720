from io import BytesIO

import pytest

from search.media import BadMedia, Kind, probe
from search.media.formats import (
    AVIF,
    BMP,
    FORMATS,
    GIF,
    HEAD_BYTES,
    JPEG,
    MATROSKA,
    MOV,
    MP4,
    PNG,
    WEBM,
    WEBP,
    identify,
)
from tests.search.media.making import clip, saved, scene


@pytest.mark.parametrize("format", [JPEG, PNG, GIF, WEBP, AVIF, BMP], ids=lambda format: format.name)
def test_pictures_are_told_by_their_content(format):
    assert identify(saved(scene(), format.name.upper())[:HEAD_BYTES]) is format


@pytest.mark.parametrize(
    ("container", "format"),
    [("mp4", MP4), ("webm", WEBM), ("mov", MOV), ("matroska", MATROSKA)],
    ids=lambda one: str(one),
)
def test_videos_are_told_by_their_content(container, format):
    assert identify(clip([scene()], container)[:HEAD_BYTES]) is format


def test_names_mimes_and_extensions_are_each_used_once():
    for field in ("name", "mime", "extension"):
        assert len({getattr(format, field) for format in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"\n <!DOCTYPE html><html>", "a web page"),
        (b'<svg xmlns="http://www.w3.org/2000/svg">', "an SVG"),
        (b"II*\x00\x08\x00\x00\x00", "a TIFF"),
        (b"PK\x03\x04\x14\x00", "a ZIP"),
        (b"just some words somebody wrote", "text"),
        (b"BM is not only how bitmaps begin", "text"),
        (b"The wide world", "text"),
        (b"\x00\x01\x02\x03 nothing", "something unknown"),
    ],
)
def test_what_is_no_media_is_refused_by_its_right_name(head, named):
    with pytest.raises(BadMedia, match=named) as refusal:
        identify(head)
    assert refusal.value.code == "not-media"


def test_a_heic_photo_is_refused_with_advice():
    with pytest.raises(BadMedia, match="save it as JPEG"):
        identify(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")


def test_an_avif_that_also_claims_heif_brands_is_an_avif():
    assert identify(b"\x00\x00\x00\x20ftypmif1\x00\x00\x00\x00mif1avifmiafMA1A") is AVIF


def test_a_picture_is_what_its_bytes_say_whatever_its_file_is_called(tmp_path):
    path = tmp_path / "holiday.mp4"
    path.write_bytes(saved(scene(), "PNG"))
    with path.open("rb") as file:
        found = probe(file)
    assert (found.format, found.kind, found.mime, found.extension) == ("PNG", Kind.IMAGE, "image/png", ".png")


def test_a_picture_that_is_a_web_page_as_well_is_a_picture():
    polyglot = saved(scene(), "GIF") + b"<script>alert(1)</script>"
    assert probe(BytesIO(polyglot)).mime == "image/gif"
