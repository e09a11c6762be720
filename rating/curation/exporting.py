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
from search.media import content_hash
from search.media.formats import FORMATS
from search.models import Collection, Meme

log = logging.getLogger(__name__)

LIST = ".exported.json"  # what the last export wrote: nothing else is ever changed or removed
LOCK = ".exporting"
# Beside those two, not among the files: nobody else has a name like this there.
UNFINISHED = ".exporting.unfinished"


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

    Memes that left a collection, or the library, leave it too; the files of lost ones stay, each perhaps the last copy.
    Raises BadFolder, and OSError for a disk that is full.
    """
    if not root.is_dir():
        raise BadFolder(f"{root} is not a folder.")
    with _alone(root):
        wanted = list(_wanted(user))
        ours = _still_ours(root, _kept(root, user), {one.sha256: one.size_bytes for one in wanted})
        lost = _lost(ours)
        kept = {path: sha256 for path, sha256 in ours.items() if path not in lost}
        foreign = [path for path in _present(root, {one.folder for one in wanted}) if path not in kept]
        files = plans.files(wanted, kept, foreign)
        # Listed before it is written: whatever a kill leaves behind is known to be ours.
        _list(root, user, {**ours, **{path: one.sha256 for path, one in files.items()}})
        done = Exported()
        for path in sorted(kept.keys() - files.keys()):
            done.removed += _remove(root / path, kept[path])
        with jobs.sweep("export", partial(len, files), key=str(root)[-100:], about=root.name) as job:
            for path, one in job.each(files.items()):
                _put(root, path, one, kept, done)
        failed = {path for path, _ in done.failed}
        written = {path: one.sha256 for path, one in files.items() if path not in failed}
        _list(root, user, lost | {path: sha256 for path, sha256 in kept.items() if path in failed} | written)
        _forget_empty(root, {path.partition("/")[0] for path in kept} - {one.folder for one in files.values()})
    return done


def _wanted(user: User | None) -> Iterator[Wanted]:
    facts = ("sha256", "title", "format", "size_bytes")
    collections = list(collections_of(user))
    folders = plans.folder_names([(one.pk, names.cleaned(one.name)) for one in collections])
    for collection in collections:
        memes = Meme.objects.visible_to(user or collection.owner).filter(collections=collection)
        if user is None:
            memes = memes.filter(private_to=None)
        called = _called(collection)
        for meme in memes.order_by("entries__position", "entries__pk").distinct().only(*facts):
            name = called.get(meme.pk) or names.cleaned(meme.title) or f"meme {meme.pk}"
            ending = FORMATS[meme.format].extension
            yield Wanted(meme.pk, meme.sha256, folders[collection.pk], name, ending, meme.size_bytes)


def _lost(kept: Mapping[str, str]) -> dict[str, str]:
    """Those of `kept` whose memes were in folders that vanished: that is no deletion."""
    lost = Meme.objects.filter(state=Meme.State.MISSING, sha256__in=set(kept.values()))
    hashes = set(lost.values_list("sha256", flat=True))
    return {path: sha256 for path, sha256 in kept.items() if sha256 in hashes}


def _called(collection: Collection) -> dict[int, str]:
    """The names that were chosen for what was kept for this collection, the latest ones, by meme; also by the one it became."""
    kept = Verdict.objects.standing().filter(item__queue__collection=collection, outcome=Verdict.Outcome.KEEP)
    rows = kept.exclude(name="").order_by("decided_at").values_list("item__meme__merged_into", "item__meme", "name")
    merged = {into: name for into, _, name in rows if into is not None}
    return merged | {meme: name for _, meme, name in rows}


def _put(root: Path, path: str, one: Wanted, kept: Mapping[str, str], done: Exported) -> None:
    place = root / path
    try:
        if kept.get(path) == one.sha256 and _size(place) == one.size_bytes:
            done.unchanged += 1
            return
        _folder(root, one.folder)
        if os.path.lexists(place) and not _is(place, kept.get(path)):
            raise BadFolder(f"{place} is not the file that was exported: move it away.")
        unfinished = root / UNFINISHED
        unfinished.unlink(missing_ok=True)
        with open_original(Meme.objects.get(pk=one.meme)) as original, unfinished.open("xb") as file:
            shutil.copyfileobj(original, file)
        unfinished.replace(place)
        done.written += 1
    except (OriginalGone, BadFolder) as error:
        done.failed.append((path, str(error)))


def _folder(root: Path, name: str) -> None:
    """Make a folder of the export. A link that stands in its place could lead anywhere."""
    folder = root / name
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BadFolder(f"{folder} is not a folder but something else: move it away.")
    folder.mkdir(exist_ok=True)


def _size(place: Path) -> int:
    """Of the file itself; -1 when there is none."""
    return place.stat().st_size if place.is_file() and not place.is_symlink() and not place.parent.is_symlink() else -1


def _is(place: Path, sha256: str | None) -> bool:
    """Whether a file is the one that was written there: somebody may have put another one in its place."""
    if _size(place) < 0:
        return False
    with place.open("rb") as file:
        return content_hash(file) == sha256


def _still_ours(root: Path, kept: Mapping[str, str], sizes: Mapping[str, int]) -> dict[str, str]:
    """Those of `kept` that were not replaced. Of what stays, its size tells that (`sizes`, by hash); the rest is read."""
    found = {}
    for path, sha256 in kept.items():
        place = root / path
        is_gone = place.parent.is_symlink() or not os.path.lexists(place)
        if is_gone or (_size(place) == sizes[sha256] if sha256 in sizes else _is(place, sha256)):
            found[path] = sha256
    return found


def _remove(place: Path, sha256: str) -> bool:
    if not _is(place, sha256):
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


def _kept(root: Path, user: User | None) -> dict[str, str]:
    """What the last export listed. Paths that no export writes are left out. Raises BadFolder where that was of somebody else:
    each would remove what the other wrote."""
    try:
        found = json.loads((root / LIST).read_text(encoding="utf-8"))
        listed = {str(path): str(sha256) for path, sha256 in found["files"].items() if plans.is_ours(str(path))}
        if found.get("user") != _id(user):
            raise BadFolder(f"{root} holds the collections of somebody else: export to a folder of its own.")
        return listed
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadFolder(f"{root / LIST} cannot be read: restore it, or export to an empty folder.") from error


def _id(user: User | None) -> int | None:
    return None if user is None else user.pk


def _list(root: Path, user: User | None, files: Mapping[str, str]) -> None:
    unfinished = root / UNFINISHED
    unfinished.unlink(missing_ok=True)
    with unfinished.open("x", encoding="utf-8") as file:
        json.dump({"user": _id(user), "files": files}, file, ensure_ascii=False, indent=0, sort_keys=True)
    unfinished.replace(root / LIST)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Whoever comes second waits: the lock goes with the process that holds it."""
    with (root / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
