"""Unpack what is sent compressed, a small piece at a time, so that a bomb is noticed before it has gone off."""

import zlib
from collections.abc import Iterable, Iterator

from ingestion.fetch.errors import BadAnswer

PIECE_BYTES = 65_536
WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def unpacked(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Pieces of at most 64 KiB. `coding` is a Content-Encoding header. Raises BadAnswer."""
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        yield from chunks
        return
    if coding not in WINDOW_BITS:
        raise BadAnswer("The answer is packed in a way that was not asked for.")
    try:
        yield from _inflated(chunks, WINDOW_BITS[coding])
    except zlib.error as error:
        raise BadAnswer("The answer is packed, and damaged.") from error


def _inflated(chunks: Iterable[bytes], window_bits: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(window_bits)
    for chunk in chunks:
        rest = chunk
        while rest and not inflater.eof:  # what follows the end of the packed data is left out
            yield inflater.decompress(rest, PIECE_BYTES)
            rest = inflater.unconsumed_tail
    while not inflater.eof:
        piece = inflater.decompress(inflater.unconsumed_tail, PIECE_BYTES)
        if not piece:
            raise BadAnswer("The answer is packed, and cut off.")
        yield piece
