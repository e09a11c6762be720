"""Collections as files: a folder for each, with the names that were chosen, kept in step. Other files are never touched."""

import fcntl
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.contrib.auth.models import User
from django.db.models import QuerySet

from rating.curation import names, plans
from rating.curation.plans import Wanted
from rating.models import Verdict
from search import jobs
from search.library import OriginalGone, open_original
from search.media.formats import FORMATS
from search.models import Collection, Meme

log = logging.getLogger(__name__)

LIST = ".exported.json"  # what the last export wrote: nothing else is ever changed or removed
LOCK = ".exporting"
UNFINISHED = ".unfinished"


class BadFolder(Exception):
    """Why nothing can be exported to a folder; for whoever keeps the site."""


@dataclass
class Exported:
    """What an export did, in files; `failed` are paths with what is wrong."""

    written: int = 0
    removed: int = 0
    unchanged: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def collections_of(user: User | None) -> QuerySet[Collection]:
    """Those of `user`, with what only they see; of None those that are shared, with what everybody sees."""
    chosen = Collection.objects.filter(is_shared=True) if user is None else Collection.objects.filter(owner=user)
    return chosen.select_related("owner").order_by("pk")


def export(root: Path, user: User | None = None) -> Exported:
    """Make the files below `root` what the collections hold now. Repeated, nothing is written; killed, the next one goes on.

    Memes that left a collection, or the library, leave it too. Raises BadFolder, and OSError for a disk that is full.
    """
    if not root.is_dir():
        raise BadFolder(f"{root} is not a folder.")
    with _alone(root):
        kept = _kept(root)
        wanted = list(_wanted(user))
        foreign = [path for path in _present(root, {one.folder for one in wanted}) if path not in kept]
        files = plans.files(wanted, kept, foreign)
        # Listed before it is written: whatever a kill leaves behind is known to be ours.
        _list(root, {**kept, **{path: one.sha256 for path, one in files.items()}})
        done = Exported()
        for path in sorted(kept.keys() - files.keys()):
            done.removed += _remove(root / path)
        with jobs.sweep("export", partial(len, files), key=str(root)[-100:], about=root.name) as job:
            for path, one in job.each(files.items()):
                _put(root, path, one, kept, done)
        _list(root, {path: one.sha256 for path, one in files.items()})
        _forget_empty(root, {path.partition("/")[0] for path in kept} - {one.folder for one in files.values()})
    return done


def _wanted(user: User | None) -> Iterator[Wanted]:
    collections = list(collections_of(user))
    folders = plans.folder_names([(one.pk, names.cleaned(one.name)) for one in collections])
    for collection in collections:
        memes = Meme.objects.visible_to(user or collection.owner).filter(collections=collection)
        if user is None:
            memes = memes.filter(private_to=None)
        called = _called(collection)
        for meme in memes.order_by("entries__position", "entries__pk").distinct().only("sha256", "title", "format"):
            name = called.get(meme.pk) or names.cleaned(meme.title) or f"meme {meme.pk}"
            yield Wanted(meme.pk, meme.sha256, folders[collection.pk], name, FORMATS[meme.format].extension)


def _called(collection: Collection) -> dict[int, str]:
    """The names that were chosen for what was kept for this collection, the latest ones, by meme; also by the one it became."""
    kept = Verdict.objects.standing().filter(item__queue__collection=collection, outcome=Verdict.Outcome.KEEP)
    rows = kept.exclude(name="").order_by("decided_at").values_list("item__meme__merged_into", "item__meme", "name")
    merged = {into: name for into, _, name in rows if into is not None}
    return merged | {meme: name for _, meme, name in rows}


def _put(root: Path, path: str, one: Wanted, kept: Mapping[str, str], done: Exported) -> None:
    place, meme = root / path, Meme.objects.get(pk=one.meme)
    try:
        if kept.get(path) == one.sha256 and _size(place) == meme.size_bytes:
            done.unchanged += 1
            return
        folder = _folder(root, one.folder)
        unfinished = folder / UNFINISHED
        unfinished.unlink(missing_ok=True)
        with open_original(meme) as original, unfinished.open("xb") as file:
            shutil.copyfileobj(original, file)
        unfinished.replace(place)
        done.written += 1
    except (OriginalGone, BadFolder) as error:
        done.failed.append((path, str(error)))


def _folder(root: Path, name: str) -> Path:
    """A folder of the export. A link that stands in its place could lead anywhere."""
    folder = root / name
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BadFolder(f"{folder} is not a folder but something else: move it away.")
    folder.mkdir(exist_ok=True)
    return folder


def _size(place: Path) -> int:
    """Of the file itself; -1 when there is none."""
    return place.stat().st_size if place.is_file() and not place.is_symlink() and not place.parent.is_symlink() else -1


def _remove(place: Path) -> bool:
    if place.parent.is_symlink() or not (place.is_symlink() or place.is_file()):
        return False
    place.unlink(missing_ok=True)
    return True


def _forget_empty(root: Path, folders: set[str]) -> None:
    for name in folders:
        folder = root / name
        if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()


def _present(root: Path, folders: set[str]) -> Iterator[str]:
    for name in sorted(folders):
        if (root / name).is_dir() and not (root / name).is_symlink():
            yield from (f"{name}/{entry.name}" for entry in os.scandir(root / name))


def _kept(root: Path) -> dict[str, str]:
    """What the last export listed; nothing of a list that cannot be read. Paths that no export writes are left out."""
    try:
        listed = json.loads((root / LIST).read_text())["files"]
        return {str(path): str(sha256) for path, sha256 in listed.items() if plans.is_ours(str(path))}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadFolder(f"{root / LIST} cannot be read: restore it, or export to an empty folder.") from error


def _list(root: Path, files: Mapping[str, str]) -> None:
    unfinished = root / f"{LIST}{UNFINISHED}"
    unfinished.write_text(json.dumps({"files": files}, ensure_ascii=False, indent=0, sort_keys=True))
    unfinished.replace(root / LIST)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Whoever comes second waits: the lock goes with the process that holds it."""
    with (root / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
