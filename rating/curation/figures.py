"""The numbers of the dashboard: what waits, what was decided, whether thresholds and sources are right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from rating.curation import filling, leasing
from rating.models import CurationQueue, DeepTaste, Taste, Verdict, VerdictQuerySet
from search.models import EmbeddingSpace

DAYS = 14
PARTS = 10
LATEST = 10_000  # verdicts, by which a threshold is judged: taste is learned anew all the time
MOST_SOURCES = 20
KEEP = Verdict.Outcome.KEEP


@dataclass(frozen=True)
class Waiting:
    """What waits in a queue, by when it entered; `held` of that others look at right now: no list shows those."""

    queue: CurationQueue
    today: int
    week: int
    older: int
    oldest: datetime | None
    held: int

    @property
    def total(self) -> int:
        return self.today + self.week + self.older

    @property
    def free(self) -> int:
        return self.total - self.held


@dataclass(frozen=True)
class Share:
    """Verdicts on memes whose percentiles lie from `least` to `most`, both included: `kept` of `decided`."""

    least: float
    most: float
    decided: int
    kept: int

    @property
    def rate(self) -> float:
        return self.kept / self.decided if self.decided else 0.0


@dataclass(frozen=True)
class Version:
    """The taste that queues go by: `deep` is the newest version of its networks that does not wait, None where
    there is none."""

    queues: Sequence[CurationQueue]
    taste: Taste | None
    deep: int | None


def queues(user: User) -> QuerySet[CurationQueue]:
    open_ones = CurationQueue.objects.visible_to(user).exclude(state=CurationQueue.State.CLOSED)
    return open_ones.select_related("axis", "taste_of", "made_by", "collection__owner").order_by("private_to", "name")


def waiting(user: User) -> list[Waiting]:
    """Of each queue that `user` may decide about."""
    today = filling.today()
    week = today - timedelta(days=7)
    found = []
    for queue in queues(user):
        ages = leasing.waiting(queue, user).order_by().aggregate(
            today=Count("pk", filter=Q(entered_at__gte=today)),
            week=Count("pk", filter=Q(entered_at__lt=today, entered_at__gte=week)),
            older=Count("pk", filter=Q(entered_at__lt=week)),
            oldest=Min("entered_at"),
            held=Count("pk", filter=Q(leased_until__gte=timezone.now()) & ~Q(holder=user)),
        )  # fmt: skip
        found.append(Waiting(queue, **ages))
    return found


def decided(user: User) -> VerdictQuerySet:
    """What was kept or rejected, and stands, in queues of `user`."""
    return Verdict.objects.standing().visible_to(user).exclude(outcome=Verdict.Outcome.SKIP)


def by_day_and_person(user: User) -> Sequence[Mapping[str, object]]:
    """Of the last days, the latest first: `day`, `by`, `who`, `kept` and `decided`."""
    since = filling.today() - timedelta(days=DAYS - 1)
    rows = decided(user).filter(decided_at__gte=since).annotate(day=TruncDate("decided_at"))
    counted = rows.values("day", "by", who=F("by__username")).annotate(
        decided=Count("pk"), kept=Count("pk", filter=Q(outcome=KEEP))
    )
    return list(counted.order_by("-day", "-decided", "by"))


def by_score(user: User) -> list[Share]:
    """The latest verdicts in ten parts of about the same size, the lowest scores first: is the threshold right?"""
    latest = decided(user).order_by("-decided_at")[:LATEST].values_list("percentile", "outcome")
    rows = sorted((percentile, outcome == KEEP) for percentile, outcome in latest)
    parts = [rows[part[0] : part[-1] + 1] for part in np.array_split(np.arange(len(rows)), PARTS) if len(part)]
    return [Share(part[0][0], part[-1][0], len(part), sum(kept for _, kept in part)) for part in parts]


def by_source(user: User) -> Sequence[Mapping[str, object]]:
    """Sources by how many verdicts kept something of theirs: `source`, `called`, `kept` and `decided`."""
    seen = decided(user).annotate(source=F("item__meme__sightings__source")).exclude(source=None)
    counted = seen.values("source", called=F("item__meme__sightings__source__name")).annotate(
        kept=Count("pk", filter=Q(outcome=KEEP), distinct=True), decided=Count("pk", distinct=True)
    )
    return list(counted.order_by("-kept", "decided", "source")[:MOST_SOURCES])


def tastes(user: User) -> list[Version]:
    """By which tastes the open queues go, and how new those are."""
    together: dict[tuple[int, int | None], list[CurationQueue]] = {}
    for queue in queues(user):
        if queue.is_by_everyone or queue.taste_of is not None:
            together.setdefault((queue.axis_id, queue.taste_of_id), []).append(queue)
    used = Taste.objects.filter(space__state=EmbeddingSpace.State.ACTIVE).defer("posterior", "prior_mean", "direction")
    known = {(taste.axis_id, taste.owner_id): taste for taste in used.select_related("axis", "owner")}
    trained = DeepTaste.objects.exclude(trained_at=None).filter(
        fault="", waits_because="", space__state=EmbeddingSpace.State.ACTIVE
    )
    newest = dict(trained.order_by().values_list("owner").annotate(newest=Max("version")))
    return [Version(rows, known.get(key), newest.get(key[1]) if key[1] else None) for key, rows in together.items()]


def day_of(text: str) -> date | None:
    """A day as an address has it; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def days() -> list[date]:
    """The last ones, the latest first."""
    today = timezone.localdate()
    return [today - timedelta(days=ago) for ago in range(DAYS)]
