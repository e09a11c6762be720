"""A person's queue of pairs: filled in batches, with a share of random ones for evaluation and of planned repeats."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from rating import leases
from rating.models import Axis, Comparison, PairCandidate
from rating.policies import (
    DEFAULT,
    LOOKS_AT,
    LOOKS_AT_OTHERWISE,
    POLICIES,
    RANDOM,
    Pair,
    Proposal,
    Wanted,
    is_ready,
    ordered,
    random_pairs,
)
from rating.pool import Pool

BATCH = 16
LOW = 8  # telling pairs are chosen several at a time: when so many are left, and not one for each that is answered
AT_ONCE = 6  # random pairs for somebody who would have to wait for telling ones
OUTDATED_AFTER = 10  # answers: by then other pairs tell more than those chosen before them
EVALUATION_SHARE = 0.08  # of what is asked of the whole library
REPEAT_SHARE = 0.04
REPEAT_AFTER = 20  # answers, so that the second is not simply remembered
MOST_OF_THEM = 4  # of a batch: what fell behind is made up for over several

# The policies of what was not asked here: brought in, or said of a meme without being asked.
IMPORTED, CORRECTION = "imported", "correction"
NOT_ASKED = (IMPORTED, CORRECTION)

coin = random.Random()  # seeded by the system


@dataclass(frozen=True)
class Asked:
    """What is to be asked: about which memes, on which axes, chosen by which policy."""

    pool: Pool
    policy: str = DEFAULT
    axes: Sequence[Axis] = ()

    @property
    def is_random(self) -> bool:
        return self.policy == RANDOM


def queue(asked: Asked) -> QuerySet[PairCandidate]:
    """What waits for an answer in this pool, and can be shown: of other policies only what was shown before."""
    waiting = PairCandidate.objects.filter(rater=asked.pool.rater).waiting()
    by_policy = Q(policy__in=(asked.policy, RANDOM)) | Q(is_repeat=True) | ~Q(asked_at=None)
    return waiting.filter(by_policy, asked.pool.holds("left", "right"))


def take(asked: Asked, tab: str, count: int) -> list[PairCandidate]:
    """The next pairs for `tab`, in the order in which they are to be shown; fewer when no more are left.

    Repeated, the same ones come until they are answered. Telling pairs come a batch at a time, as the tab answers; nobody
    waits for them to be chosen: until `fill` has run there are random ones.
    """
    if asked.is_random or not is_ready(asked.policy):
        return _take(replace(asked, policy=RANDOM), tab, count, count)
    return _take(asked, tab, min(count, BATCH), min(count, AT_ONCE))


def _take(asked: Asked, tab: str, most: int, least: int) -> list[PairCandidate]:
    found = leases.lease(queue(asked), tab, most)
    if len(found) < least and fill_at_once(asked):
        found = leases.lease(queue(asked), tab, least)
    return found


def fill_at_once(asked: Asked) -> int:
    """Put random pairs into the queue, few of them where telling ones will follow."""
    return fill(replace(asked, policy=RANDOM), most=BATCH if asked.is_random else AT_ONCE)


def fill(asked: Asked, rng: random.Random = coin, *, most: int = BATCH) -> int:
    """Put up to `most` new pairs into the queue, unless enough wait there for anybody. Returns how many were added.

    Where nothing can be learned yet, random ones. Those that were chosen by another policy or by what was known a while ago,
    and were not shown, make room. Two at once choose twice, and add once. 0 also when every pair is used up.
    """
    asked = asked if is_ready(asked.policy) else replace(asked, policy=RANDOM)
    if _there(asked) > (most - 1 if asked.is_random else LOW):
        return 0
    ids = asked.pool.sample(rng, LOOKS_AT.get(asked.policy, LOOKS_AT_OTHERWISE))
    wanted = Wanted(asked.pool.rater, asked.axes, ids, _used(asked), most, rng, _waiting(asked))
    proposals = [] if asked.is_random else POLICIES[asked.policy](wanted)  # before the lock: it takes its time
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=asked.pool.rater.pk)
        if not asked.is_random:
            _discard_outdated(asked)
        lacking = most - _there(asked)
        batch = _mix(asked, replace(wanted, count=lacking), proposals) if lacking > 0 else []
        made = PairCandidate.objects.bulk_create(batch, ignore_conflicts=True)
    return len(made)


def _there(asked: Asked) -> int:
    """How many wait in the queue: random ones that nobody holds; telling ones that are not outdated, whoever shows them.

    Every telling pair that waits longer was chosen by knowing less.
    """
    if asked.is_random:
        return queue(asked).filter(leased_until=None).count()
    return queue(asked).filter(policy=asked.policy).exclude(_is_outdated(asked)).count()


def _is_outdated(asked: Asked) -> Q:
    """Chosen by another policy, or before the last few answers, and not shown. What is random on purpose stays."""
    answered = PairCandidate.objects.filter(rater=asked.pool.rater).exclude(answered_at=None).order_by("-answered_at")
    since = answered.values_list("answered_at", flat=True)[OUTDATED_AFTER - 1 : OUTDATED_AFTER].first()
    is_old = ~Q(policy=asked.policy) if since is None else ~Q(policy=asked.policy) | Q(created_at__lt=since)
    return is_old & Q(asked_at=None, is_evaluation=False, is_repeat=False)


def _discard_outdated(asked: Asked) -> None:
    """Those that another tab is just being given are left alone."""
    outdated = PairCandidate.objects.filter(_is_outdated(asked), rater=asked.pool.rater).waiting()
    locked = outdated.select_for_update(skip_locked=True).values_list("pk", flat=True)
    PairCandidate.objects.filter(pk__in=list(locked)).delete()


def _waiting(asked: Asked) -> list[Pair]:
    """Pairs to be learned from without an answer that will get one."""
    rows = PairCandidate.objects.filter(rater=asked.pool.rater, is_evaluation=False).waiting()
    return [ordered(*row) for row in rows.exclude(_is_outdated(asked)).values_list("left", "right")]


def _mix(asked: Asked, wanted: Wanted, proposals: Sequence[Proposal]) -> list[PairCandidate]:
    """A batch of `wanted.count`: repeats, random pairs kept for evaluation, and the rest as proposed, or random."""
    rater, rng, used = wanted.rater, wanted.rng, _used(asked)
    repeats = _repeats(asked, _due(rater, "is_repeat", REPEAT_SHARE, wanted.count), rng)
    tests = _due(rater, "is_evaluation", EVALUATION_SHARE, wanted.count) if asked.pool.is_everything else 0
    left = wanted.count - len(repeats)
    drawn = random_pairs(replace(wanted, used=used, count=min(tests, left)))
    known, left = used | {proposal.pair for proposal in drawn}, left - len(drawn)
    chosen = [proposal for proposal in proposals if proposal.pair not in known][:left]
    if asked.is_random:
        chosen = random_pairs(replace(wanted, used=known, count=left))
    apart = [*repeats, *(_shown(rater, proposal, RANDOM, rng, is_evaluation=True) for proposal in drawn)]
    for candidate in apart:  # nobody should be able to tell a test by its place
        candidate.priority = rng.choice([proposal.priority for proposal in chosen] or [0.0])
    by = [(proposal, RANDOM if proposal.is_random else asked.policy) for proposal in chosen]
    batch = [*apart, *(_shown(rater, proposal, policy, rng) for proposal, policy in by)]
    rng.shuffle(batch)
    return batch


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


def _used(asked: Asked) -> set[Pair]:
    """Asked before, or going to be; answered too, when what was asked about was merged with another meme."""
    mine = {"rater": asked.pool.rater, "is_repeat": False}
    rows = PairCandidate.objects.filter(**mine)
    rows = rows if asked.is_random else rows.exclude(_is_outdated(asked) & Q(answered_at=None))
    answered = Comparison.objects.standing().filter(**mine)
    return {ordered(*row) for found in (rows, answered) for row in found.values_list("left", "right")}


def _due(rater: User, flag: str, share: float, count: int) -> int:
    """How many of the next `count` must have `flag`, for `share` of everything ever asked here to have it."""
    made = (
        PairCandidate.objects.filter(rater=rater)
        .exclude(policy__in=NOT_ASKED)
        .aggregate(total=Count("pk"), flagged=Count("pk", filter=Q(**{flag: True})))
    )
    due = round((int(made["total"]) + count) * share) - int(made["flagged"])
    return min(max(0, due), MOST_OF_THEM)


def _repeats(asked: Asked, count: int, rng: random.Random) -> list[PairCandidate]:
    """Pairs of the pool that were answered a while ago, with their sides swapped, each at most once.

    None that was kept for evaluation: its repeat would be learned from.
    """
    rater = asked.pool.rater
    judged = Comparison.objects.standing().filter(candidate=OuterRef("pk"), outcome__in=Comparison.SOFT_TARGETS)
    first = PairCandidate.objects.filter(Exists(judged), rater=rater, is_repeat=False, is_evaluation=False)
    first = first.exclude(answered_at=None)
    first = first.exclude(policy=CORRECTION)  # nobody has seen these two beside each other
    shown = first.filter(asked.pool.holds("left", "right")).order_by("-answered_at")
    rows = shown.values_list("left", "right")[REPEAT_AFTER:] if count else []
    again = PairCandidate.objects.filter(rater=rater, is_repeat=True).values_list("left", "right")
    known = {ordered(*row) for row in again}
    open_ = [row for row in rows if ordered(*row) not in known]
    return [
        PairCandidate(rater=rater, left_id=right, right_id=left, policy="repeat", is_repeat=True)
        for left, right in rng.sample(open_, min(count, len(open_)))
    ]
