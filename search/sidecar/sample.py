"""A fixed sample of the vectors in an index, kept while they come and go."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from search.sidecar.background import PRIME, SAMPLE, hash_key, hash_keys, measure
from search.sidecar.index import FRAMES_PER_MEME, Frames
from search.sidecar.terms import Background, Ids, Vector

# Kept beyond the sample, so that removals seldom make it necessary to look at all keys again.
RESERVE = 1280


class Held(Protocol):
    """What the sample is taken from."""

    def keys(self) -> Ids: ...
    def frames_of(self, meme_id: int) -> dict[int, Vector]: ...


class Sample:
    """The SAMPLE vectors whose keys have the smallest hashes: which ones depends on what is there, not on its history.

    One thread changes it; any number of others may read it meanwhile.
    """

    def __init__(self, index: Held) -> None:
        self._kept: dict[int, dict[int, Vector]] = {}  # by meme: all vectors whose keys hash to at most the bound
        self._bound = PRIME
        self._vectors: Vector | None = None  # (at most SAMPLE, dims)
        self._read(index)

    def follow(self, index: Held, changes: Mapping[int, Frames]) -> None:
        """`index` has just been given these changes."""
        is_touched = False
        for meme_id, frames in changes.items():
            is_touched |= self._kept.pop(meme_id, None) is not None
            for frame, vector in frames.items():
                if hash_key(_key(meme_id, frame)) <= self._bound:
                    self._kept.setdefault(meme_id, {})[frame] = vector
                    is_touched = True
        if is_touched:
            self._choose(index)

    def keys(self) -> Ids:
        """Of everything kept, by their hashes; the first SAMPLE of them are the sample."""
        keys = np.array([_key(meme, frame) for meme, frames in self._kept.items() for frame in frames], np.int64)
        sorted_keys: Ids = keys[np.argsort(hash_keys(keys))]
        return sorted_keys

    def background(self, query: Vector, total: int) -> Background:
        """query (dims,). `total` memes are in the index."""
        vectors = self._vectors
        return measure(np.empty(0) if vectors is None else vectors @ query, total)

    def _choose(self, index: Held) -> None:
        keys = self.keys()
        if len(keys) < SAMPLE and self._bound < PRIME:
            self._read(index)
            return
        if len(keys) > 2 * RESERVE:
            keys = keys[:RESERVE]
            self._lower_bound(int(hash_keys(keys[-1:])[0]))
        chosen = [self._kept[key // FRAMES_PER_MEME][key % FRAMES_PER_MEME] for key in keys[:SAMPLE].tolist()]
        self._vectors = np.stack(chosen).astype(np.float32) if chosen else None

    def _read(self, index: Held) -> None:
        """Begin again with what the index holds."""
        keys = index.keys()
        hashes = hash_keys(keys)
        self._bound = PRIME if len(keys) <= RESERVE else int(np.partition(hashes, RESERVE - 1)[RESERVE - 1])
        self._kept = {}
        for key in keys[hashes <= self._bound].tolist():
            meme_id, frame = divmod(key, FRAMES_PER_MEME)
            self._kept.setdefault(meme_id, {})[frame] = index.frames_of(meme_id)[frame]
        self._choose(index)

    def _lower_bound(self, bound: int) -> None:
        self._bound = bound
        for meme_id, frames in list(self._kept.items()):
            left = {frame: vector for frame, vector in frames.items() if hash_key(_key(meme_id, frame)) <= bound}
            if left:
                self._kept[meme_id] = left
            else:
                del self._kept[meme_id]


def _key(meme_id: int, frame: int) -> int:
    return meme_id * FRAMES_PER_MEME + frame
