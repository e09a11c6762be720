"""Runs of a folder: read it in place, batch by batch, and tell what vanished from it."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ingestion import history, intake
from ingestion.crawlers.base import FoundFile, SourceGone, Unreadable
from ingestion.crawlers.folder import walk
from ingestion.locks import only_run_of
from ingestion.models import FailedFind
from search import states
from search.locators import encode_path, readable
from search.models import Meme, Sighting, Source
from search.tasks import nudge

BATCH = 64  # finds examined between two writes: progress is kept every second or so
MAX_MISSING_SHARE = 0.2  # more than this missing at once is a vanished disk until somebody says otherwise

Item = TypeVar("Item")


class TooManyMissing(Exception):
    """So much of a folder is gone that it is more likely unplugged than deleted; nothing was marked."""

    def __init__(self, missing: int, known: int) -> None:
        super().__init__(
            f"{missing} of {known} files are gone or broken, more than {MAX_MISSING_SHARE:.0%}. Is a disk not mounted? "
            "Nothing was marked missing; with --yes they will be."
        )
        self.missing, self.known = missing, known


@dataclass
class Summary:
    """What one run did. `refused` is why vanished files were not marked, when they were not."""

    source: Source
    counts: intake.Counts = field(default_factory=intake.Counts)
    missing: int = 0
    refused: TooManyMissing | None = None


def folder_source(path: Path) -> Source:
    """The source of a folder, by its real path, made when missing."""
    real = Path(os.path.realpath(path))
    name = readable(encode_path(real.name or str(real)))[:200]
    return Source.objects.get_or_create(kind=Source.Kind.FOLDER, root=encode_path(real), defaults={"name": name})[0]


def count_files(path: Path) -> int:
    """How many finds a run will see; for the progress bar. Raises SourceGone."""
    return sum(1 for _ in finds(Path(os.path.realpath(path))))


def _known_files(source: Source) -> int:
    """About as many as a run will see: walking through a large folder twice takes its time."""
    return Sighting.objects.filter(source=source, missing_since=None).count()


def finds(root: Path) -> Iterator[FoundFile | Unreadable]:
    if root.is_relative_to(os.path.realpath(settings.MEDIA_DIR)):
        raise SourceGone("The site keeps its own files there, and some of them are private.")
    # Thumbnails and frames are no memes. A folder that lies in the site's own, like the demo's, is read all the same.
    return walk(root, excluded=[Path(os.path.realpath(own)) for own in (settings.DATA_DIR, settings.MEDIA_DIR)])


def import_folder(
    path: Path,
    *,
    added_by: User | None = None,
    allow_missing: bool = False,
    on_progress: Callable[[intake.Counts], None] = lambda counts: None,
) -> Summary:
    """Take in every picture and clip below `path`, in place; tell what is new, what changed and what is gone.

    Safe to repeat and to kill: what was written stays, the next run goes on. Raises SourceGone when the folder cannot be
    listed and SourceBusy when another run of it is going on; then nothing was changed.
    """
    root = Path(os.path.realpath(path))
    next(finds(root), None)  # before anything is written: is it there at all?
    summary = Summary(folder_source(root))
    with only_run_of(summary.source), history.recorded(summary.source, added_by) as record:
        record.counts = summary.counts
        if record.job is not None:
            record.job.expect(_known_files(summary.source) or count_files(root))
        _run(root, summary, added_by, allow_missing, record.telling(on_progress))
        record.missing, record.error = summary.missing, str(summary.refused or "")
    return summary


def _run(
    root: Path,
    summary: Summary,
    added_by: User | None,
    allow_missing: bool,
    on_progress: Callable[[intake.Counts], None],
) -> None:
    seen = intake.Seen()
    for batch in _batches(finds(root), BATCH):
        got = intake.take_in(summary.source, batch, seen, added_by=added_by)
        add(summary.counts, got)
        if got.added:
            nudge()
        on_progress(summary.counts)
    try:
        summary.missing = mark_missing(summary.source, seen, allow_missing=allow_missing)
    except TooManyMissing as error:
        summary.refused = error


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def add(total: intake.Counts, more: intake.Counts) -> None:
    total.added += more.added
    total.known += more.known
    total.failed += more.failed
    total.ignored += more.ignored
    total.fetched += more.fetched


def mark_missing(source: Source, seen: intake.Seen, *, allow_missing: bool) -> int:
    """Mark what `source` no longer holds as missing, and memes that are nowhere any more; returns how many files.

    A file that turned bad counts like one that is gone. What lies below a folder that could not be read is unknown and
    not missing. A renamed file is not missing: its meme was seen under the new name. Raises TooManyMissing, before
    anything is marked.
    """
    here = Sighting.objects.filter(source=source, missing_since=None)
    known = dict(here.values_list("locator", "pk"))
    gone = [pk for locator, pk in known.items() if locator not in seen.present and not _is_below(locator, seen.unknown)]
    still_here = here.filter(meme=OuterRef("meme")).exclude(pk__in=gone)
    vanished = Sighting.objects.filter(pk__in=gone).exclude(Exists(still_here)).count()
    if vanished > MAX_MISSING_SHARE * len(known) and not allow_missing:
        raise TooManyMissing(vanished, len(known))
    with transaction.atomic():
        Sighting.objects.filter(pk__in=gone).update(missing_since=timezone.now())
        states.move(nowhere(), states.Action.LOSE)
        _forget_failures(source, seen)
    return vanished


def _forget_failures(source: Source, seen: intake.Seen) -> None:
    failed = FailedFind.objects.filter(source=source).values_list("pk", "locator")
    over = [pk for pk, locator in failed if locator not in seen.broken and not _is_below(locator, seen.unknown)]
    FailedFind.objects.filter(pk__in=over).delete()


def _is_below(locator: str, unknown: set[str]) -> bool:
    """Whether `locator` or a folder on the way to it is among `unknown`."""
    return locator in unknown or any(str(folder) in unknown for folder in PurePosixPath(locator).parents)


def nowhere() -> QuerySet[Meme]:
    """Active memes whose bytes are neither in the store nor in any folder; a feed that still shows one holds no bytes.

    Of those whose bytes have not been here, the ones that no dump tells of any more.
    """
    in_folders = Sighting.objects.filter(source__kind=Source.Kind.FOLDER, missing_since=None, merged_from=None)
    present = in_folders.filter(meme=OuterRef("pk"))
    told = Sighting.objects.filter(meme=OuterRef("pk"), missing_since=None)
    without = Meme.objects.filter(~Exists(present), state=Meme.State.ACTIVE, is_stored=False)
    return without.filter(Q(remote_url="") | ~Exists(told))


__all__ = ["SourceGone", "Summary", "TooManyMissing", "count_files", "import_folder", "mark_missing", "nowhere"]
