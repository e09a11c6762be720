"""Take found files in: examine each, then write a batch of memes, sightings and failures at once."""

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO

from django.contrib.auth.models import User
from django.db import transaction

from ingestion import sightings
from ingestion.crawlers.base import FoundFile, Unreadable
from ingestion.models import FailedFind
from search import library, states
from search.claims import retry
from search.locators import readable
from search.media import BadMedia
from search.models import Claim, Meme, Sighting, Source

MEDIA_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .apng .webp .gif .avif .heic .heif .bmp .mp4 .m4v .webm .mov .mkv".split()  # noqa: SIM905 - readable
)

UNCHANGED = ("size_bytes", "modified_ns")  # a file of which both stay is not read again
ORIGINAL_GONE = "The file has been moved"  # how `library.open_original` begins when no folder holds the bytes


@dataclass
class Counts:
    """What became of the finds of one run."""

    added: int = 0
    known: int = 0
    failed: int = 0
    ignored: int = 0  # files that are neither pictures nor clips and do not claim to be
    fetched: int = 0  # pictures of memes that were known by their address alone

    def total(self) -> int:
        return self.added + self.known + self.failed + self.ignored + self.fetched

    def leave_out(self, count: int) -> int:
        """Forget up to `count` of what is known or failed, which were counted before; returns how many."""
        known = min(self.known, count)
        failed = min(self.failed, count - known)
        self.known -= known
        self.failed -= failed
        return known + failed


@dataclass
class Seen:
    """What stands at a source, by locator, as far as a run has come."""

    present: set[str] = field(default_factory=set)  # holds a meme
    broken: set[str] = field(default_factory=set)  # should hold one and does not
    unknown: set[str] = field(default_factory=set)  # could not be looked at, and so neither could what lies below


@dataclass(frozen=True)
class _Examined:
    contents: list[tuple[FoundFile, library.Content]] = field(default_factory=list)
    failures: list[FailedFind] = field(default_factory=list)


def take_in(source: Source, finds: Sequence[FoundFile | Unreadable], seen: Seen, *, added_by: User | None) -> Counts:
    """Take a batch of finds in, in place, and add to `seen`. Unchanged files, by size and date, are not read again.

    Repeated, it changes nothing; two at once agree. Raises OSError only for trouble that is not of one file.
    """
    files = [find for find in finds if isinstance(find, FoundFile)]
    unchanged = _unchanged(source, files)
    known_bad = _unchanged_failures(source, files)
    examined = _Examined(failures=[_failure(source, find, "unreadable", find.reason) for find in finds
                                   if isinstance(find, Unreadable)])  # fmt: skip
    counts = Counts(known=len(unchanged), failed=len(known_bad))
    for find in files:
        if find.locator not in unchanged and find.locator not in known_bad and not _examine(source, find, examined):
            counts.ignored += 1
    counts.failed += len(examined.failures)
    counts.added += _write(source, examined, added_by)
    counts.known += len(examined.contents) - counts.added
    unreadable = {failure.locator for failure in examined.failures if failure.code == "unreadable"}
    present = unchanged | {find.locator for find, _ in examined.contents}
    _restore(source, present)
    _try_again(source, present)
    seen.present |= present
    seen.broken |= known_bad | ({failure.locator for failure in examined.failures} - unreadable)
    seen.unknown |= unreadable
    return counts


def _unchanged(source: Source, files: Sequence[FoundFile]) -> set[str]:
    rows = Sighting.objects.filter(source=source, locator__in=[find.locator for find in files], missing_since=None)
    return _same(files, rows.values_list("locator", "size_bytes", "modified_ns"))


def _unchanged_failures(source: Source, files: Sequence[FoundFile]) -> set[str]:
    rows = FailedFind.objects.filter(source=source, locator__in=[find.locator for find in files])
    return _same(files, rows.values_list("locator", "size_bytes", "modified_ns"))


def _same(files: Sequence[FoundFile], rows: Iterable[tuple[str, int | None, int | None]]) -> set[str]:
    then = {locator: (size, modified) for locator, size, modified in rows}
    return {find.locator for find in files if then.get(find.locator) == (find.size_bytes, find.modified_ns)}


def _examine(source: Source, find: FoundFile, into: _Examined) -> bool:
    """Read one file; False when it is no picture and does not look like one by name."""
    try:
        with _open(find) as file:
            into.contents.append((find, library.examine(file, find.size_bytes)))
    except BadMedia as error:
        if error.code == "not-media" and find.path.suffix.lower() not in MEDIA_SUFFIXES:
            return False
        into.failures.append(_failure(source, find, error.code, str(error)))
    except OSError as error:
        into.failures.append(_failure(source, find, "unreadable", f"The file cannot be read: {error.strerror}."))
    return True


def _open(find: FoundFile) -> BinaryIO:
    # Never wait on a pipe that took the file's place, never follow a link that did.
    return os.fdopen(os.open(find.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb")


def _failure(source: Source, find: FoundFile | Unreadable, code: str, reason: str) -> FailedFind:
    size, modified = (find.size_bytes, find.modified_ns) if isinstance(find, FoundFile) else (None, None)
    if code == "unreadable":
        size = modified = None  # permissions change without the file changing: look again next time
    return FailedFind(
        source=source, locator=find.locator, code=code, reason=reason, size_bytes=size, modified_ns=modified
    )


def _write(source: Source, examined: _Examined, added_by: User | None) -> int:
    """Write a batch in one transaction; returns how many memes are new."""
    titled = [(content, _title(find)) for find, content in examined.contents]
    with transaction.atomic():
        added = library.add_many(titled, is_stored=False, added_by=added_by)
        seen = [
            sightings.sighting(
                source, find.locator, added[content.sha256].meme,
                title=_title(find), size_bytes=find.size_bytes, modified_ns=find.modified_ns,
            )
            for find, content in examined.contents
        ]  # fmt: skip
        sightings.keep(source, seen, ["title", *UNCHANGED])
        sightings.keep_failures(examined.failures, UNCHANGED)
    return sum(one.is_new for one in added.values())


def _restore(source: Source, present: Collection[str]) -> None:
    # Another source's run may have called a meme missing while this one's file was about to be written down.
    here = Sighting.objects.filter(source=source, locator__in=present, meme__state=Meme.State.MISSING, merged_from=None)
    states.move(Meme.objects.filter(pk__in=here.values("meme")), states.Action.FIND)


def _try_again(source: Source, present: Collection[str]) -> None:
    """Stages that set a meme aside because its file was gone get another chance: the file was seen again."""
    here = Sighting.objects.filter(source=source, locator__in=present)
    stages = (Claim.Stage.MEDIA, Claim.Stage.TEXT)
    retry(Claim.objects.filter(meme__in=here.values("meme"), stage__in=stages, reason__startswith=ORIGINAL_GONE))


def _title(find: FoundFile) -> str:
    return readable(PurePosixPath(find.locator).stem).strip()[:300]
