"""A person's queue of fours, of which the best is picked: one click tells about as much as two pairs."""

import random

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from rating import leases
from rating.models import PLACES, FourCandidate
from rating.pairs import BATCH, Asked, coin
from rating.policies import LOOKS_AT

TRIES = 10  # draws for each four; of eight memes one can make seventy


def queue(asked: Asked) -> QuerySet[FourCandidate]:
    """What waits for an answer in this pool, and can be shown."""
    waiting = FourCandidate.objects.filter(rater=asked.pool.rater).waiting()
    return waiting.filter(asked.pool.holds(*PLACES))


def take(asked: Asked, tab: str, count: int) -> list[FourCandidate]:
    """The next fours for `tab`; as for pairs."""
    found = leases.lease(queue(asked), tab, count)
    if len(found) < count and fill(asked):
        found = leases.lease(queue(asked), tab, count)
    return found


def fill(asked: Asked, rng: random.Random = coin) -> int:
    """Put up to BATCH new fours into the queue, unless that many wait there. Returns how many were added.

    Random ones: a pick among four says most when nothing is known of them yet.
    """
    rater = asked.pool.rater
    ids = asked.pool.sample(rng, LOOKS_AT["random"])
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=rater.pk)
        free = queue(asked).filter(leased_until=None).count()
        return len(FourCandidate.objects.bulk_create(_choose(rater, ids, BATCH - free, rng), ignore_conflicts=True))


def _choose(rater: User, ids: list[int], count: int, rng: random.Random) -> list[FourCandidate]:
    used = {tuple(members) for members in FourCandidate.objects.filter(rater=rater).values_list("members", flat=True)}
    batch: list[FourCandidate] = []
    for _ in range(count * TRIES if len(ids) >= 4 else 0):
        shown = rng.sample(ids, 4)  # in the order in which they are shown
        members = tuple(sorted(shown))
        if members not in used and len(batch) < count:
            used.add(members)
            places = dict(zip((f"{place}_id" for place in PLACES), shown, strict=True))
            batch.append(FourCandidate(rater=rater, members=list(members), policy="random", **places))
    return batch
