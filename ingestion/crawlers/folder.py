"""Walk a folder: every regular file below it, without following links to elsewhere."""

import os
from collections.abc import Iterator
from pathlib import Path

from ingestion.crawlers.base import FoundFile, SourceGone, Unreadable
from search.locators import encode_path


def walk(root: Path) -> Iterator[FoundFile | Unreadable]:
    """Files below `root`, folder by folder in the order of their names. Raises SourceGone when `root` cannot be listed.

    Hidden files and folders (names that begin with a dot) are left out. Links to folders are never followed, so loops
    cannot happen; links to files count only when the file lies below `root` too.
    """
    try:
        entries = _entries(root)
    except OSError as error:
        raise SourceGone(f"The folder {root} cannot be read: {error.strerror}.") from error
    return _walk(root, entries)


def _walk(root: Path, entries: list[os.DirEntry[str]]) -> Iterator[FoundFile | Unreadable]:
    pending = entries[::-1]  # a stack of our own: folders nest deeper than Python's
    while pending:
        entry = pending.pop()
        path = Path(entry.path)
        try:
            if not entry.is_dir(follow_symlinks=False):
                yield from _look(root, path, entry)
                continue
        except OSError as error:
            yield Unreadable(_locator(root, path), f"The file cannot be looked at: {error.strerror}.")
            continue
        try:
            pending.extend(_entries(path)[::-1])
        except OSError as error:
            yield Unreadable(_locator(root, path), f"The folder cannot be read: {error.strerror}.")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as listing:
        shown = [entry for entry in listing if not _is_hidden(entry.name)]
    return sorted(shown, key=lambda entry: os.fsencode(entry.name))


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _look(root: Path, path: Path, entry: os.DirEntry[str]) -> Iterator[FoundFile | Unreadable]:
    if entry.is_symlink():
        target = Path(os.path.realpath(path))
        if not target.is_file():
            yield Unreadable(_locator(root, path), "A link to a folder or to nothing is not followed.")
            return
        if not target.is_relative_to(root):
            yield Unreadable(_locator(root, path), "The link leads out of the folder and is not followed.")
        elif any(_is_hidden(part) for part in target.relative_to(root).parts):
            yield Unreadable(_locator(root, path), "The link leads to a hidden file and is not followed.")
        return  # its target is found by itself
    if entry.is_file(follow_symlinks=False):
        status = entry.stat(follow_symlinks=False)
        yield FoundFile(_locator(root, path), path, status.st_size, status.st_mtime_ns)


def _locator(root: Path, path: Path) -> str:
    return encode_path(path.relative_to(root))
