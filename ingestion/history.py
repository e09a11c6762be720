"""The runs of sources, as rows: begun, ended, and those that were killed."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils import timezone

from ingestion.intake import Counts
from ingestion.locks import AWAY, LOST
from ingestion.models import Crawl
from search import jobs
from search.models import Source

log = logging.getLogger(__name__)

KEPT = 1_000  # runs of each source
SHORT_S = 60.0
KILLED = "The run was killed, or lost the database for good, before it had finished."


@dataclass
class Record:
    """What a run has done so far, and why it could not do all of it."""

    counts: Counts = field(default_factory=Counts)
    missing: int = 0
    error: str = ""
    is_failed: bool = False
    has_more: bool = False  # the next turn goes on
    job: jobs.Running | None = None

    @property
    def counted_before(self) -> int:
        """By the turns that this one goes on after."""
        return 0 if self.job is None else self.job.done_before

    def expect(self, count: int) -> None:
        """So many more are to come."""
        if self.job is not None:
            self.job.expect(self.counted_before + self.counts.total() + count)

    def telling(self, on_progress: Callable[[Counts], None]) -> Callable[[Counts], None]:
        """`on_progress` that tells the job too. It raises Cancelled when somebody asks to stop."""

        def tell(counts: Counts) -> None:
            on_progress(counts)
            if self.job is not None:
                self.job.reach(counts.total())
                self.job.check_cancelled()

        return tell


@contextmanager
def recorded(source: Source, started_by: User | None) -> Iterator[Record]:
    """A row of the history and a job that people can see and stop, for whoever holds the lock of `source`; what is raised
    inside ends both."""
    with jobs.running("crawl", key=str(source.pk), about=source.name, user=started_by) as job:
        with _recorded(source, started_by) as record:
            record.job = job
            yield record
        job.has_more = record.has_more and not record.is_failed
        job.error, job.result = record.error if record.is_failed else "", _came(source, job)
        # Schedules find nothing most of the time: that is in the history, and would bury all other jobs.
        is_short = not job.done_before and (timezone.now() - job.since).total_seconds() < SHORT_S
        has_news = record.counts.added or record.counts.failed or record.counts.fetched
        job.is_trifle = is_short and started_by is None and not has_news


def _came(source: Source, job: jobs.Running) -> str:
    """Of all its turns."""
    turns = Crawl.objects.filter(source=source, started_at__gte=job.since)
    sums = turns.aggregate(**{name: Sum(name, default=0) for name in ("added", "known", "failed")})
    return "{added:,} new, {known:,} known, {failed:,} failed".format(**sums)


@contextmanager
def _recorded(source: Source, started_by: User | None) -> Iterator[Record]:
    """One row of the history, for whoever holds the lock of `source`; what is raised inside ends it as failed.

    While the database is away nothing can be written: the next run finds the row, and ends it.
    """
    _end_killed(source)
    _forget_old(source)
    crawl = Crawl.objects.create(source=source, started_by=started_by)
    record = Record()
    try:
        yield record
    except AWAY:
        record.error, record.is_failed = LOST, True
        connection.close()  # the next query makes another one
        raise
    except jobs.Cancelled as error:
        record.error, record.is_failed = str(error), True
        raise
    except BaseException as error:
        record.error, record.is_failed = f"{type(error).__name__}: {error}", True
        raise
    finally:
        try:
            _end(crawl, record)
        except AWAY as error:
            log.warning("the end of a run of %s cannot be written down: %s", source, error)
            connection.close()  # the next query makes another one


def latest(count: int, source: Source | None = None) -> QuerySet[Crawl]:
    """Runs of a source, or of all, the newest first."""
    chosen = Crawl.objects.all() if source is None else Crawl.objects.filter(source=source)
    return chosen.select_related("source", "started_by").order_by("-pk")[:count]


def _end_killed(source: Source) -> None:
    # Whoever holds the lock is the only one running: what else says so died without a word.
    Crawl.objects.filter(source=source, state=Crawl.State.RUNNING).update(
        state=Crawl.State.FAILED, finished_at=timezone.now(), error=KILLED
    )


def _forget_old(source: Source) -> None:
    runs = Crawl.objects.filter(source=source)
    last = runs.order_by("-pk").values_list("pk", flat=True)[KEPT - 1 : KEPT].first()
    if last is not None:
        runs.filter(pk__lt=last).delete()


def _end(crawl: Crawl, record: Record) -> None:
    """Nothing, if the source is gone and its history with it."""
    counts = record.counts
    Crawl.objects.filter(pk=crawl.pk).update(
        state=Crawl.State.FAILED if record.is_failed else Crawl.State.DONE,
        finished_at=timezone.now(),
        added=counts.added,
        known=counts.known,
        failed=counts.failed,
        missing=record.missing,
        error=record.error,
    )
