"""An exact vector index in memory: every search looks at every vector, every change costs its own rows alone."""

from collections.abc import Callable, Collection, Iterator, Mapping

import faiss
import numpy as np
import numpy.typing as npt

from search.sidecar.allowed import Allowed, ids_of
from search.sidecar.locking import SharedLock
from search.sidecar.terms import Ids, Vector

# One 64-bit key names a vector: meme_id * 256 + frame.
FRAMES_PER_MEME = 256
NO_KEY = -1
# Asked for beyond k at first, so that a few clips with several frames near the top cost no second scan.
SPARE_CANDIDATES = 32
# Below this share of the index, gathering the allowed rows beats scanning all of them.
GATHER_SHARE = 0.25
# Vectors that there is room for from the start, as moving them would keep searches waiting: at 768 dims 100 MB, of which the
# system gives only what is written to. Larger libraries are searched by codes.
LEAST_ROOM = 32_768

Frames = Mapping[int, Vector]  # frame number -> (dims,) float32
Candidates = Callable[[int], tuple[Ids, Vector]]  # how many -> keys and scores, unsorted


class ExactIndex:
    """Vectors of memes, several for a clip; any number of threads may search while one changes it.

    Rows lie without gaps in one matrix, scanned by FAISS; a removed row is filled with the last one, so that a removal
    does not move the rest of the matrix as `IndexFlat.remove_ids` does. Scores are inner products.
    """

    def __init__(self, dims: int, *, capacity: int = LEAST_ROOM) -> None:
        self.dims = dims
        self._lock = SharedLock()
        self._keys = np.empty(capacity, np.int64)
        self._vectors = np.empty((capacity, dims), np.float32)
        self._count = 0
        self._rows: dict[int, list[int]] = {}  # meme id -> its rows
        self._watches: list[set[int]] = []  # each of the memes whose rows were written since its `watch_moves`
        self.version = 0  # grows with every change

    def __len__(self) -> int:
        return self._count

    @property
    def meme_count(self) -> int:
        return len(self._rows)

    def keys(self) -> Ids:
        """A sorted copy of the keys of all vectors, (n,) int64."""
        with self._lock.shared():
            return np.sort(self._keys[: self._count])

    def extend(self, keys: Ids, vectors: npt.NDArray[np.floating]) -> None:
        """Add many vectors at once; none of the keys may be there yet. keys (n,), vectors (n, dims)."""
        with self._lock.alone():
            start, stop = self._count, self._count + len(keys)
            self._reserve(stop)
            self._keys[start:stop] = keys
            self._vectors[start:stop] = vectors
            for row, meme_id in enumerate((keys // FRAMES_PER_MEME).tolist(), start):
                self._rows.setdefault(meme_id, []).append(row)
            self._count = stop
            self.version += 1

    def apply(self, changes: Mapping[int, Frames]) -> None:
        """Give each meme exactly these frames; one without frames is removed. Safe to repeat."""
        with self._lock.alone():
            for meme_id, frames in changes.items():
                self._drop(meme_id)
                for frame, vector in frames.items():
                    self._append(meme_id, frame, vector)
            self.version += 1

    def replace(self, meme_id: int, frames: Frames) -> None:
        self.apply({meme_id: frames})

    def remove(self, meme_id: int) -> None:
        """Forget a meme; one that is not there is no error."""
        self.apply({meme_id: {}})

    def vectors_of(self, meme_id: int) -> Vector:
        """The frames of a meme, (frames, dims); no rows when it is unknown."""
        with self._lock.shared():
            return self._vectors[self._rows.get(meme_id, [])]

    def frames_of(self, meme_id: int) -> dict[int, Vector]:
        with self._lock.shared():
            return {
                int(self._keys[row]) % FRAMES_PER_MEME: self._vectors[row].copy() for row in self._rows.get(meme_id, [])
            }

    def search(
        self, vector: Vector, k: int, *, allowed: Allowed | None = None, exclude: Collection[int] = ()
    ) -> tuple[Ids, Vector]:
        """The `k` best memes, each once with the score of its best frame: ids (m,) int64, scores (m,) float32.

        m < k only when no more memes are there (or allowed). Best first, equal scores by id. `allowed` are meme ids;
        unknown ones are ignored.
        """
        query = np.ascontiguousarray(vector, np.float32)
        excluded = np.fromiter(exclude, np.int64)
        with self._lock.shared():
            if allowed is None:
                return best_memes(lambda want: self._scan(query, want), self._count, k, excluded)
            keys, scores = self._score_allowed(query, ids_of(allowed))
        return best_memes(lambda want: highest(keys, scores, want), len(keys), k, excluded)

    def _scan(self, query: Vector, want: int) -> tuple[Ids, Vector]:
        scores, rows = faiss.knn(query[None], self._vectors[: self._count], want, metric=faiss.METRIC_INNER_PRODUCT)
        return self._keys[rows[0]], scores[0]

    def _score_allowed(self, query: Vector, allowed: Ids) -> tuple[Ids, Vector]:
        if len(allowed) <= GATHER_SHARE * len(self._rows):
            rows = np.array([row for meme_id in allowed.tolist() for row in self._rows.get(meme_id, ())], np.int64)
            return self._keys[rows], self._vectors[rows] @ query
        is_allowed = np.isin(self._keys[: self._count] // FRAMES_PER_MEME, allowed)
        scores = self._vectors[: self._count] @ query
        return self._keys[: self._count][is_allowed], scores[is_allowed]

    def watch_moves(self) -> set[int]:
        """Remember from now on which memes' rows are written, for a reader that walks the rows while they change."""
        watch: set[int] = set()
        with self._lock.alone():
            self._watches.append(watch)
        return watch

    def end_watch(self, watch: set[int]) -> list[int]:
        """The memes whose rows were written since that `watch_moves`, sorted; what was read of them may be torn."""
        with self._lock.alone():
            self._watches = [other for other in self._watches if other is not watch]
        return sorted(watch)

    def blocks(self, block_rows: int) -> Iterator[tuple[Ids, npt.NDArray[np.float16]]]:
        """Everything, block by block; what changes meanwhile has to be watched."""
        start = 0
        while start < len(self):
            yield self.rows(start, start + block_rows)
            start += block_rows

    def rows(self, start: int, stop: int) -> tuple[Ids, npt.NDArray[np.float16]]:
        """A copy of some rows: keys and vectors, fewer than asked for at the end. The vectors come from halfvec: lossless."""
        with self._lock.shared():
            stop = min(stop, self._count)
            return self._keys[start:stop].copy(), self._vectors[start:stop].astype(np.float16)

    def _append(self, meme_id: int, frame: int, vector: Vector) -> None:
        self._reserve(self._count + 1)
        self._keys[self._count] = meme_id * FRAMES_PER_MEME + frame
        self._vectors[self._count] = vector
        self._rows.setdefault(meme_id, []).append(self._count)
        self._count += 1
        self._note_move(meme_id)

    def _drop(self, meme_id: int) -> None:
        for row in sorted(
            self._rows.pop(meme_id, []), reverse=True
        ):  # from the end: the last row is never one of its own
            last = self._count - 1
            if row != last:
                self._keys[row], self._vectors[row] = self._keys[last], self._vectors[last]
                mover = int(self._keys[last]) // FRAMES_PER_MEME
                self._rows[mover] = [row if other == last else other for other in self._rows[mover]]
                self._note_move(mover)
            self._count = last
        self._note_move(meme_id)

    def _note_move(self, meme_id: int) -> None:
        for watch in self._watches:
            watch.add(meme_id)

    def _reserve(self, count: int) -> None:
        if count <= len(self._keys):
            return
        capacity = max(count, len(self._keys) * 5 // 4)
        keys, vectors = np.empty(capacity, np.int64), np.empty((capacity, self.dims), np.float32)
        keys[: self._count], vectors[: self._count] = self._keys[: self._count], self._vectors[: self._count]
        self._keys, self._vectors = keys, vectors


def room_for(count: int) -> int:
    """The capacity of an index that `count` vectors come into at once, and others later."""
    return max(2 * count, LEAST_ROOM)


def best_memes(candidates: Candidates, total: int, k: int, excluded: Ids) -> tuple[Ids, Vector]:
    """Widen the scan until `k` memes are found or nothing is left: frames and excluded memes never shorten a page."""
    want = k + len(excluded) + SPARE_CANDIDATES
    while True:
        keys, scores = candidates(min(want, total)) if total else (np.empty(0, np.int64), np.empty(0, np.float32))
        memes, scores = _unique_memes(keys // FRAMES_PER_MEME, scores, excluded)
        if len(memes) >= k or want >= total:
            return memes[:k], scores[:k]
        want *= 4


def _unique_memes(memes: Ids, scores: Vector, excluded: Ids) -> tuple[Ids, Vector]:
    if len(excluded):
        is_wanted = ~np.isin(memes, excluded)
        memes, scores = memes[is_wanted], scores[is_wanted]
    order = np.lexsort((memes, -scores))
    memes, scores = memes[order], scores[order]
    if len(set(memes.tolist())) == len(memes):
        return memes, scores
    _, first = np.unique(memes, return_index=True)
    first.sort()
    return memes[first], scores[first]


def highest(keys: Ids, scores: Vector, want: int) -> tuple[Ids, Vector]:
    if want >= len(scores):
        return keys, scores
    top = np.argpartition(scores, len(scores) - want)[-want:]
    return keys[top], scores[top]
