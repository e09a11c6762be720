"""The memes that a search may find: a list of ids, or one bit for each id of a range when that is shorter to send."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search.sidecar.terms import Ids

# Below this many ids a list is sent whatever it costs: making bits of it would cost more.
FEWEST_AS_BITS = 512
# So many numbers stay in the second-level cache.
BLOCK = 32_768


@dataclass(frozen=True, eq=False)
class IdRange:
    """`table[i]` says whether the meme `first + i` is allowed."""

    first: int
    table: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return int(np.count_nonzero(self.table))

    def ids(self) -> Ids:
        return np.flatnonzero(self.table) + self.first

    def mask(self, memes: Ids) -> npt.NDArray[np.bool_]:
        """Which of `memes` (n,) are allowed, (n,) bool: one look-up each, however many are allowed."""
        fenced = np.zeros(len(self.table) + 2, np.bool_)  # ids beyond either end are clipped to a False
        fenced[1:-1] = self.table
        found = np.empty(len(memes), np.bool_)
        for start in range(0, len(memes), BLOCK):
            block = memes[start : start + BLOCK] - (self.first - 1)
            fenced.take(block, mode="clip", out=found[start : start + BLOCK])
        return found


Allowed = Ids | IdRange


def ids_of(allowed: Allowed) -> Ids:
    """Sorted, each once."""
    return allowed.ids() if isinstance(allowed, IdRange) else np.unique(allowed)


def pack(ids: npt.NDArray[np.integer]) -> bytes | dict[str, Any]:
    """What travels: 8 bytes for each id, or a bit for each id between the smallest and the largest."""
    ids = np.ascontiguousarray(ids, "<i8")
    if len(ids) < FEWEST_AS_BITS:
        return ids.tobytes()
    first, last = int(ids.min()), int(ids.max())
    if (last - first) // 8 >= ids.nbytes:
        return ids.tobytes()
    table = np.zeros(last - first + 1, np.bool_)
    table[ids - first] = True
    return {"first": first, "count": len(table), "bits": np.packbits(table, bitorder="little").tobytes()}


def unpack(packed: object) -> Allowed | None:
    """The inverse of `pack`; None for what it never makes."""
    match packed:
        case bytes() if len(packed) % 8 == 0:
            return np.frombuffer(packed, "<i8").astype(np.int64)
        case {"first": int(first), "count": int(count), "bits": bytes(bits)} if _is_range(first, count, bits):
            table = np.unpackbits(np.frombuffer(bits, np.uint8), count=count, bitorder="little")
            return IdRange(first, table.view(np.bool_))
    return None


def _is_range(first: int, count: int, bits: bytes) -> bool:
    return abs(first) < 2**62 and (count + 7) // 8 == len(bits)
