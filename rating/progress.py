"""How much somebody has answered so far, and what that has brought."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils import timezone

from rating import bases, tastes
from rating.bayes import curves
from rating.bayes.curves import Accuracy, Gain, steps
from rating.evidence import Evidence, evidence
from rating.models import Axis, Choice, Comparison, LearningCurve, Taste
from rating.pairs import NOT_ASKED
from search.models import EmbeddingSpace

MILESTONES = (10, 30, 100, 300, 1000, 3000)
FEWEST_TESTS = 20  # with fewer the interval says nothing but "between chance and always"
FEWEST_HALVED = 40  # answers, half of which teach enough for the other half to be told apart


@dataclass(frozen=True)
class Counts:
    """Pairs and fours that were judged, on however many axes; skipped ones are none."""

    today: int
    ever: int


@dataclass(frozen=True)
class Point:
    """How well the taste of the first `answers` answers predicts the pairs that were kept apart."""

    answers: int
    accuracy: Accuracy


@dataclass(frozen=True)
class Curve:
    """How the taste of one person on one axis has improved, as measured after the first `answers` answers learned from.

    `tested`: pairs kept apart to test it, asked so far; `needed`: how many it takes before anything can be said, until then
    `points` is empty. Otherwise they come in the order of `answers`, the last one after all of them. All points are of the
    same tests: they move together, and `gain`, the change since half as many answers, is surer than their intervals;
    None with too few answers. `milestone` is the next round number of answers, None behind the last.

    `dataclasses.asdict` makes it JSON: {"answers": 120, "milestone": 300, "tested": 24, "needed": 20, "points": [{"answers":
    10, "accuracy": {"tested": 24, "right": 0.58, "low": 0.39, "high": 0.76}}, ...], "gain": {"since": 60, "by": 0.08,
    "low": -0.06, "high": 0.21}}.
    """

    answers: int
    milestone: int | None
    tested: int
    needed: int
    points: Sequence[Point]
    gain: Gain | None

    @property
    def accuracy(self) -> Accuracy | None:
        """Now; None while there are too few tests to tell."""
        return self.points[-1].accuracy if self.points else None


@dataclass(frozen=True)
class Share:
    """`share`, 0 to 1, of `count` answers; `low` and `high` are the 95 % interval."""

    count: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Consistency:
    """How steadily somebody answers, by the answers that stand; None where there are none to tell by.

    `same`: of the pairs asked again with their sides swapped, how many got the same answer: the same one better, or neither.
    `left`: how many of the better ones lay on the left; a coin chose the sides, so it is half for who does not mind them.
    """

    same: Share | None
    left: Share | None


def counts(rater: User) -> Counts:
    """Of the answers that stand; today begins at midnight of the site's time zone."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    judged = (
        Comparison.objects.standing().filter(rater=rater, outcome__in=Comparison.SOFT_TARGETS),
        Choice.objects.standing().filter(rater=rater).exclude(best=None),
    )
    found = [
        rows.aggregate(
            today=Count("key", distinct=True, filter=Q(answered_at__gte=midnight)), ever=Count("key", distinct=True)
        )
        for rows in judged
    ]
    return Counts(*(sum(row[name] for row in found) for name in ("today", "ever")))


def consistency(rater: User, axis: Axis) -> Consistency:
    """Of `rater` on `axis`. Repeats whose first answer was taken back tell nothing, nor do sides that no coin chose."""
    mine = Comparison.objects.standing().filter(rater=rater, axis=axis, outcome__in=Comparison.SOFT_TARGETS)
    first = mine.filter(is_repeat=False, left=OuterRef("right"), right=OuterRef("left")).values("outcome")[:1]
    again = mine.filter(is_repeat=True).annotate(first=Subquery(first)).exclude(first=None)
    same = [_side(outcome) == -_side(before) for outcome, before in again.values_list("outcome", "first")]
    sides = [_side(outcome) for outcome in mine.exclude(policy__in=NOT_ASKED).values_list("outcome", flat=True)]
    return Consistency(_share(sum(same), len(same)), _share(sides.count(1), sides.count(1) + sides.count(-1)))


def _side(outcome: str) -> int:
    """1 for left, -1 for right, 0 for neither."""
    target = Comparison.SOFT_TARGETS[outcome]
    return (target > 0.5) - (target < 0.5)


def _share(part: int, count: int) -> Share | None:
    if not count:
        return None
    found = curves.accuracy(part, count)
    return Share(count, found.right, found.low, found.high)


def milestone(answers: int) -> int | None:
    return next((count for count in MILESTONES if count > answers), None)


def curve(rater: User, axis: Axis) -> Curve | None:
    """What was measured last in the space that search uses: one row is read. None before anything was."""
    return curves_of(rater, [axis]).get(axis.pk)


def curves_of(rater: User, axes: Sequence[Axis]) -> dict[int, Curve]:
    """The same by axis, of those that were measured; one query for any number of them."""
    active = {"taste__space__state": EmbeddingSpace.State.ACTIVE}
    found = LearningCurve.objects.filter(taste__owner=rater, taste__axis__in=axes, **active)
    return {axis: _read(kept) for axis, kept in found.values_list("taste__axis", "found")}


def measure(taste: Taste) -> Curve | None:
    """Measure how `taste` improved and keep that; with the answers of the last time nothing is done. None without a basis.

    A fit for each point: for tasks, not for people to wait for.
    """
    basis = bases.of(taste.space)
    if taste.owner is None or basis is None:
        return None
    said, tests = (evidence(taste.owner, taste.axis, is_evaluation=is_test) for is_test in (False, True))
    prints = [tastes.fingerprint(part, basis) for part in (said, tests)]
    measured_from = hashlib.sha256(" ".join([*prints, str(taste.prior_variance)]).encode()).hexdigest()
    kept = LearningCurve.objects.filter(taste=taste, measured_from=measured_from).first()
    if kept is not None:
        return _read(kept.found)
    found = _measured(taste, said, tests)
    LearningCurve.objects.update_or_create(
        taste=taste, defaults={"measured_from": measured_from, "found": asdict(found)}
    )
    return found


def measure_all(axis: Axis) -> None:
    """Whatever was learned since it was measured, in the space that search uses."""
    known = Taste.objects.filter(axis=axis, space__state=EmbeddingSpace.State.ACTIVE).exclude(owner=None)
    for taste in known.exclude(
        pk__in=LearningCurve.objects.filter(measured_at__gte=F("taste__learned_at")).values("taste")
    ):
        measure(taste)


def _measured(taste: Taste, said: Evidence, tests: Evidence) -> Curve:
    basis = bases.of(taste.space)
    assert basis is not None  # whoever measures has it
    learned, kept_apart = (bases.answers(part, taste.space, basis) for part in (said, tests))
    tested = int((kept_apart.targets != 0.5).sum())
    points, gain, count = list[Point](), None, len(learned)
    if tested >= FEWEST_TESTS and count:
        after = steps(count)
        hits = curves.hits(learned, kept_apart, tastes.prior_of(taste, basis), [*after, count // 2])
        points = [Point(n, curves.accuracy(int(hit.sum()), tested)) for n, hit in zip(after, hits, strict=False)]
        gain = curves.gain(hits[-1], hits[-2], count // 2) if count >= FEWEST_HALVED else None
    return Curve(count, milestone(count), tested, FEWEST_TESTS, points, gain)


def _read(kept: Mapping[str, Any]) -> Curve:
    points = [Point(point["answers"], Accuracy(**point["accuracy"])) for point in kept["points"]]
    return Curve(**{**kept, "points": points, "gain": kept["gain"] and Gain(**kept["gain"])})
