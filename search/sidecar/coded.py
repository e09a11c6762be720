"""An index for large libraries: four-bit codes are scanned, the best by their codes are compared by 16-bit vectors."""

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from search.sidecar import codes as coding
from search.sidecar.allowed import Allowed, IdRange, ids_of, mask_of
from search.sidecar.codes import SHALLOW, Codes, Effort
from search.sidecar.halves import products_of_all, products_of_rows
from search.sidecar.index import FRAMES_PER_MEME, NO_KEY, SPARE_CANDIDATES, Frames, best_memes, highest
from search.sidecar.locking import SharedLock
from search.sidecar.places import NO_MEME, Places
from search.sidecar.rows import RowFile
from search.sidecar.terms import Ids, Vector

# A filter reaches deeper into the scores, where neighbours lie closer together, and into more lists.
EFFORT_AMONG_ALLOWED = 1.5
# Comparing one allowed vector, anywhere in memory, costs as much as scanning the codes of this many; and a scan has
# candidates to compare as well.
CODES_PER_VECTOR = 300
FEWEST_TO_SCAN = 1500
# The queries asked last, kept to measure the recall for the questions that people really ask.
KEPT_QUERIES = 32


class CodedIndex:
    """Vectors in slots that are written once: a change takes new slots at the end and empties the old ones.

    Any number of threads may search while one changes it. Scores are inner products, exact to float32. Without codes
    (before the first training) every search compares all vectors.
    """

    def __init__(self, rows: RowFile, keys: Ids | None = None, codes: Codes | None = None) -> None:
        """Take over `rows`, whose keys are `keys` (NO_KEY for an empty slot); `codes` may lack the last of them."""
        self.dims = rows.rows.shape[1]
        self.version = 0
        self.codes = codes
        self._lock = SharedLock()
        self._row_file = rows
        self._keys = np.empty(0, np.int64) if keys is None else keys
        self._memes = self._keys // FRAMES_PER_MEME  # NO_KEY becomes NO_MEME
        self._live = int(np.count_nonzero(self._keys != NO_KEY))
        self._live_bits: npt.NDArray[np.uint8] | None = None  # of the slots; None until one is emptied
        self._places: Places | None = None
        self._watches: list[set[int]] = []
        self.queries: list[Vector] = []
        if self._live < rows.count:
            self._live_bits = np.packbits(self._keys != NO_KEY, bitorder="little")
        if codes is not None:
            coding.encode(codes, rows.rows, lambda _: None)

    def __len__(self) -> int:
        return self._live

    @property
    def slots(self) -> int:
        return self._row_file.count

    @property
    def empty_share(self) -> float:
        return 1 - self._live / self.slots if self.slots else 0.0

    @property
    def meme_count(self) -> int:
        with self._lock.shared():
            return self._directory().meme_count

    @property
    def row_file(self) -> RowFile:
        return self._row_file

    def keys(self) -> Ids:
        """A sorted copy of the keys of all vectors, (n,) int64."""
        with self._lock.shared():
            keys = self._keys[: self.slots]
            return np.sort(keys[keys != NO_KEY])

    def live_slots(self) -> Ids:
        with self._lock.shared():
            return np.flatnonzero(self._keys[: self.slots] != NO_KEY)

    def candidates(self, query: Vector, want: int, share: float) -> Ids:
        """The slots of the `want` vectors that look best by their codes, best first; none without codes.

        share: of the lists that are scanned.
        """
        with self._lock.shared():
            codes = self.codes
            return np.empty(0, np.int64) if codes is None else codes.candidates(query, want, self._live_bits, share)

    def frozen(self) -> tuple[Ids, Codes | None, npt.NDArray[np.uint8]]:
        """Keys by slot (NO_KEY where it is empty), what was learned, and the codes as bytes: all of one moment."""
        with self._lock.shared():
            keys, codes = self._keys[: self.slots].copy(), self.codes
            return keys, codes, np.empty(0, np.uint8) if codes is None else codes.to_bytes()

    def reserve(self, count: int) -> None:
        self._row_file.reserve(count)

    def extend(self, keys: Ids, vectors: npt.NDArray[np.floating]) -> None:
        """Add many vectors at once; none of the keys may be there yet. keys (n,), vectors (n, dims)."""
        with self._lock.alone():
            self._append(keys, vectors)
            self._places = None
            self.version += 1

    def apply(self, changes: Mapping[int, Frames]) -> None:
        """Give each meme exactly these frames; one without frames is removed. Safe to repeat."""
        numbers = [meme_id * FRAMES_PER_MEME + frame for meme_id, frames in changes.items() for frame in sorted(frames)]
        vectors = [frames[frame] for frames in changes.values() for frame in sorted(frames)]
        with self._lock.alone():
            places, slot = self._directory(), self.slots
            if vectors:
                self._append(np.array(numbers, np.int64), np.stack(vectors))
            for meme_id, frames in changes.items():
                self._empty(places.of(meme_id))
                places.put(meme_id, list(range(slot, slot + len(frames))))
                slot += len(frames)
                for watch in self._watches:
                    watch.add(meme_id)
            self.version += 1

    def replace(self, meme_id: int, frames: Frames) -> None:
        self.apply({meme_id: frames})

    def remove(self, meme_id: int) -> None:
        """Forget a meme; one that is not there is no error."""
        self.apply({meme_id: {}})

    def vectors_of(self, meme_id: int) -> Vector:
        """The frames of a meme, (frames, dims); no rows when it is unknown."""
        return np.array([*self.frames_of(meme_id).values()], np.float32).reshape(-1, self.dims)

    def frames_of(self, meme_id: int) -> dict[int, Vector]:
        with self._lock.shared():
            slots = self._directory().of(meme_id)
            rows = self._row_file.rows
            return {int(self._keys[slot]) % FRAMES_PER_MEME: rows[slot].astype(np.float32) for slot in slots}

    def watch_moves(self) -> set[int]:
        """Note in the returned set, from now on, every meme that changes; ends with `end_watch`."""
        watch: set[int] = set()
        with self._lock.alone():
            self._watches.append(watch)
        return watch

    def end_watch(self, watch: set[int]) -> list[int]:
        with self._lock.alone():
            self._watches = [other for other in self._watches if other is not watch]
        return sorted(watch)

    def rows(self, start: int, stop: int) -> tuple[Ids, npt.NDArray[np.float16]]:
        """A copy of what the slots from `start` to `stop` hold: keys and vectors; empty slots are left out."""
        with self._lock.shared():
            stop = min(stop, self.slots)
            live = np.flatnonzero(self._keys[start:stop] != NO_KEY) + start
            return self._keys[live], self._row_file.rows.take(live, axis=0)

    def blocks(self, block_rows: int) -> Iterator[tuple[Ids, npt.NDArray[np.float16]]]:
        """Everything, block by block; what changes meanwhile has to be watched."""
        for start in range(0, self.slots, block_rows):
            yield self.rows(start, start + block_rows)

    def install(self, codes: Codes) -> None:
        """Search by these codes from now on; rows that they lack are encoded while searches wait."""
        with self._lock.alone():
            coding.encode(codes, self._row_file.rows, lambda _: None)
            self.codes = codes
            self.version += 1

    def search(
        self, vector: Vector, k: int, *, allowed: Allowed | None = None, exclude: Collection[int] = ()
    ) -> tuple[Ids, Vector]:
        """As `ExactIndex.search`; of the best memes a few may be missed, never one when few are allowed."""
        query = np.ascontiguousarray(vector, np.float32)
        excluded = np.fromiter(exclude, np.int64)
        with self._lock.shared():
            if allowed is not None:
                return self._search_allowed(query, k, allowed, excluded)
            self.queries = [*self.queries[1 - KEPT_QUERIES :], query]
            effort = Effort() if self.codes is None else self.codes.effort
            return best_memes(lambda want: self._scan(query, want, effort, self._live_bits), self._live, k, excluded)

    def _search_allowed(self, query: Vector, k: int, allowed: Allowed, excluded: Ids) -> tuple[Ids, Vector]:
        slots, mask = self._allowed_slots(allowed)
        if slots is not None:
            keys, scores = self._keys[slots], products_of_rows(self._row_file.rows, slots, query)
            return best_memes(lambda want: highest(keys, scores, want), len(slots), k, excluded)
        bits = np.packbits(mask, bitorder="little")
        effort = Effort() if self.codes is None else self.codes.effort.times(EFFORT_AMONG_ALLOWED)
        total = int(np.count_nonzero(mask))
        return best_memes(lambda want: self._scan(query, want, effort, bits), total, k, excluded)

    def _allowed_slots(self, allowed: Allowed) -> tuple[Ids | None, npt.NDArray[np.bool_]]:
        """The slots themselves if they are few enough to compare them all, else a mask of all slots."""
        few = self.slots if self.codes is None else self.slots // CODES_PER_VECTOR + FEWEST_TO_SCAN
        nothing = np.empty(0, np.bool_)
        if not isinstance(allowed, IdRange) or len(allowed) <= few:
            ids = ids_of(allowed)
            if len(ids) <= few:
                return self._directory().of_all(ids), nothing
        memes = self._memes[: self.slots]
        mask = mask_of(allowed, memes)
        if self._live < self.slots:
            mask &= memes != NO_MEME  # whoever sends it as an id
        if int(np.count_nonzero(mask)) <= few:
            return np.flatnonzero(mask), nothing
        return None, mask

    def _scan(
        self, query: Vector, want: int, effort: Effort, selected: npt.NDArray[np.uint8] | None
    ) -> tuple[Ids, Vector]:
        # A short page needs as many candidates as one of usual length: the codes tell its few results apart no better.
        candidates = SPARE_CANDIDATES + effort.candidates(max(want - SPARE_CANDIDATES, SHALLOW))
        rows = self._row_file.rows
        if self.codes is None or candidates >= len(rows) // 2:
            slots = self._all_selected(selected)
        else:
            slots = np.sort(self.codes.candidates(query, candidates, selected, effort.share))
        scores = products_of_all(rows, query) if len(slots) == len(rows) else products_of_rows(rows, slots, query)
        return highest(self._keys[slots], scores, want)

    def _all_selected(self, selected: npt.NDArray[np.uint8] | None) -> Ids:
        if selected is None:
            return np.arange(self.slots)
        return np.flatnonzero(np.unpackbits(selected, count=self.slots, bitorder="little"))

    def _directory(self) -> Places:
        places = self._places
        if places is None:  # two readers may make it at once: they make the same
            places = self._places = Places(self._memes[: self.slots])
        return places

    def _append(self, keys: Ids, vectors: npt.NDArray[np.floating]) -> None:
        start, stop = self.slots, self.slots + len(keys)
        if stop > len(self._keys):
            capacity = max(stop, len(self._keys) * 9 // 8)
            self._keys, self._memes = _grown(self._keys, capacity), _grown(self._memes, capacity)
        self._keys[start:stop], self._memes[start:stop] = keys, keys // FRAMES_PER_MEME
        self._row_file.append(vectors)
        self._live += len(keys)
        if self.codes is not None:
            coding.encode(self.codes, self._row_file.rows, lambda _: None)
        if self._live_bits is not None:
            self._live_bits = _with_bits(self._live_bits, start, stop)

    def _empty(self, slots: list[int]) -> None:
        if not slots:
            return
        if self._live_bits is None:
            self._live_bits = np.packbits(np.ones(self.slots, np.bool_), bitorder="little")
        for slot in slots:
            self._keys[slot], self._memes[slot] = NO_KEY, NO_MEME
            self._live_bits[slot >> 3] &= ~(1 << (slot & 7)) & 0xFF
        self._live -= len(slots)


def _grown(array: Ids, capacity: int) -> Ids:
    grown = np.full(capacity, NO_KEY, np.int64)
    grown[: len(array)] = array
    return grown


def _with_bits(bits: npt.NDArray[np.uint8], start: int, stop: int) -> npt.NDArray[np.uint8]:
    """With the bits from `start` to `stop` set, in a new array if they do not fit."""
    if stop > len(bits) * 8:
        bits = np.concatenate([bits, np.zeros(max((stop + 7) // 8 - len(bits), len(bits) // 8), np.uint8)])
    for slot in range(start, stop):
        bits[slot >> 3] |= 1 << (slot & 7)
    return bits
