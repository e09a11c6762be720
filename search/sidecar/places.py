"""Which slots hold the vectors of a meme, in eight to twelve bytes for each vector."""

import numpy as np
import numpy.typing as npt

from search.sidecar.terms import Ids

NO_MEME = -1
# Up to so many ids for each vector a table over all ids is small, and a look-up in it twenty times as quick as a search.
IDS_PER_VECTOR = 4


class Places:
    """A sorted table of all slots as they were once, and the few memes that changed since in a dict."""

    def __init__(self, memes: Ids) -> None:
        """memes (slots,) int64: whose vector each slot holds, NO_MEME where none is."""
        live = np.flatnonzero(memes != NO_MEME)
        order = np.argsort(memes[live], kind="stable")
        self._slots = live[order].astype(_narrow(len(memes)))
        self._bounds = _bounds(memes[live][order])
        self._changed: dict[int, list[int]] = {}
        self.meme_count = self._bounds.meme_count

    @property
    def changed_count(self) -> int:
        return len(self._changed)

    def of(self, meme_id: int) -> list[int]:
        changed = self._changed.get(meme_id)
        if changed is not None:
            return changed
        (start,), (stop,) = self._bounds.of(np.array([meme_id]))
        slots: list[int] = self._slots[start:stop].tolist()
        return slots

    def of_all(self, meme_ids: Ids) -> Ids:
        """The slots of many memes, sorted (n,) int64; unknown memes have none. meme_ids: sorted, each once."""
        starts, stops = self._bounds.of(meme_ids)
        counts = stops - starts
        changed = [meme_id for meme_id in meme_ids.tolist() if meme_id in self._changed] if self._changed else []
        if changed:
            counts[np.isin(meme_ids, changed)] = 0
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        unchanged = self._slots[np.repeat(starts, counts) + offsets].astype(np.int64)
        moved = [slot for meme_id in changed for slot in self._changed[meme_id]]
        return np.sort(np.concatenate([unchanged, np.array(moved, np.int64)]))

    def put(self, meme_id: int, slots: list[int]) -> None:
        """From now on these, and no others, are the meme's."""
        self.meme_count += bool(slots) - bool(self.of(meme_id))
        self._changed[meme_id] = slots


class _Table:
    """Where the rows of each id begin in a sorted array, for every id from the first to the last."""

    def __init__(self, memes: Ids) -> None:
        """memes (n,) sorted, n > 0."""
        self._before = int(memes[0]) - 1  # an id without rows, as the one after the last
        counts = np.bincount(memes - self._before, minlength=int(memes[-1]) - self._before + 2)
        self.meme_count = int(np.count_nonzero(counts))
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(_narrow(len(memes)))

    def of(self, ids: Ids) -> tuple[Ids, Ids]:
        at = np.clip(ids - self._before, 0, len(self._starts) - 2)
        return self._starts[at].astype(np.int64), self._starts[at + 1].astype(np.int64)


class _Sorted:
    """The same by bisection, for ids that are far apart."""

    def __init__(self, memes: Ids) -> None:
        self._memes = memes
        self.meme_count = int(np.count_nonzero(np.diff(memes))) + bool(len(memes))

    def of(self, ids: Ids) -> tuple[Ids, Ids]:
        return np.searchsorted(self._memes, ids), np.searchsorted(self._memes, ids, side="right")


def _bounds(memes: Ids) -> _Table | _Sorted:
    is_dense = len(memes) and int(memes[-1]) - int(memes[0]) <= IDS_PER_VECTOR * len(memes)
    return _Table(memes) if is_dense else _Sorted(memes)


def _narrow(count: int) -> npt.DTypeLike:
    return np.int32 if count < 2**31 else np.int64
