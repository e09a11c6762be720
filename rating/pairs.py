"""A person's queue of pairs: filled in batches, with a share of random ones for evaluation and of planned repeats."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from rating import leases
from rating.models import Axis, Comparison, PairCandidate
from rating.policies import LOOKS_AT, LOOKS_AT_OTHERWISE, POLICIES, Pair, Proposal, Wanted, ordered
from rating.pool import Pool

BATCH = 16
EVALUATION_SHARE = 0.08  # of what is asked of the whole library
REPEAT_SHARE = 0.04
REPEAT_AFTER = 20  # answers, so that the second is not simply remembered
MOST_OF_THEM = 4  # of a batch: what fell behind is made up for over several

IMPORTED = "imported"  # the policy of what was not asked here

coin = random.Random()  # seeded by the system


@dataclass(frozen=True)
class Asked:
    """What is to be asked: about which memes, on which axes, chosen by which policy."""

    pool: Pool
    policy: str = "random"
    axes: Sequence[Axis] = ()


def queue(asked: Asked) -> QuerySet[PairCandidate]:
    """What waits for an answer in this pool, and can be shown."""
    waiting = PairCandidate.objects.filter(rater=asked.pool.rater).waiting()
    return waiting.filter(asked.pool.holds("left", "right"))


def take(asked: Asked, tab: str, count: int) -> list[PairCandidate]:
    """The next pairs for `tab`, in the order in which they are to be shown; fewer when no more are left.

    Repeated, the same ones come until they are answered.
    """
    found = leases.lease(queue(asked), tab, count)
    if len(found) < count and fill(asked):
        found = leases.lease(queue(asked), tab, count)
    return found


def fill(asked: Asked, rng: random.Random = coin) -> int:
    """Put up to BATCH new pairs into the queue, unless that many wait there for anybody. Returns how many were added.

    One at a time for each person: the second waits and finds the queue full. 0 also when every pair is used up.
    """
    if _free(asked) >= BATCH:
        return 0
    ids = asked.pool.sample(
        rng, LOOKS_AT.get(asked.policy, LOOKS_AT_OTHERWISE)
    )  # before the lock: a search may take its time
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=asked.pool.rater.pk)
        lacking = BATCH - _free(asked)
        batch = _choose(asked, ids, lacking, rng) if lacking > 0 else []
        made = PairCandidate.objects.bulk_create(batch, ignore_conflicts=True)
    return len(made)


def _free(asked: Asked) -> int:
    return queue(asked).filter(leased_until=None).count()


def discard_waiting(rater: User) -> int:
    """Take out what waits and was not handed out, so that the next batch can be chosen by what was learned since.

    Random pairs for evaluation stay: throwing them away for others would make them less random. Repeated, nothing.
    """
    waiting = PairCandidate.objects.filter(rater=rater, asked_at=None, is_evaluation=False, is_repeat=False).waiting()
    return waiting.delete()[0]


def _choose(asked: Asked, ids: Sequence[int], count: int, rng: random.Random) -> list[PairCandidate]:
    rater = asked.pool.rater
    used = _used(rater)
    repeats = _repeats(asked, _due(rater, "is_repeat", REPEAT_SHARE, count), rng)
    tests = _due(rater, "is_evaluation", EVALUATION_SHARE, count) if asked.pool.is_everything else 0
    wanted = Wanted(rater, asked.axes, ids, used, count - len(repeats), rng)
    drawn = POLICIES["random"](_fewer(wanted, tests)) if tests else []
    known = used | {proposal.pair for proposal in drawn}
    rest = Wanted(rater, asked.axes, ids, known, wanted.count - len(drawn), rng)
    chosen = POLICIES[asked.policy](rest)
    apart = [*repeats, *(_shown(rater, proposal, "random", rng, is_evaluation=True) for proposal in drawn)]
    for candidate in apart:  # nobody should be able to tell a test by its place
        candidate.priority = rng.choice([proposal.priority for proposal in chosen] or [0.0])
    batch = [*apart, *(_shown(rater, proposal, asked.policy, rng) for proposal in chosen)]
    rng.shuffle(batch)
    return batch


def _fewer(wanted: Wanted, count: int) -> Wanted:
    return Wanted(wanted.rater, wanted.axes, wanted.ids, wanted.used, min(count, wanted.count), wanted.rng)


def _shown(
    rater: User, proposal: Proposal, policy: str, rng: random.Random, *, is_evaluation: bool = False
) -> PairCandidate:
    left, right = proposal.pair if rng.random() < 0.5 else proposal.pair[::-1]
    return PairCandidate(
        rater=rater,
        left_id=left,
        right_id=right,
        policy=policy,
        priority=proposal.priority,
        is_evaluation=is_evaluation,
    )


def _used(rater: User) -> set[Pair]:
    rows = PairCandidate.objects.filter(rater=rater, is_repeat=False).values_list("left", "right")
    return {ordered(*row) for row in rows}


def _due(rater: User, flag: str, share: float, count: int) -> int:
    """How many of the next `count` must have `flag`, for `share` of everything ever asked here to have it."""
    made = (
        PairCandidate.objects.filter(rater=rater)
        .exclude(policy=IMPORTED)
        .aggregate(total=Count("pk"), flagged=Count("pk", filter=Q(**{flag: True})))
    )
    due = round((int(made["total"]) + count) * share) - int(made["flagged"])
    return min(max(0, due), MOST_OF_THEM)


def _repeats(asked: Asked, count: int, rng: random.Random) -> list[PairCandidate]:
    """Pairs of the pool that were answered a while ago, with their sides swapped, each at most once."""
    rater = asked.pool.rater
    judged = Comparison.objects.standing().filter(candidate=OuterRef("pk"), outcome__in=Comparison.SOFT_TARGETS)
    first = PairCandidate.objects.filter(Exists(judged), rater=rater, is_repeat=False).exclude(answered_at=None)
    shown = first.filter(asked.pool.holds("left", "right")).order_by("-answered_at")
    rows = shown.values_list("left", "right")[REPEAT_AFTER:] if count else []
    again = PairCandidate.objects.filter(rater=rater, is_repeat=True).values_list("left", "right")
    known = {ordered(*row) for row in again}
    open_ = [row for row in rows if ordered(*row) not in known]
    return [
        PairCandidate(rater=rater, left_id=right, right_id=left, policy="repeat", is_repeat=True)
        for left, right in rng.sample(open_, min(count, len(open_)))
    ]
