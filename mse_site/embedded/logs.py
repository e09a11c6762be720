"""Log files of the processes: bounded in size, and quotable when something fails."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

LARGEST_BYTES = 10_000_000
KEPT = 3  # older ones: name.log.1 (newest) to name.log.3


def open_log(path: Path) -> BinaryIO:
    """For appending; a log that has grown large is set aside first. Logs are private: mail may be written there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST_BYTES:
        _make_room(path)
        path.rename(_older(path, 1))
    return path.open("ab")


def shorten(path: Path) -> None:
    """Set a large log aside while its process keeps writing to it; lines of the same instant may be lost.

    When the disk is too full for that, the log is dropped, because it may be what fills the disk.
    """
    if path.exists() and path.stat().st_size > LARGEST_BYTES:
        _make_room(path)
        try:
            shutil.copyfile(path, _older(path, 1))
        except OSError:
            _older(path, 1).unlink(missing_ok=True)
        os.truncate(path, 0)  # it was opened for appending, so writing goes on at the new end


def tail(path: Path, lines: int = 20, *, since_byte: int = 0) -> str:
    """The last lines, at most 200 bytes each on average, of what was written from `since_byte` on."""
    with path.open("rb") as file:
        file.seek(max(since_byte, file.seek(0, os.SEEK_END) - 200 * lines))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def _make_room(path: Path) -> None:
    for number in range(KEPT - 1, 0, -1):
        if _older(path, number).exists():
            _older(path, number).replace(_older(path, number + 1))


def _older(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
