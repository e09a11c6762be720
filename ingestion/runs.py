"""One run of any source: lock it, let its crawler tell, take in what is new, remember how far it came."""

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.utils import timezone

from ingestion import crawling, dumps, history, scheduling, scores
from ingestion.arriving import LONGEST_REST_S, Work
from ingestion.crawlers.base import AskedToWait, Checkpoint, Cursor, Found, SourceGone
from ingestion.fetch import FetchError, TryLater
from ingestion.gathering import Gathered, gather, sift
from ingestion.intake import Counts
from ingestion.kinds import CRAWLERS, SCORES
from ingestion.locks import AWAY, LOST, SourceBusy, only_run_of, running
from ingestion.models import Subscription
from ingestion.subscriptions import subscription_of
from ingestion.web import Web, the_web
from search.jobs import Cancelled
from search.locators import decode_path
from search.models import Source
from search.tasks import nudge

log = logging.getLogger(__name__)

SIFTED = 64  # finds looked up at once: most of what a source tells is known
BATCH = 8  # files under way between two writes: what comes slowly is seen soon
SLICE_S = 60.0  # hosts are asked once a second: a run is mostly waiting, and the stages of new memes need the worker
REMOVED = "The source was removed."
BROKEN = "Something went wrong here; the log of the worker has more."
Progress = Callable[[Counts], None]


class DatabaseAway(Exception):
    """The database went away. Nothing is lost or half done: begun again in a moment, the run goes on."""


@dataclass
class Run:
    """What one run did. `error` is for people; `is_cut_short`: its time was up before everything was told."""

    counts: Counts = field(default_factory=Counts)
    missing: int = 0
    error: str = ""
    is_cut_short: bool = False
    has_news: bool = False
    is_pending: bool = False  # something is to be had later
    wait_s: float = 0.0
    cursor: Cursor | None = None


def crawl(
    source: Source,
    *,
    started_by: User | None = None,
    web: Web | None = None,
    budget_s: float | None = None,
    allow_missing: bool = False,
    on_progress: Progress = lambda counts: None,
) -> Run:
    """Read `source` once and take in what is new there. What stops it is told in the result, not raised.

    Safe to repeat and to kill: what was written stays, the next run goes on. After `budget_s` it ends with what it has. A
    source that is removed meanwhile ends it too. Raises SourceBusy when another run of it is going on, DatabaseAway, and
    Cancelled when somebody asks to stop.
    """
    run = Run()
    with noticing_the_database(source.pk):
        try:
            subscription = subscription_of(source)
            if source.kind == Source.Kind.FOLDER:
                _read_folder(source, run, started_by, allow_missing, on_progress)
            else:
                _read_web(subscription, run, Limits(web or the_web(), started_by, budget_s), on_progress)
            if _remember(subscription, run):
                scheduling.follow(subscription)
        except (IntegrityError, Subscription.DoesNotExist):
            if Source.objects.filter(pk=source.pk).exists():
                _say(source.pk, BROKEN)
                raise
            run.error = REMOVED
        except (SourceBusy, Cancelled, *AWAY):
            raise
        except Exception:
            _say(source.pk, BROKEN)
            raise
    return run


@contextmanager
def noticing_the_database(source_id: int) -> Iterator[None]:
    """Whatever the database says when it goes away, as DatabaseAway; people read it as soon as it is back."""
    try:
        yield
    except AWAY as error:
        connection.close()  # the next query makes another one
        with suppress(*AWAY):
            _say(source_id, LOST)
        raise DatabaseAway(LOST) from error


def _say(source_id: int, error: str) -> None:
    Subscription.objects.filter(pk=source_id).update(last_error=error)


def take_turn(source_id: int, user_id: int | None = None) -> bool:
    """A slice of a run, so that other work gets its turn too; whether there is more to do at once. Raises DatabaseAway.

    Nothing, if the source is gone, is being read already, or is to be left alone: by all, when its host wants a rest, and by
    its schedule when it was paused or parked after that had asked.
    """
    with noticing_the_database(source_id):
        source = Source.objects.filter(pk=source_id).first()
        if source is None:
            return False
        subscription = subscription_of(source)
        if is_asked_to_wait(subscription) or (user_id is None and subscription.is_resting()):
            return False
        try:
            run = crawl(source, started_by=_person(user_id), budget_s=SLICE_S)
        except SourceBusy:
            return source.kind == Source.Kind.FOLDER and _leave_word(source)
        except Cancelled:
            return False
        return run.is_cut_short or _was_left_word(source)


def _leave_word(source: Source) -> bool:
    """Whoever reads this folder may be past what has changed in it: they read it again. Whether that falls to us."""
    Subscription.objects.filter(pk=source.pk).update(is_asked_again=True)
    # Their run may have ended just before that.
    return source.pk not in running() and _was_left_word(source)


def _was_left_word(source: Source) -> bool:
    """Of two who ask, one is told so."""
    return bool(Subscription.objects.filter(pk=source.pk, is_asked_again=True).update(is_asked_again=False))


def _person(user_id: int | None) -> User | None:
    return None if user_id is None else User.objects.filter(pk=user_id).first()


def is_asked_to_wait(subscription: Subscription) -> bool:
    return subscription.not_before is not None and subscription.not_before > timezone.now()


@dataclass
class Limits:
    """What a run has to work with."""

    web: Web
    started_by: User | None
    budget_s: float | None
    began: float = field(default_factory=time.monotonic)
    record: history.Record = field(default_factory=history.Record)

    def are_reached(self) -> bool:
        return self.budget_s is not None and time.monotonic() - self.began > self.budget_s


def _read_folder(source: Source, run: Run, started_by: User | None, allow_missing: bool, on_progress: Progress) -> None:
    folder = decode_path(source.root)
    if Path(os.path.realpath(folder)) != folder:
        run.error = "The folder is a link now, or lies behind one: links are not followed."
        return

    def note(counts: Counts) -> None:
        run.counts = counts
        on_progress(counts)

    try:
        summary = crawling.import_folder(folder, added_by=started_by, allow_missing=allow_missing, on_progress=note)
    except SourceGone as error:
        run.error = str(error)
        return
    run.counts, run.missing, run.error = summary.counts, summary.missing, str(summary.refused or "")


def _read_web(subscription: Subscription, run: Run, limits: Limits, on_progress: Progress) -> None:
    source = subscription.source
    with only_run_of(source), history.recorded(source, limits.started_by) as record:
        subscription.refresh_from_db(fields=["options", "cursor"])  # as the run before left them
        record.counts = run.counts
        try:
            limits.record = record
            follow = _load if source.kind == Source.Kind.DUMP else _follow
            follow(subscription, run, limits, record.telling(on_progress))
        except TryLater as error:
            run.error, run.wait_s = error.reason, error.wait_s
        except AskedToWait as error:
            run.error, run.wait_s = str(error), error.wait_s
        except (SourceGone, FetchError) as error:
            run.error = str(error)
        record.error, record.is_failed = run.error, bool(run.error)
        record.has_more = run.is_cut_short


def _follow(subscription: Subscription, run: Run, limits: Limits, on_progress: Progress) -> None:
    """Take in what the crawler tells, while there is time. Raises SourceGone, FetchError, IntegrityError."""
    counted = limits.record.counted_before  # it tells the same again from the first one on
    told = CRAWLERS[subscription.source.kind](subscription.options, subscription.cursor, limits.web.documents)
    for batch in _batches(_finds(told, run)):
        wanted, passed_over = sift(subscription.source, batch)
        counted -= passed_over.counts.leave_out(counted)
        _add(run, passed_over)
        on_progress(run.counts)
        for start in range(0, len(wanted), BATCH):
            _take_in(subscription.source, wanted[start : start + BATCH], run, limits)
            on_progress(run.counts)
            if limits.are_reached():
                run.is_cut_short = True
                return
    _measure(subscription)


def _load(subscription: Subscription, run: Run, limits: Limits, on_progress: Progress) -> None:
    """The same of a dump, which keeps its own cursor."""
    work = Work(limits.web, limits.started_by, run.counts, limits.are_reached, on_progress, limits.record.expect)
    told = dumps.read(subscription, work)
    run.is_cut_short, run.is_pending, run.wait_s = told.is_cut_short, told.is_pending, told.wait_s


def _finds(told: Iterable[Found | Checkpoint], run: Run) -> Iterator[Found]:
    for one in told:
        if isinstance(one, Checkpoint):
            run.cursor = one.cursor
        else:
            yield one


def _batches(finds: Iterator[Found]) -> Iterator[list[Found]]:
    """What was told before a crawler gave up is taken in all the same."""
    batch: list[Found] = []
    trouble: SourceGone | FetchError | None = None
    try:
        for find in finds:
            batch.append(find)
            if len(batch) == SIFTED:
                yield batch
                batch = []
    except (SourceGone, FetchError) as error:
        trouble = error
    if batch:
        yield batch
    if trouble is not None:
        raise trouble


def _take_in(source: Source, batch: list[Found], run: Run, limits: Limits) -> None:
    got = gather(source, batch, limits.web, added_by=limits.started_by)
    _add(run, got)
    if got.counts.added:
        nudge()


def _add(run: Run, got: Gathered) -> None:
    crawling.add(run.counts, got.counts)
    run.is_pending = run.is_pending or got.is_pending
    run.has_news = run.has_news or got.has_news
    run.wait_s = max(run.wait_s, min(got.wait_s, LONGEST_REST_S))


def _measure(subscription: Subscription) -> None:
    ask = SCORES.get(subscription.source.kind)
    due = scores.due(subscription.source) if ask else []
    if ask and due:
        scores.keep(subscription.source, due, ask(subscription.options, due))


def _remember(subscription: Subscription, run: Run) -> bool:
    """For the next run; False when there is nothing left to remember it for.

    The cursor stays where it was while something behind it is still to be had.
    """
    now = timezone.now()
    facts: dict[str, object] = {
        "last_error": run.error,
        # One host of a long list does not keep the rest of it waiting.
        "not_before": now + timedelta(seconds=run.wait_s) if run.wait_s and not run.is_cut_short else None,
    }
    if run.has_news or run.counts.added:
        facts |= {"news_at": now, "parked_at": None}
    rows = Subscription.objects.filter(pk=subscription.pk)
    if not rows.update(**facts):
        return False
    if run.cursor is not None and not (run.error or run.is_cut_short or run.is_pending):
        # Not if somebody has named another place meanwhile, or wants all of it looked at again.
        rows.filter(options=subscription.options, cursor=subscription.cursor).update(cursor=run.cursor)
    return True
