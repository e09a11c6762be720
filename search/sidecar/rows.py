"""16-bit vectors in a file that only grows, read through a memory map: the system keeps in memory what is asked for."""

import logging
import os
import shutil
import weakref
import zlib
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from search.sidecar.halves import Halves

log = logging.getLogger(__name__)

# Room is made for an eighth more rows at a time, so that the map is seldom made anew.
SMALLEST_GROWTH_ROWS = 4096
# More is made once this share of it is left.
CROWDED_SHARE = 32
PAGE_BYTES = 4096
CHECKSUM_ROWS = 16_384

# Of this process, by device and inode.
_open_files: "weakref.WeakValueDictionary[tuple[int, int], RowFile]" = weakref.WeakValueDictionary()


class RowFile:
    """Rows (n, dims) float16. A row never changes once it is written, so reading needs no lock.

    The file's name goes when the object does. When the disk refuses, all rows move into memory: searching goes on, and
    only `link_to` fails.
    """

    def __init__(self, path: Path, dims: int, count: int = 0) -> None:
        """The first `count` rows are there already. Raises OSError."""
        self.path = path
        self.count = count
        self._dims = dims
        self._row_bytes = dims * 2
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._is_in_file = True
        self._checksum = (0, 0)  # rows, their crc32
        self._rows: Halves = np.empty((0, dims), np.float16)
        weakref.finalize(self, _release, self._descriptor, path)
        _open_files[_identity(path)] = self
        if count:
            self._rows = self._mapped(count)

    @classmethod
    def begin(cls, path: Path, dims: int) -> Self:
        """A new file. Raises OSError."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(path, dims)

    @classmethod
    def adopt(cls, source: Path, path: Path, dims: int, count: int) -> Self:
        """Go on with the first `count` rows of `source`, under a name of its own. Raises OSError.

        What follows them in the file is overwritten, so a file that another index still writes to is copied.
        """
        if _identity(source) in _open_files:
            shutil.copyfile(source, path)
        else:
            link_or_copy(source, path)
        return cls(path, dims, count)

    @property
    def rows(self) -> Halves:
        """All rows so far, (count, dims), not copied."""
        return self._rows[: self.count]

    @property
    def is_crowded(self) -> bool:
        """Whether room should be made before it is needed; never once the rows are in memory."""
        least = SMALLEST_GROWTH_ROWS // 2 + self.count // CROWDED_SHARE
        return self._is_in_file and len(self._rows) - self.count < least

    def reserve(self, count: int) -> None:
        if count > len(self._rows):
            self._grow(self._roomy(count))

    def roomier(self) -> Halves:
        """A map of the same file with room for more, for `move_to`. Raises OSError."""
        if not self._is_in_file:
            return self._rows
        capacity = self._roomy(self.count)
        if os.fstat(self._descriptor).st_size < capacity * self._row_bytes:
            os.ftruncate(self._descriptor, capacity * self._row_bytes)
        return self._mapped(capacity)

    def move_to(self, rows: Halves) -> Halves:
        """Read through the new map from now on; returns the old one, which takes its time to go."""
        if not self._is_in_file or len(rows) < len(self._rows):
            return rows
        old, self._rows = self._rows, rows
        return old

    def append(self, vectors: npt.NDArray[np.floating]) -> None:
        """One writer at a time; readers see the new rows once this has returned."""
        halves = np.ascontiguousarray(vectors, np.float16)
        self.reserve(self.count + len(halves))
        if self._is_in_file:
            try:
                self._write(halves)
            except OSError as error:
                self._leave_file(error, len(self._rows))
        if not self._is_in_file:
            self._rows[self.count : self.count + len(halves)] = halves
        self.count += len(halves)

    def link_to(self, path: Path) -> int:
        """Give the file a second name, once all rows are safely on disk. Returns how many they are. Raises OSError."""
        count = self.count
        if not self._is_in_file:
            raise OSError("the disk refused the vectors")
        os.fsync(self._descriptor)
        link_or_copy(self.path, path)
        return count

    def checksum(self, count: int) -> int:
        """crc32 of the first `count` rows; rows that were summed before are not read again."""
        done, crc32 = self._checksum if self._checksum[0] <= count else (0, 0)
        for start in range(done, count, CHECKSUM_ROWS):
            crc32 = zlib.crc32(self._rows[start : min(start + CHECKSUM_ROWS, count)].data, crc32)
        self._checksum = (count, crc32)
        return crc32

    def _grow(self, capacity: int) -> None:
        if self._is_in_file:
            try:
                os.ftruncate(self._descriptor, capacity * self._row_bytes)
                self._rows = self._mapped(capacity)
                return
            except OSError as error:
                self._leave_file(error, capacity)
                return
        self._move_to_memory(capacity)

    def _roomy(self, count: int) -> int:
        return max(count, len(self._rows) * 9 // 8 + SMALLEST_GROWTH_ROWS)

    def _mapped(self, capacity: int) -> Halves:
        if os.fstat(self._descriptor).st_size < capacity * self._row_bytes:
            raise OSError(f"{self.path} is shorter than its rows")
        return np.memmap(self.path, np.float16, "r", shape=(capacity, self._dims)).view(np.ndarray)

    def _write(self, halves: Halves) -> None:
        # Through the descriptor: a full disk is an error here, but would kill the process on a write to the map.
        data, offset = halves.view(np.uint8).reshape(-1).data, self.count * self._row_bytes
        while len(data):
            written = os.pwrite(self._descriptor, data, offset)
            data, offset = data[written:], offset + written

    def _leave_file(self, error: OSError, capacity: int) -> None:
        log.warning("The vectors move into memory, because the disk refused them: %s", error)
        self._move_to_memory(capacity)
        self._is_in_file = False

    def _move_to_memory(self, capacity: int) -> None:
        rows = np.empty((capacity, self._dims), np.float16)
        rows[: self.count] = self._rows[: self.count]
        self._rows = rows


def touch(rows: Halves) -> None:
    """Let the system put every page of the map in its tables, so that no search has to wait for that; others may run."""
    rows.reshape(-1).view(np.uint8)[::PAGE_BYTES].max(initial=0)


def link_or_copy(source: Path, path: Path) -> None:
    """A second name for a file; a copy, safely on disk, where the file system has no second names. Raises OSError."""
    try:
        os.link(source, path)
    except PermissionError:  # what Linux says then
        shutil.copyfile(source, path)
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _release(descriptor: int, path: Path) -> None:
    os.close(descriptor)
    path.unlink(missing_ok=True)
