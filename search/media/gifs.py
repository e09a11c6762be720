"""Walking the blocks of a GIF (GIF89a specification, 1990), of which it may have too many to be read."""

from collections.abc import Iterator
from dataclasses import dataclass

from search.media.limits import BadMedia, truncated

EXTENSION, IMAGE, NOTHING = 0x21, 0x2C, 0x00
# Encoders fill blocks up to 255 bytes; a frame of one pixel has four in 30. Decoders spend a microsecond on each.
SPARE_BLOCKS, BYTES_OF_A_BLOCK = 100_000, 64


@dataclass(frozen=True)
class Frame:
    """What a frame's header says; `right`, `bottom`: how far it reaches, in pixels."""

    right: int
    bottom: int
    delay_ms: int


def check(data: bytes) -> None:
    """Raises BadMedia for a GIF whose first picture cannot be reached, or only by more blocks than any program makes."""
    if not any(True for _ in frames(data)):
        raise BadMedia("damaged", "There is no picture in this GIF.")


def frames(data: bytes) -> Iterator[Frame]:
    """Raises BadMedia."""
    blocks = _Blocks(data)
    delay_ms = 0
    # A file that ends between two blocks, without the trailer 3B, misses nothing.
    while blocks.position < len(data) and data[blocks.position] in (EXTENSION, IMAGE, NOTHING):
        start = blocks.position
        if data[start] == NOTHING:  # nobody writes that, and decoders pass over it
            blocks.skip(start)
        elif data[start] == EXTENSION:
            if data[start + 1 : start + 3] == b"\xf9\x04":
                delay_ms = 10 * int.from_bytes(data[start + 4 : start + 6], "little")
            blocks.skip(start + 2)
        else:
            header = data[start : start + 10]
            if len(header) < 10:
                raise truncated("GIF")
            left, top, width, height = (int.from_bytes(header[at : at + 2], "little") for at in (1, 3, 5, 7))
            blocks.skip(start + 11 + _palette_bytes(header[9]))
            yield Frame(left + width, top + height, delay_ms)


class _Blocks:
    """A place in a file, and how many blocks it may still have."""

    def __init__(self, data: bytes) -> None:
        self._data, self._left = data, SPARE_BLOCKS + len(data) // BYTES_OF_A_BLOCK
        self.position = 13 + _palette_bytes(data[10])

    def skip(self, position: int) -> None:
        """To what follows the chain of sub-blocks at `position`."""
        data, end = self._data, len(self._data)
        while position < end:
            size = data[position]
            position += size + 1
            self._left -= 1
            if self._left < 0:
                raise BadMedia("damaged", "The GIF is cut into far more pieces than any program makes.")
            if size == 0:
                self.position = position
                return
        raise truncated("GIF")


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
