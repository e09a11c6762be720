"""The files that a dump consists of, and what is read of them at once."""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy.typing as npt

from ingestion.crawlers.base import FoundFile, SourceGone
from ingestion.crawlers.dump_fields import Record
from ingestion.crawlers.folder import walk
from search.locators import encode_path, readable

RECORDS = (".msgpack", ".zst")
NOTHING = (
    "Nothing here is a dump: it is a folder with img_emb/img_emb_0.npy and metadata/metadata_0.parquet in it,"
    " or files of records that end in .msgpack.zst."
)


class Damaged(Exception):
    """The rest of a part cannot be taken in, for a reason that a person can act on; `count` records of it at least."""

    def __init__(self, code: str, reason: str, count: int = 1) -> None:
        super().__init__(reason)
        self.code, self.reason, self.count = code, reason, count


@dataclass(frozen=True)
class Slab:
    """What was read of a part at once: `count` entries, of which these are records; vectors (records, dims), any float."""

    count: int
    records: Sequence[Record]
    vectors: npt.NDArray[Any]
    tally: Counter[str]


@dataclass(frozen=True)
class Part:
    """One file of records, or one of vectors and its metadata; `mark` changes with what is in them."""

    name: str  # its path below the root, percent-encoded
    path: Path
    metadata: Path | None
    mark: str


def parts_of(root: Path, excluded: Collection[Path] = ()) -> list[Part]:
    """In the order of the numbers in their names. Raises SourceGone when there is none; links are not followed.

    Folders in `excluded`, real paths, are left out.
    """
    files = {find.locator: find for find in _files(root, excluded)}
    parts = [part for find in files.values() if (part := _part(find, files)) is not None]
    if not parts:
        raise SourceGone(NOTHING)
    return sorted(parts, key=lambda part: _by_number(part.name))


def check(root: Path) -> None:
    """Raises SourceGone when no part is there; of a large folder no more is listed than it takes to find one."""
    if not any(_part(find, {}) for find in _files(root, ())):
        raise SourceGone(NOTHING)


def _files(root: Path, excluded: Collection[Path]) -> Iterator[FoundFile]:
    if root.is_file():
        status = root.stat()
        yield FoundFile(encode_path(root.name), root, status.st_size, status.st_mtime_ns)
        return
    yield from (find for find in walk(root, excluded) if isinstance(find, FoundFile))


def _part(find: FoundFile, files: dict[str, FoundFile]) -> Part | None:
    if find.path.suffix in RECORDS:
        return Part(find.locator, find.path, None, _mark(find))
    if find.path.suffix != ".npy" or find.path.name.startswith("text_emb"):
        return None
    metadata = next((files[name] for name in _partners(find.locator) if name in files), None)
    if metadata is None:
        return Part(find.locator, find.path, find.path.with_name(_partner(find.path.name)), _mark(find))
    return Part(find.locator, find.path, metadata.path, f"{_mark(find)} {_mark(metadata)}")


def _partner(name: str) -> str:
    number = re.search(r"(\d+)\.npy$", name)
    return f"metadata_{number[1]}.parquet" if number else "metadata.parquet"


def _partners(locator: str) -> list[str]:
    """Beside it, or in the folder of metadata beside its own."""
    folder, _, name = locator.rpartition("/")
    above = folder.rpartition("/")[0]
    return [f"{place}/{_partner(name)}".lstrip("/") for place in (folder, f"{above}/metadata")]


def _mark(find: FoundFile) -> str:
    return f"{find.size_bytes}-{find.modified_ns}"


def _by_number(name: str) -> list[tuple[int, str]]:
    return [(int(text), "") if text.isdecimal() else (-1, text) for text in re.split(r"(\d{1,18})", name)]


def opened(path: Path) -> BinaryIO:
    """Raises Damaged when it is not there (any more)."""
    try:
        # Never wait on a pipe that took the file's place, never follow a link that did.
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb")
    except FileNotFoundError as error:
        raise Damaged("no-file", f"There is no {readable(encode_path(path.name))} to it.") from error
    except OSError as error:
        raise Damaged("unreadable", f"{readable(encode_path(path.name))} cannot be read: {error.strerror}.") from error
