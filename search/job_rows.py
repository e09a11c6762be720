"""The rows of jobs: begun, taken up again by the next turn, called lost, forgotten."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Case, Q, Value, When
from django.utils import timezone

from search.models import Job

LOST_AFTER_S = 60.0
RESTS_S = 900.0  # at most: the longest that a turn is waited for
KEPT_DAYS = 28
KILLED = "The worker was killed, or the machine was stopped."
LEFT = "Its next turn did not come: no worker was free for it, or it was told to pause."
State = Job.State


@dataclass(frozen=True)
class Plan:
    """What a row begins with. `remaining` counts what is to be done, where that has to be asked."""

    kind: str
    key: str = ""
    about: str = ""
    user: User | None = None
    is_shared: bool = False
    total: int | None = None
    remaining: Callable[[], int] | None = None

    def total_after(self, done: int) -> int | None:
        return self.total if self.remaining is None else done + self.remaining()


def begin(plan: Plan, done: int) -> Job:
    """The row that rests, or a shared one that others are at, or a new one. `done`: what is not written there yet."""
    with transaction.atomic():
        return _taken_up(plan, done) or _new(plan, done)


def _taken_up(plan: Plan, done: int) -> Job | None:
    expire()
    states = [State.RESTING, State.RUNNING] if plan.is_shared else [State.RESTING]
    rows = Job.objects.filter(kind=plan.kind, key=plan.key, is_shared=plan.is_shared, state__in=states)
    row = rows.select_for_update().order_by("pk").first()  # of two who want it, the second finds it taken
    if row is not None:
        row.state, row.heartbeat_at = State.RUNNING, timezone.now()
        row.total = plan.total_after(row.done + done)
        row.save(update_fields=["state", "heartbeat_at", "total"])
    return row


def _new(plan: Plan, done: int) -> Job:
    facts = {"kind": plan.kind, "key": plan.key, "is_shared": plan.is_shared}
    try:
        with transaction.atomic():
            return Job.objects.create(
                **facts, about=plan.about[:200], started_by=plan.user, total=plan.total_after(done)
            )
    except IntegrityError:  # another worker has just begun the shared one
        return Job.objects.going_on().get(**facts)


def failed_again(plan: Plan, error: str) -> bool:
    """Whether the latest one failed in the same way: what fails each time it is tried has one row for that."""
    last = Job.objects.filter(kind=plan.kind, key=plan.key).order_by("-pk").first()
    if last is None or last.state != State.FAILED or last.error != error:
        return False
    return bool(Job.objects.filter(pk=last.pk).update(finished_at=timezone.now()))


def expire() -> None:
    """End what gives no sign of life any more: killed while it ran, or never given its next turn."""
    now = timezone.now()
    killed = Q(state=State.RUNNING, heartbeat_at__lt=now - timedelta(seconds=LOST_AFTER_S))
    left = Q(state=State.RESTING, heartbeat_at__lt=now - timedelta(seconds=RESTS_S))
    was_asked_to = Q(cancel_asked_at__isnull=False)
    Job.objects.filter(killed | left).update(
        state=Case(When(was_asked_to, then=Value(State.CANCELLED)), default=Value(State.LOST)),
        error=Case(When(was_asked_to, then=Value("")), When(left, then=Value(LEFT)), default=Value(KILLED)),
        finished_at=now,
    )


def forget_old() -> int:
    """Delete what ended weeks ago; how many."""
    old = Job.objects.filter(finished_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    return old.delete()[0]


def cancel(job: Job) -> bool:
    """Ask the job to stop; False when it has ended, or was asked before. It stops at its next step."""
    asked = Job.objects.going_on().filter(pk=job.pk, cancel_asked_at=None)
    return bool(asked.update(cancel_asked_at=timezone.now()))
