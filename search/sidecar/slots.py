"""Whose vector lies in each slot, and which slots are empty."""

import numpy as np
import numpy.typing as npt

from search.sidecar.index import FRAMES_PER_MEME, NO_KEY
from search.sidecar.places import NO_MEME, Places
from search.sidecar.rows import CROWDED_SHARE
from search.sidecar.terms import Ids

# Room for an eighth more at a time: moving a million keys takes 5 ms.
SMALLEST_GROWTH = 1024


class Slots:
    """Slots 0, 1, 2, ... are filled once, in order, and may be emptied. One thread changes them, while no other reads."""

    def __init__(self, keys: Ids) -> None:
        """keys (n,): NO_KEY where a slot is empty."""
        self.count = len(keys)
        self._keys = _with_room(keys, self.count)
        self._memes = _with_room(keys // FRAMES_PER_MEME, self.count)  # NO_KEY becomes NO_MEME
        self.live = int(np.count_nonzero(keys != NO_KEY))
        self.live_bits: npt.NDArray[np.uint8] | None = None  # None until a slot is emptied; may be longer
        self._places: Places | None = None
        if self.live < self.count:
            self.live_bits = np.packbits(keys != NO_KEY, bitorder="little")

    @property
    def keys(self) -> Ids:
        return self._keys[: self.count]

    @property
    def memes(self) -> Ids:
        """(count,), NO_MEME where a slot is empty."""
        return self._memes[: self.count]

    @property
    def places(self) -> Places:
        if self._places is None:  # two readers may make it at once: they make the same
            self._places = Places(self.memes)
        return self._places

    @places.setter
    def places(self, places: Places) -> None:
        self._places = places

    def extend(self, keys: Ids) -> None:
        """Many new memes at once: where each lies is found out when it is asked for."""
        self.append(keys)
        self._places = None

    def append(self, keys: Ids) -> None:
        """The caller tells `places` of them."""
        start, stop = self.count, self.count + len(keys)
        if stop > len(self._keys):
            self._keys, self._memes = _with_room(self.keys, stop), _with_room(self.memes, stop)
        self._keys[start:stop], self._memes[start:stop] = keys, keys // FRAMES_PER_MEME
        self.count = stop
        self.live += len(keys)
        if self.live_bits is not None:
            self.live_bits = _with_bits(self.live_bits, start, stop)

    @property
    def is_crowded(self) -> bool:
        return len(self._keys) - self.count < SMALLEST_GROWTH // 2 + self.count // CROWDED_SHARE

    def roomier(self) -> tuple[Ids, Ids]:
        """Arrays with room for more, for `move_to`."""
        return _with_room(self.keys, self.count), _with_room(self.memes, self.count)

    def move_to(self, roomier: tuple[Ids, Ids]) -> None:
        """What has changed since they were made is copied once more: that costs little, now that their pages are there."""
        if len(roomier[0]) > len(self._keys):
            for new, old in zip(roomier, (self.keys, self.memes), strict=True):
                new[: self.count] = old
            self._keys, self._memes = roomier

    def empty(self, slots: list[int]) -> None:
        if slots and self.live_bits is None:
            self.live_bits = np.packbits(np.ones(self.count, np.bool_), bitorder="little")
        for slot in slots:
            assert self.live_bits is not None
            self._keys[slot], self._memes[slot] = NO_KEY, NO_MEME
            self.live_bits[slot >> 3] &= ~(1 << (slot & 7)) & 0xFF
        self.live -= len(slots)


def _with_room(values: Ids, count: int) -> Ids:
    roomy = np.empty(count + max(count // 8, SMALLEST_GROWTH), np.int64)
    roomy[: len(values)] = values
    return roomy


def _with_bits(bits: npt.NDArray[np.uint8], start: int, stop: int) -> npt.NDArray[np.uint8]:
    """With the bits from `start` to `stop` set, in a new array if they do not fit."""
    if stop > len(bits) * 8:
        bits = np.concatenate([bits, np.zeros(max((stop + 7) // 8 - len(bits), len(bits) // 8), np.uint8)])
    for slot in range(start, stop):
        bits[slot >> 3] |= 1 << (slot & 7)
    return bits
