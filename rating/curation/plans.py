"""Which file each exported meme is: a folder for each collection, a name for each meme, and no name twice."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

LONGEST_BYTES = 200  # of a name without its ending: with it, 255 is the most that file systems take
# Windows has devices of these names, whatever follows a dot, with spaces before it or not.
RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³")}
)


@dataclass(frozen=True)
class Wanted:
    """A meme in a collection. `name` without an ending, which `extension` is; it may be that of another one as well."""

    meme: int
    sha256: str
    folder: str
    name: str
    extension: str
    size_bytes: int


def folder_names(named: Sequence[tuple[int, str]]) -> dict[int, str]:
    """Of collections (id, name), what their folders are called: `Cats`, and `Cats-2` for the next one of this name."""
    taken: set[str] = set()
    return {pk: _free(cut(name) or f"collection {pk}", "", taken) for pk, name in named}


def files(wanted: Iterable[Wanted], kept: Mapping[str, str], foreign: Iterable[str]) -> dict[str, Wanted]:
    """The path of each below the folder of the export: `Cats/name.png`, and `Cats/name-2.png` for the next one of this name.

    `kept` is what the last export wrote, its paths with their hashes: who has a name keeps it while it is theirs. A path in
    `foreign` is somebody else's file, and never taken.
    """
    taken = {_folded(path) for path in foreign}
    by_content = {(one.folder, one.sha256): one for one in wanted}
    found: dict[str, Wanted] = {}
    for path, sha256 in sorted(kept.items()):
        folder, _, file = path.partition("/")
        one = by_content.get((folder, sha256))
        if one is not None and _is_of(file, one) and _folded(path) not in taken:
            found[path] = one
            taken.add(_folded(path))
            by_content.pop((folder, sha256))
    for one in by_content.values():
        found[_free(f"{one.folder}/{cut(one.name) or f'meme {one.meme}'}", one.extension, taken)] = one
    return found


def cut(name: str) -> str:
    """As much of a name as every file system takes."""
    whole = name.encode()[:LONGEST_BYTES].decode("utf-8", "ignore").strip(" .")
    stem, dot, rest = whole.partition(".")
    return f"{stem.rstrip()}_{dot}{rest}" if stem.rstrip().lower() in RESERVED else whole


def _is_of(file: str, one: Wanted) -> bool:
    """Whether a file is called as this one may be: its name, perhaps with a number."""
    stem, extension = file[: -len(one.extension)], file[-len(one.extension) :]
    plain = cut(one.name) or f"meme {one.meme}"
    number = stem.removeprefix(f"{plain}-")
    return extension == one.extension and (stem == plain or (number != stem and number.isdecimal()))


def _free(path: str, extension: str, taken: set[str]) -> str:
    number, found = 2, path + extension
    while _folded(found) in taken:
        number, found = number + 1, f"{path}-{number}{extension}"
    taken.add(_folded(found))
    return found


def _folded(path: str) -> str:
    """The same for two names that are one file on some file systems."""
    return unicodedata.normalize("NFC", path).casefold()


def is_ours(path: str) -> bool:
    """Whether a path can be one that an export wrote: a file in a folder, both with plain names."""
    parts = PurePosixPath(path).parts
    return (
        len(parts) == 2 and "/".join(parts) == path and not any(part.startswith(".") or "\0" in part for part in parts)
    )
