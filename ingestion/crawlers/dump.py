"""Dumps: records with vectors that were made elsewhere, read in blocks; their pictures are not looked at."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ingestion.crawlers import dump_records
from ingestion.crawlers.base import Cursor
from ingestion.crawlers.dump_fields import HARMLESS, REASONS, Halves, Record, usable
from ingestion.crawlers.dump_parts import Damaged, Part, Slab, parts_of
from search.locators import readable

BLOCK = 8192  # records between two writes: 13 MB of vectors with 768 numbers
PASSING = frozenset(
    {"unreadable", "no-file"}
)  # what is wrong with a part that may be whole: the next run reads it again


@dataclass(frozen=True)
class Fault:
    """What is wrong with a part, counted since its beginning; `count` records are not in the library because of it."""

    code: str
    reason: str
    count: int


@dataclass(frozen=True)
class Block:
    """What was read at once of one part. `vectors` are (records, dims), of unit norm. Once it is kept, so may `cursor` be."""

    part: str
    is_first: bool  # of its part
    records: list[Record]
    vectors: Halves
    skipped: int
    faults: list[Fault]
    cursor: Cursor
    broken: str = ""  # why nothing more of the part can be had


def blocks(
    root: Path, cursor: Cursor, *, dims: int, size: int = BLOCK, excluded: Collection[Path] = ()
) -> Iterator[Block]:
    """What is new since `cursor`, part after part; a part that has changed is read again from its beginning.

    Raises SourceGone when there is no dump at `root`. A part that cannot be read (any further) costs what is left of it;
    for as long as the cursor is not `ended`, it is not read again. Folders in `excluded`, real paths, are left out.
    """
    done: dict[str, str] = dict(cursor.get("parts", {}))
    later: dict[str, str] = dict(cursor.get("later", {}))
    at: Mapping[str, Any] = cursor.get("at") or {}
    broken = _broken(cursor)
    for part in parts_of(root, excluded):
        if part.mark in (done.get(part.name), later.get(part.name)):
            continue
        done.pop(part.name, None)
        is_here = at.get("part") == part.name and at.get("mark") == part.mark
        here: Cursor = {"parts": done, "later": later, **broken}
        for block in _Reading(part, here, dims, size, at if is_here else {}).blocks():
            yield block
            done, later = dict(block.cursor["parts"]), dict(block.cursor["later"])
            broken = _broken(block.cursor)


def ended(cursor: Cursor) -> Cursor:
    """Where the next run begins when nothing more can be had now: at what may only have been out of reach.

    Until then `broken` in a cursor says of the first part that could not be read (any further) why that is so.
    """
    return {name: value for name, value in cursor.items() if name not in ("later", "broken")}


def _broken(cursor: Cursor) -> dict[str, str]:
    return {"broken": cursor["broken"]} if "broken" in cursor else {}


class _Reading:
    """One part, from where it was left."""

    def __init__(self, part: Part, cursor: Cursor, dims: int, size: int, at: Mapping[str, Any]) -> None:
        self._part, self._cursor, self._dims, self._size = part, dict(cursor), dims, size
        self._row = int(at.get("row", 0))
        self._tally: Counter[str] = Counter(at.get("tally", {}))
        self._is_first = self._row == 0

    def blocks(self) -> Iterator[Block]:
        try:
            for slab in self._slabs():
                yield self._block(slab)
        except Damaged as error:
            yield self._last(error)
            return
        yield self._last(None)

    def _slabs(self) -> Iterator[Slab]:
        part = self._part
        if part.metadata is None:
            return dump_records.slabs(part.path, self._dims, self._row, self._size)
        from ingestion.crawlers import dump_arrays  # its reader of Parquet is large: web processes do without

        return dump_arrays.slabs(part.path, part.metadata, self._dims, self._row, self._size)

    def _block(self, slab: Slab) -> Block:
        tally = slab.tally
        vectors, is_good = usable(slab.vectors, tally)
        records = [record for record, good in zip(slab.records, is_good.tolist(), strict=True) if good]
        self._row += slab.count
        self._tally += tally
        at = {"part": self._part.name, "mark": self._part.mark, "row": self._row, "tally": dict(self._tally)}
        is_first, self._is_first = self._is_first, False
        cursor = {**self._cursor, "at": at}
        return Block(
            self._part.name, is_first, records, vectors, slab.count - len(records), self._faults(), cursor
        )  # fmt: skip

    def _last(self, error: Damaged | None) -> Block:
        done = "later" if error is not None and error.code in PASSING else "parts"
        cursor = {**self._cursor, done: {**self._cursor[done], self._part.name: self._part.mark}}
        nothing = np.zeros((0, self._dims), np.float16)
        said = self._faults()
        if error is None:
            return Block(self._part.name, self._is_first, [], nothing, 0, said, cursor)
        said.append(Fault(error.code, error.reason, error.count))
        cursor.setdefault("broken", f"{readable(self._part.name)}: {error.reason}")
        return Block(self._part.name, self._is_first, [], nothing, error.count, said, cursor, error.reason)

    def _faults(self) -> list[Fault]:
        return [
            Fault(code, REASONS[code].format(n=count, dims=self._dims), 0 if code in HARMLESS else count)
            for code, count in sorted(self._tally.items())
            if count
        ]
