"""Files that survive a power cut, and finding out that one did not."""

import os
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np

CRC_BYTES = 16 * 1024 * 1024


class UnusableSnapshot(Exception):
    """The message says what is wrong with it."""


def check(holds: bool, problem: str) -> None:
    if not holds:
        raise UnusableSnapshot(problem)


def flush(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_array(path: Path, array: np.ndarray[Any, Any]) -> int:
    """Returns its crc32."""
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        flush(file)
    return zlib.crc32(array.data)


def read_array(path: Path, *, mapped: bool = False) -> np.ndarray[Any, Any]:
    """Raises UnusableSnapshot for what is no array, OSError for what cannot be read."""
    try:
        array: np.ndarray[Any, Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise UnusableSnapshot(f"{path.name} cannot be read: {error}") from error
    return array
