"""Who chooses the next pairs: each policy is a function from what is wanted to pairs, the best first."""

import random
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from django.contrib.auth.models import User

from rating.models import Axis

Pair = tuple[int, int]
TRIES = 20  # random draws for each pair, before the pairs that are left are looked for one by one


@dataclass(frozen=True)
class Wanted:
    """What a policy may choose from. `used` are the pairs this person was asked or will be, the smaller id first."""

    rater: User
    axes: Sequence[Axis]
    ids: Sequence[int]
    used: Set[Pair]
    count: int
    rng: random.Random


@dataclass(frozen=True)
class Proposal:
    """Two memes, in any order, and how much their answer would tell; larger is asked sooner."""

    pair: Pair
    priority: float = 0.0


Policy = Callable[[Wanted], list[Proposal]]


def random_pairs(wanted: Wanted) -> list[Proposal]:
    """Unused pairs, each equally likely; fewer than wanted when no more are left."""
    ids, used, chosen = wanted.ids, wanted.used, dict[Pair, None]()
    if len(ids) < 2:
        return []
    for _ in range(wanted.count * TRIES):
        if len(chosen) == wanted.count:
            break
        pair = ordered(*wanted.rng.sample(ids, 2))
        if pair not in used:
            chosen[pair] = None
    for pair in () if len(chosen) == wanted.count else _left_over(wanted):
        if len(chosen) == wanted.count:
            break
        chosen[pair] = None
    return [Proposal(pair) for pair in chosen]


def _left_over(wanted: Wanted) -> list[Pair]:
    """The unused pairs, shuffled. Only reached when most pairs are used, so there are no more than a person can answer."""
    pairs = [pair for pair in combinations(sorted(wanted.ids), 2) if pair not in wanted.used]
    wanted.rng.shuffle(pairs)
    return pairs


def ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


# Those that look at what was learned join here.
POLICIES: dict[str, Policy] = {"random": random_pairs}
# Memes that a policy chooses among, drawn from the pool: a pair of a few hundred random ones is as random as a pair of all.
LOOKS_AT = {"random": 256}
LOOKS_AT_OTHERWISE = 4096
