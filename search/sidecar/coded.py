"""An index for large libraries: four-bit codes are scanned, the best by their codes are compared by 16-bit vectors."""

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from search.sidecar import codes as coding
from search.sidecar.allowed import Allowed, IdRange, ids_of
from search.sidecar.codes import SHALLOW, Codes, Effort
from search.sidecar.halves import products_of_all, products_of_rows
from search.sidecar.index import FRAMES_PER_MEME, NO_KEY, SPARE_CANDIDATES, Frames, best_memes, highest
from search.sidecar.locking import SharedLock
from search.sidecar.places import NO_MEME, Places
from search.sidecar.rows import RowFile, touch
from search.sidecar.slots import Slots
from search.sidecar.terms import Ids, Vector

# A filter reaches deeper into the scores, where neighbours lie closer together, and into more lists.
EFFORT_AMONG_ALLOWED = 1.5
# Comparing one allowed vector, anywhere in memory, costs as much as scanning the codes of this many; and a scan has
# candidates to compare as well.
CODES_PER_VECTOR = 80
FEWEST_TO_SCAN = 1500
# A memo of so many changed memes is small and quickly searched; beyond, it is a share of all of them.
SMALLEST_CHANGE, LARGEST_CHANGE_SHARE = 20_000, 0.05
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
        self._slots = Slots(np.empty(0, np.int64) if keys is None else keys)
        self._watches: list[set[int]] = []
        self.queries: list[Vector] = []
        if codes is not None:
            coding.encode(codes, rows.rows, lambda _: None)
            codes.survey(codes.members(), rows.rows)

    def __len__(self) -> int:
        return self._slots.live

    @property
    def slots(self) -> int:
        return self._slots.count

    @property
    def empty_share(self) -> float:
        return 1 - len(self) / self.slots if self.slots else 0.0

    @property
    def meme_count(self) -> int:
        with self._lock.shared():
            return self._slots.places.meme_count

    @property
    def row_file(self) -> RowFile:
        return self._row_file

    def keys(self) -> Ids:
        """A sorted copy of the keys of all vectors, (n,) int64."""
        with self._lock.shared():
            keys = self._slots.keys
            return np.sort(keys[keys != NO_KEY])

    def live_slots(self) -> Ids:
        with self._lock.shared():
            return np.flatnonzero(self._slots.keys != NO_KEY)

    def candidates(self, query: Vector, want: int, results: int, missed: float) -> Ids:
        """The slots of the `want` vectors that look best by their codes, best first; none without codes.

        In lists that hold all but `missed` of the `results` best.
        """
        with self._lock.shared():
            codes, live = self.codes, self._slots.live_bits
            if codes is None:
                return np.empty(0, np.int64)
            return codes.candidates(query, want, results=results, missed=missed, selected=live)

    def frozen(self) -> tuple[Ids, Codes | None, npt.NDArray[np.uint8]]:
        """Keys by slot (NO_KEY where it is empty), what was learned, and the codes as bytes: all of one moment."""
        with self._lock.shared():
            keys, codes = self._slots.keys.copy(), self.codes
            return keys, codes, np.empty(0, np.uint8) if codes is None else codes.to_bytes()

    def reserve(self, count: int) -> None:
        self._row_file.reserve(count)

    def extend(self, keys: Ids, vectors: npt.NDArray[np.floating]) -> None:
        """Add many vectors at once; none of the keys may be there yet. keys (n,), vectors (n, dims)."""
        with self._lock.alone():
            self._store(vectors)
            self._slots.extend(keys)
            self.version += 1

    def apply(self, changes: Mapping[int, Frames]) -> None:
        """Give each meme exactly these frames; one without frames is removed. Safe to repeat."""
        numbers = [meme_id * FRAMES_PER_MEME + frame for meme_id, frames in changes.items() for frame in sorted(frames)]
        vectors = [frames[frame] for frames in changes.values() for frame in sorted(frames)]
        with self._lock.alone():
            places, slot = self._slots.places, self.slots
            if vectors:
                self._store(np.stack(vectors))
                self._slots.append(np.array(numbers, np.int64))
            for meme_id, frames in changes.items():
                self._slots.empty(places.of(meme_id))
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
            slots = self._slots.places.of(meme_id)
            rows = self._row_file.rows
            keys = self._slots.keys
            return {int(keys[slot]) % FRAMES_PER_MEME: rows[slot].astype(np.float32) for slot in slots}

    def survey(self) -> None:
        """Learn anew how many vectors lie in each list of the codes, and how wide."""
        with self._lock.shared():
            codes, rows = self.codes, self._row_file.rows
            members = [] if codes is None else codes.members()
        if codes is not None:
            codes.survey(members, rows)

    def note_measured(self) -> None:
        """The recall is known as of now: a snapshot is to tell so, too."""
        with self._lock.alone():
            if self.codes is not None:
                self.codes.measured_slots = self.slots
                self.version += 1

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

    @property
    def is_outgrown(self) -> bool:
        """Whether so many memes changed that the table of their places should be made anew."""
        places = self._slots.places
        return places.changed_count > SMALLEST_CHANGE + places.meme_count * LARGEST_CHANGE_SHARE

    def settle(self) -> None:
        """Make the table of places anew, beside searches and changes: at a million memes it takes half a second."""
        watch = self.watch_moves()
        try:
            with self._lock.shared():
                memes = self._slots.memes.copy()
            places = Places(memes)
            with self._lock.alone():
                for meme_id in watch:
                    places.put(meme_id, self._slots.places.of(meme_id))
                self._slots.places = places
        finally:
            self.end_watch(watch)

    @property
    def is_crowded(self) -> bool:
        return self._row_file.is_crowded or self._slots.is_crowded

    def make_room(self) -> None:
        """Room for an eighth more, beside searches: the change that needs it would take as long as dozens. Raises OSError."""
        with self._lock.alone():
            rows = self._row_file.roomier()
        touch(rows[: self.slots])
        slots = self._slots.roomier()
        with self._lock.alone():
            self._slots.move_to(slots)
            old = self._row_file.move_to(rows)
        del old  # here, because whoever lets go of a map waits until the system has cleared its tables

    def rows(self, start: int, stop: int) -> tuple[Ids, npt.NDArray[np.float16]]:
        """A copy of what the slots from `start` to `stop` hold: keys and vectors; empty slots are left out."""
        with self._lock.shared():
            stop = min(stop, self.slots)
            keys = self._slots.keys
            live = np.flatnonzero(keys[start:stop] != NO_KEY) + start
            return keys[live], self._row_file.rows.take(live, axis=0)

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
            effort, live = Effort() if self.codes is None else self.codes.effort, self._slots.live_bits
            return best_memes(lambda want: self._scan(query, want, effort, live), len(self), k, excluded)

    def _search_allowed(self, query: Vector, k: int, allowed: Allowed, excluded: Ids) -> tuple[Ids, Vector]:
        slots, mask = self._allowed_slots(allowed)
        if slots is not None:
            keys, scores = self._slots.keys[slots], products_of_rows(self._row_file.rows, slots, query)
            return best_memes(lambda want: highest(keys, scores, want), len(slots), k, excluded)
        bits = np.packbits(mask, bitorder="little")
        effort = Effort() if self.codes is None else self.codes.effort.times(EFFORT_AMONG_ALLOWED)
        total = int(np.count_nonzero(mask))
        return best_memes(lambda want: self._scan(query, want, effort, bits, allowed=mask), total, k, excluded)

    def _allowed_slots(self, allowed: Allowed) -> tuple[Ids | None, npt.NDArray[np.bool_]]:
        """The slots themselves if they are few enough to compare them all, else a mask of all slots."""
        few = self.slots if self.codes is None else self.slots // CODES_PER_VECTOR + FEWEST_TO_SCAN
        nothing = np.empty(0, np.bool_)
        if not isinstance(allowed, IdRange) or len(allowed) <= few:
            slots = self._slots.places.of_all(ids_of(allowed))
            if len(slots) <= few:
                return slots, nothing
            mask = np.zeros(self.slots, np.bool_)
            mask[slots] = True
            return None, mask
        memes = self._slots.memes
        mask = allowed.mask(memes)
        if len(self) < self.slots:
            mask &= memes != NO_MEME  # whoever sends it as an id
        if int(np.count_nonzero(mask)) <= few:
            return np.flatnonzero(mask), nothing
        return None, mask

    def _scan(
        self,
        query: Vector,
        want: int,
        effort: Effort,
        selected: npt.NDArray[np.uint8] | None,
        *,
        allowed: npt.NDArray[np.bool_] | None = None,
    ) -> tuple[Ids, Vector]:
        # A short page needs as many candidates as one of usual length: the codes tell its few results apart no better.
        results = max(want - SPARE_CANDIDATES, SHALLOW)
        candidates = SPARE_CANDIDATES + effort.candidates(results)
        rows = self._row_file.rows
        if self.codes is None or candidates >= len(rows) // 2:
            slots = self._all_selected(selected)
        else:
            slots = self.codes.candidates(
                query, candidates, results=results, missed=effort.missed, allowed=allowed, selected=selected
            )
        scores = products_of_all(rows, query) if len(slots) == len(rows) else products_of_rows(rows, slots, query)
        return highest(self._slots.keys[slots], scores, want)

    def _all_selected(self, selected: npt.NDArray[np.uint8] | None) -> Ids:
        if selected is None:
            return np.arange(self.slots)
        return np.flatnonzero(np.unpackbits(selected, count=self.slots, bitorder="little"))

    def _store(self, vectors: npt.NDArray[np.floating]) -> None:
        self._row_file.append(vectors)
        if self.codes is not None:
            coding.encode(self.codes, self._row_file.rows, lambda _: None)
