"""The index on disk, so that a restart reads changes instead of everything; a worthless file is found out and dropped."""

import itertools
import json
import logging
import re
import shutil
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from search.sidecar import coded_files
from search.sidecar.coded import CodedIndex
from search.sidecar.coded_files import CodedFiles
from search.sidecar.durable import UnusableSnapshot, check, flush, read_array, sync_folder, write_array
from search.sidecar.followed import Followed
from search.sidecar.index import FRAMES_PER_MEME, NO_KEY, ExactIndex, room_for
from search.sidecar.rows import RowFile
from search.sidecar.served import Index, Space
from search.sidecar.terms import Ids

log = logging.getLogger(__name__)

FORMAT = 1
BLOCK_ROWS = 16_384
NAME = re.compile(r"space-(\d+)-(\d+)")  # space id, serial number
UNFINISHED = "unfinished"
# Vectors that are mapped by this process; each snapshot has a second name of the file that it needs.
ROWS = "rows"


@dataclass(frozen=True)
class Meta:
    """What the vectors beside it are: everything that `horizon` could see, except the memes of `reread`."""

    space: Space
    lineage: str
    horizon: str  # pg_snapshot
    oldest: int | None
    reread: list[int]  # their rows moved while the file was being written
    rows: int
    keys_crc32: int
    vectors_crc32: int
    format: int = FORMAT
    coded: CodedFiles | None = None  # then the index was one, and these describe its files


class SnapshotFolder:
    """Holds one snapshot, and for a moment the next one beside it. One process writes here at a time."""

    def __init__(self, path: Path, *, block_rows: int = BLOCK_ROWS) -> None:
        self.path = path
        self._block_rows = block_rows
        self._row_files = itertools.count(1)

    def new_rows(self, dims: int) -> RowFile:
        """An empty file for the vectors of a coded index. Raises OSError."""
        return RowFile.begin(self._next_rows_path(), dims)

    def clear_rows(self) -> None:
        """Delete what a killed process had mapped. Only before the first index of this process."""
        shutil.rmtree(self.path / ROWS, ignore_errors=True)

    def write(self, followed: Followed) -> None:
        """Write the index, then remove older snapshots. Raises OSError, and then the older ones stay.

        The index may change meanwhile, and nobody waits for the disk: memes whose rows change are listed for rereading.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.path / UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            unfinished.mkdir()
            _write_files(unfinished, followed, self._block_rows)
            finished = self.path / f"space-{followed.served.space.id}-{self._next_serial()}"
            unfinished.rename(finished)
        except OSError:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        sync_folder(self.path)
        for other in self._snapshots():
            if other != finished:
                shutil.rmtree(other, ignore_errors=True)

    def refresh(self, followed: Followed) -> None:
        """Note in the newest snapshot how far an unchanged index has been followed since. Raises OSError."""
        newest = self._newest(followed.served.space)
        if newest is not None:
            meta = replace(_read_meta(newest), horizon=followed.horizon, oldest=followed.oldest)
            _write_meta(newest, meta)

    def restore(self, space: Space, lineage: str) -> tuple[Meta, Index] | None:
        """The newest snapshot of `space`, or None; one that cannot be used is deleted, with a line in the log."""
        newest = self._newest(space)
        if newest is None:
            return None
        try:
            meta = _read_meta(newest)
            check(meta.space == space, "it belongs to another revision of the space")
            check(meta.lineage == lineage, "it belongs to another database")
            if meta.coded is not None:
                return meta, coded_files.read(newest, space.dims, meta.coded, self._next_rows_path())
            return meta, _read_index(newest, meta)
        except (UnusableSnapshot, OSError) as error:
            log.warning("The snapshot %s is dropped: %s", newest, error)
            shutil.rmtree(newest, ignore_errors=True)
            return None

    def drop(self, space: Space) -> None:
        newest = self._newest(space)
        if newest is not None:
            shutil.rmtree(newest, ignore_errors=True)

    def _snapshots(self) -> list[Path]:
        """Finished ones, oldest first."""
        found = [path for path in self.path.iterdir() if NAME.fullmatch(path.name)] if self.path.is_dir() else []
        return sorted(found, key=_serial)

    def _newest(self, space: Space) -> Path | None:
        of_space = [path for path in self._snapshots() if path.name.startswith(f"space-{space.id}-")]
        return of_space[-1] if of_space else None

    def _next_rows_path(self) -> Path:
        names = (self.path / ROWS / f"{number}.f16" for number in self._row_files)
        return next(path for path in names if not path.exists())

    def _next_serial(self) -> int:
        return max((_serial(path) for path in self._snapshots()), default=0) + 1


def _serial(path: Path) -> int:
    return int(path.name.rsplit("-", 1)[1])


def _write_files(folder: Path, followed: Followed, block_rows: int) -> None:
    index = followed.served.index
    if isinstance(index, CodedIndex):
        _write_coded(folder, followed, index)
    else:
        _write_exact(folder, followed, index, block_rows)


def _write_coded(folder: Path, followed: Followed, index: CodedIndex) -> None:
    horizon, oldest = followed.horizon, followed.oldest  # before the keys are read: they may know more, never less
    coded = coded_files.write(folder, index)
    _write_meta(folder, Meta(followed.served.space, followed.lineage, horizon, oldest, [], 0, 0, 0, coded=coded))


def _write_exact(folder: Path, followed: Followed, index: ExactIndex, block_rows: int) -> None:
    watch = index.watch_moves()
    try:
        horizon, oldest = followed.horizon, followed.oldest  # after the watch began: what it misses is in `reread`
        rows = len(index)
        keys, vectors_crc32 = _write_vectors(folder / "vectors.npy", index, rows, block_rows)
    finally:
        reread = index.end_watch(watch)
    keys_crc32 = write_array(folder / "keys.npy", keys)
    space = followed.served.space
    _write_meta(folder, Meta(space, followed.lineage, horizon, oldest, reread, rows, keys_crc32, vectors_crc32))


def _write_vectors(path: Path, index: ExactIndex, rows: int, block_rows: int) -> tuple[Ids, int]:
    """Copy `rows` rows, block by block; rows that are gone when their turn comes are written as zeros without a key."""
    keys = np.full(rows, NO_KEY, np.int64)
    crc32 = 0
    with path.open("wb") as file:
        header = {"descr": "<f2", "fortran_order": False, "shape": (rows, index.dims)}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, rows, block_rows):
            stop = min(start + block_rows, rows)
            block = np.zeros((stop - start, index.dims), np.float16)
            block_keys, vectors = index.rows(start, stop)
            keys[start : start + len(block_keys)] = block_keys
            block[: len(vectors)] = vectors
            crc32 = zlib.crc32(block.data, crc32)
            file.write(block.data)
        flush(file)
    return keys, crc32


def _read_index(folder: Path, meta: Meta) -> ExactIndex:
    keys, vectors = read_array(folder / "keys.npy"), read_array(folder / "vectors.npy", mapped=True)
    check(keys.shape == (meta.rows,) and keys.dtype == np.int64, "its keys have another shape")
    check(vectors.shape == (meta.rows, meta.space.dims), "its vectors have another shape")
    check(vectors.dtype == np.float16, "its vectors have another type")
    check(zlib.crc32(keys.data) == meta.keys_crc32, "the checksum of its keys is wrong")
    index = ExactIndex(meta.space.dims, capacity=room_for(meta.rows))
    is_kept = (keys != NO_KEY) & ~np.isin(keys // FRAMES_PER_MEME, np.array(meta.reread, np.int64))
    crc32 = 0
    for start in range(0, meta.rows, BLOCK_ROWS):
        block = np.ascontiguousarray(vectors[start : start + BLOCK_ROWS])
        crc32 = zlib.crc32(block.data, crc32)
        kept = is_kept[start : start + BLOCK_ROWS]
        index.extend(keys[start : start + BLOCK_ROWS][kept], block[kept])
    check(crc32 == meta.vectors_crc32, "the checksum of its vectors is wrong")
    return index


def _write_meta(folder: Path, meta: Meta) -> None:
    content = json.dumps(asdict(meta), sort_keys=True)
    unfinished = folder / "meta.json.unfinished"
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump({"content": content, "crc32": zlib.crc32(content.encode())}, file)
        flush(file)
    unfinished.rename(folder / "meta.json")
    sync_folder(folder)


def _read_meta(folder: Path) -> Meta:
    try:
        outer = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        check(outer["crc32"] == zlib.crc32(outer["content"].encode()), "the checksum of meta.json is wrong")
        content = json.loads(outer["content"])
        check(content.get("format") == FORMAT, "it was written by another version")
        coded = content.get("coded")
        parts = {"space": Space(**content["space"]), "coded": None if coded is None else CodedFiles(**coded)}
        return Meta(**{**content, **parts})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableSnapshot(f"meta.json cannot be read: {error!r}") from error
