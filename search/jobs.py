"""Long work tells how far it is: a row that a thread beside the work keeps level, and that fails nothing when it cannot."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import User
from django.db import Error, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from search import job_rows
from search.job_rows import Plan
from search.models import Job

log = logging.getLogger(__name__)

BEAT_S = 1.0
SIGN_OF_LIFE_S = 10.0  # when nothing else is to be written
RATE_OVER_S = 30.0
PATIENCE_S = 3.0  # a sweep that has less to do leaves no row
MOST_LETTERS = 2_000  # of an error
State = Job.State
Item = TypeVar("Item")
Look = Callable[[], tuple[int, int] | None]


class Cancelled(Exception):
    """Somebody asked to stop the job."""

    def __init__(self) -> None:
        super().__init__("It was stopped, as somebody asked.")


class Running:
    """What the work itself holds: it counts here, in its own thread, and asks whether it is to stop.

    `result` and `error`, where set, are told at the end; an `error` makes it a failure though nothing was raised.
    `has_more`: another turn follows, which goes on with the same row. `is_trifle`: done, it leaves no row.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.result = self.error = ""
        self.has_more = self.is_stopped = self.is_trifle = False
        self.pk: int | None = None
        self.since = timezone.now()  # its first turn began
        self.done_before = 0  # by the turns that this one goes on after
        self._reached = self._unsaid = 0
        self._total = plan.total
        self._rate: float | None = None
        self._began = self._written = time.monotonic()
        self._history: deque[tuple[float, int]] = deque()
        self._is_asked_to_stop = False
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None
        self._look: Look | None = None
        self._stop: Callable[[], None] = lambda: None

    def advance(self, count: int = 1) -> None:
        """So many more are done. A sweep whose patience is over gets its row now."""
        with self._lock:
            self._unsaid += count
        self._reached += count
        if self.pk is None and time.monotonic() - self._began > PATIENCE_S:
            self.open()

    def reach(self, done: int) -> None:
        """So many are done in this turn; for those who count themselves."""
        self.advance(max(0, done - self._reached))

    def each(self, items: Iterable[Item]) -> Iterator[Item]:
        """Each is done when the next one is asked for. Raises Cancelled between two."""
        for item in items:
            self.check_cancelled()
            yield item
            self.advance()

    def expect(self, total: int | None) -> None:
        """So many there are in all."""
        self._total = total

    def watch(self, look: Look, stop: Callable[[], None]) -> None:
        """For work that is one long call: every second another thread asks `look` for (done, total), and calls `stop` when
        somebody asks to stop."""
        self._look, self._stop = look, stop

    @property
    def is_cancelled(self) -> bool:
        """For work that ends by itself when it is to stop."""
        self.is_stopped = self.is_stopped or self._is_asked_to_stop
        return self.is_stopped

    def check_cancelled(self) -> None:
        """Raises Cancelled when it is to stop."""
        if self.is_cancelled:
            raise Cancelled

    def open(self) -> None:
        """Have a row from now on. Without a database there is none, and no harm."""
        try:
            row = job_rows.begin(self.plan, self._unsaid)
        except Error as error:
            log.warning("how far %s is cannot be written down: %s", self.plan.kind, error)
            return
        self._total, self.since, self.done_before = row.total, row.started_at, row.done
        self.pk, self._is_asked_to_stop = row.pk, row.cancel_asked_at is not None
        self._thread = threading.Thread(target=self._beat, name=f"job-{row.pk}", daemon=True)
        self._thread.start()

    def close(self, state: State, error: str = "", *, is_second: bool = False) -> None:
        """Tell how it ended. A sweep that failed before it had a row gets one."""
        error = error[:MOST_LETTERS].replace("\x00", "")
        self._is_over.set()
        if self._thread is not None:
            self._thread.join(5 * BEAT_S)
        try:
            with transaction.atomic():  # a savepoint, where the work is in a transaction
                if self.pk is None and state == State.FAILED and not job_rows.failed_again(self.plan, error):
                    self.pk = job_rows.begin(self.plan, self._unsaid).pk
                if self.is_trifle and state == State.DONE:
                    self._row().delete()
                elif self.pk is not None:
                    self._write_end(state, error)
        except Error as trouble:
            if not is_second and not connection.in_atomic_block and not connection.is_usable():
                connection.close()  # the next query makes another one
                self.close(state, error, is_second=True)
                return
            log.warning("how %s ended cannot be written down: %s", self.plan.kind, trouble)

    def _row(self) -> QuerySet[Job]:
        return Job.objects.filter(pk__in=[] if self.pk is None else [self.pk])

    def _write_end(self, state: State, error: str) -> None:
        row, now, is_over = self._row(), timezone.now(), state != State.RESTING
        with self._lock:
            unsaid, self._unsaid = self._unsaid, 0
        row.update(done=F("done") + unsaid, heartbeat_at=now, total=self._total)
        # Who was thought to be lost, and was not, may still say how it ended.
        mine = row.filter(state__in=[State.RUNNING, State.RESTING, *([State.LOST] if is_over else [])])
        mine.update(state=state, result=self.result[:300], error=error, finished_at=now if is_over else None)

    # --- in the thread beside the work -------------------------------------------------------------------------------

    def _beat(self) -> None:
        try:
            while not self._is_over.wait(BEAT_S):
                try:
                    self._write()
                except Error as error:
                    log.info("job %s is told of later: %s", self.pk, error)
                    connection.close()  # the next query makes another one
        finally:
            connection.close()

    def _write(self) -> None:
        if self._unsaid or time.monotonic() - self._written >= SIGN_OF_LIFE_S:
            self._tell()
        known = self._row().values_list("done", "cancel_asked_at").first()
        if known is None:  # deleted, or not committed yet
            return
        self._measure(known[0])
        if known[1] is not None and not self._is_asked_to_stop:
            self._is_asked_to_stop = True
            self._stop()
        looked = self._look() if self._look is not None else None
        if looked is not None:
            self._total = looked[1]
            self.reach(looked[0])

    def _tell(self) -> None:
        with self._lock:
            unsaid, self._unsaid = self._unsaid, 0
        is_told = False
        try:
            row = self._row()
            facts = {"heartbeat_at": timezone.now(), "rate": self._rate, "total": self._total}
            is_told = bool(row.update(done=F("done") + unsaid, **facts))
            row.filter(state=State.RESTING).update(
                state=State.RUNNING
            )  # another worker's turn ended, and this one's not
            self._written = time.monotonic()
        finally:
            if not is_told:
                with self._lock:
                    self._unsaid += unsaid

    def _measure(self, done: int) -> None:
        """By what all have done who are at it."""
        now = time.monotonic()
        self._history.append((now, done))
        while now - self._history[0][0] > RATE_OVER_S:
            self._history.popleft()
        then, before = self._history[0]
        if now > then:
            self._rate = (done - before) / (now - then)


@contextmanager
def running(
    kind: str, *, key: str = "", about: str = "", user: User | None = None, total: int | None = None
) -> Iterator[Running]:
    """A row for as long as the block takes, and one for all its turns; what is raised inside ends it, and goes on.

    Two at once have a row each. One that is killed is called lost within a minute. Not inside a transaction: until its end
    nobody would see the row.
    """
    job = Running(Plan(kind, key, about, user, total=total))
    job.open()
    with _told(job):
        yield job


@contextmanager
def sweep(
    kind: str, remaining: Callable[[], int] | None = None, *, key: str = "", about: str = "", user: User | None = None
) -> Iterator[Running]:
    """The same for work that is looked for every few seconds: all who are at it share a row, and a short one has none."""
    job = Running(Plan(kind, key, about, user, is_shared=True, remaining=remaining))
    with _told(job):
        yield job


@contextmanager
def _told(job: Running) -> Iterator[None]:
    try:
        yield
    except Cancelled:
        job.close(State.CANCELLED)
        raise
    except (SoftTimeLimitExceeded, KeyboardInterrupt, SystemExit) as error:
        is_late = isinstance(error, SoftTimeLimitExceeded)
        job.close(State.FAILED, "It took longer than it may." if is_late else "It was interrupted.")
        raise
    except BaseException as error:
        job.close(State.FAILED, f"{type(error).__name__}: {error}")
        raise
    if job.is_stopped:
        job.close(State.CANCELLED)
    elif job.error:
        job.close(State.FAILED, job.error)
    else:
        job.close(State.RESTING if job.has_more else State.DONE)
