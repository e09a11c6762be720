"""Walk a folder: every regular file below it, without following links to elsewhere."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from ingestion.crawlers.base import MAX_LOCATOR, FoundFile, SourceGone, Unreadable, shortened
from search.locators import encode_path

TOO_LONG = "The path is too long"


def walk(root: Path, excluded: Collection[Path] = ()) -> Iterator[FoundFile | Unreadable]:
    """Files below `root`, folder by folder in the order of their names. Raises SourceGone when `root` cannot be listed.

    Hidden files and folders (names that begin with a dot) are left out, and so are the folders in `excluded` below
    `root`, all real paths. Links to folders are never followed, so loops cannot happen; links to files count only when
    the file is found below `root` too. What lies so deep that its path cannot be kept is told of as unreadable.
    """
    if len(encode_path(root)) > MAX_LOCATOR:
        raise SourceGone(f"{TOO_LONG}: move the folder or shorten the names on the way to it.")
    try:
        entries = _entries(root)
    except OSError as error:
        raise SourceGone(f"The folder {root} cannot be read: {error.strerror}.") from error
    return _walk(root, entries, frozenset(excluded))


def _walk(root: Path, entries: list[os.DirEntry[str]], excluded: frozenset[Path]) -> Iterator[FoundFile | Unreadable]:
    pending = entries[::-1]  # a stack of our own: folders nest deeper than Python's
    while pending:
        entry = pending.pop()
        path = Path(entry.path)
        try:
            if not entry.is_dir(follow_symlinks=False):
                yield from _look(root, path, entry, excluded)
                continue
        except OSError as error:
            yield _unreadable(root, path, f"The file cannot be looked at: {error.strerror}.")
            continue
        if path in excluded:
            continue
        try:
            pending.extend(_entries(path)[::-1])
        except OSError as error:
            yield _unreadable(root, path, f"The folder cannot be read: {error.strerror}.")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as listing:
        shown = [entry for entry in listing if not _is_hidden(entry.name)]
    return sorted(shown, key=lambda entry: os.fsencode(entry.name))


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _look(
    root: Path, path: Path, entry: os.DirEntry[str], excluded: frozenset[Path]
) -> Iterator[FoundFile | Unreadable]:
    if entry.is_symlink():
        target = Path(os.path.realpath(path))
        if not target.is_file():
            yield _unreadable(root, path, "A link to a folder or to nothing is not followed.")
            return
        if not target.is_relative_to(root):
            yield _unreadable(root, path, "The link leads out of the folder and is not followed.")
        elif any(_is_hidden(part) for part in target.relative_to(root).parts):
            yield _unreadable(root, path, "The link leads to a hidden file and is not followed.")
        elif not excluded.isdisjoint(target.parents):
            yield _unreadable(root, path, "The link leads to what is left out of imports and is not followed.")
        return  # its target is found by itself
    if entry.is_file(follow_symlinks=False):
        status = entry.stat(follow_symlinks=False)
        locator = encode_path(path.relative_to(root))
        if len(locator) > MAX_LOCATOR:
            yield _unreadable(root, path, f"{TOO_LONG}: shorten the names of its folders.")
        else:
            yield FoundFile(locator, path, status.st_size, status.st_mtime_ns)


def _unreadable(root: Path, path: Path, reason: str) -> Unreadable:
    return Unreadable(shortened(encode_path(path.relative_to(root))), reason)
