"""Which slots hold the vectors of a meme, in twelve bytes for each vector."""

import numpy as np

from search.sidecar.terms import Ids

NO_MEME = -1


class Places:
    """A sorted table of all slots as they were once, and the few memes that changed since in a dict."""

    def __init__(self, memes: Ids) -> None:
        """memes (slots,) int64: whose vector each slot holds, NO_MEME where none is."""
        live = np.flatnonzero(memes != NO_MEME)
        order = np.argsort(memes[live], kind="stable")
        self._slots = live[order].astype(np.int32 if len(memes) < 2**31 else np.int64)
        self._memes = memes[live][order]
        self._changed: dict[int, list[int]] = {}
        self.meme_count = int(np.count_nonzero(np.diff(self._memes))) + bool(len(live))

    @property
    def changed_count(self) -> int:
        return len(self._changed)

    def of(self, meme_id: int) -> list[int]:
        changed = self._changed.get(meme_id)
        if changed is not None:
            return changed
        start, stop = np.searchsorted(self._memes, [meme_id, meme_id + 1])
        slots: list[int] = self._slots[start:stop].tolist()
        return slots

    def of_all(self, meme_ids: Ids) -> Ids:
        """The slots of many memes, sorted (n,) int64; unknown memes have none. meme_ids: sorted, each once."""
        starts = np.searchsorted(self._memes, meme_ids)
        counts = np.searchsorted(self._memes, meme_ids, side="right") - starts
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
