"""Whether a video file is whole: its outermost boxes say how long it has to be."""

import os
from typing import IO

from search.media.formats import Format
from search.media.limits import truncated

# Outermost boxes of MP4 and QuickTime files. Anything else behind the last of these is somebody's appendix.
BOXES = {
    b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"free", b"skip", b"wide", b"uuid", b"udta", b"meta", b"sidx",
    b"ssix", b"emsg", b"prft", b"pdin", b"pnot",
}  # fmt: skip
# Ten minutes in fragments of a tenth of a second have 12,000; more is a trick to keep us busy.
MOST_BOXES = 50_000

EBML, SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"


def check_whole(file: IO[bytes], format: Format, size_bytes: int) -> None:
    """Raise BadMedia when `file` ends before its boxes do. Streams of unknown length pass: nobody can tell."""
    end = _end_of_matroska(file) if format.demuxer == "matroska" else _end_of_boxes(file, size_bytes)
    file.seek(0)
    if end > size_bytes:
        raise truncated(format.name)


def _end_of_boxes(file: IO[bytes], size_bytes: int) -> int:
    end = 0
    for _ in range(MOST_BOXES):
        file.seek(end)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        # 0: up to the end of the file.
        if header[4:8] not in BOXES or length < 8:
            return end
        end += length
        if end >= size_bytes:
            break
    return end


def _end_of_matroska(file: IO[bytes]) -> int:
    """Where the segment ends (RFC 8794, RFC 9559); 0 when it does not say."""
    file.seek(0)
    end = 0
    for wanted in (EBML, SEGMENT):
        file.seek(end, os.SEEK_SET)
        if file.read(4) != wanted:
            return 0
        first = file.read(1) or b"\0"
        width = 9 - first[0].bit_length()
        if width > 8:
            return 0
        rest = file.read(width - 1)
        length = int.from_bytes(bytes([first[0] & ((1 << (8 - width)) - 1)]) + rest, "big")
        if length == (1 << (7 * width)) - 1:
            return 0
        end += 4 + width + length
    return end
