"""Who chooses the next pairs: each policy is a function from what is wanted to pairs, the best first."""

import random
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, zip_longest

import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import User

from rating import bases, deep, tastes
from rating.bayes import Basis, Draw, choose, draw_pairs, draw_targets
from rating.bayes.acquisition import CANDIDATES, TARGETS
from rating.evidence import Ids, chosen
from rating.models import Axis, Comparison
from search import spaces
from search.models import EmbeddingSpace

Pair = tuple[int, int]
Array = npt.NDArray[np.float64]
TRIES = 20  # random draws for each pair, before the pairs that are left are looked for one by one


@dataclass(frozen=True)
class Wanted:
    """What a policy may choose from. `used` are the pairs this person was asked or will be, the smaller id first; of them
    `waiting` are without an answer yet."""

    rater: User
    axes: Sequence[Axis]
    ids: Sequence[int]
    used: Set[Pair]
    count: int
    rng: random.Random
    waiting: Sequence[Pair] = ()


@dataclass(frozen=True)
class Proposal:
    """Two memes, in any order, and how much their answer would tell; larger is asked sooner."""

    pair: Pair
    priority: float = 0.0
    is_random: bool = False


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
    return [Proposal(pair, is_random=True) for pair in chosen]


def _left_over(wanted: Wanted) -> list[Pair]:
    """The unused pairs, shuffled. Only reached when most pairs are used, so there are no more than a person can answer."""
    pairs = [pair for pair in combinations(sorted(wanted.ids), 2) if pair not in wanted.used]
    wanted.rng.shuffle(pairs)
    return pairs


def ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


# --- by what was learned -------------------------------------------------------------------------------------------


def is_ready(policy: str) -> bool:
    """Whether there is anything the policy could go by: a space with coordinates for all but random ones."""
    space = None if policy == RANDOM else spaces.active()
    return policy == RANDOM or (space is not None and bases.of(space) is not None)


def telling_pairs(wanted: Wanted, *, score: str, is_curating: bool = False) -> list[Proposal]:
    """Those whose answers tell most, by the `score` of `rating.bayes.acquisition`, to the taste on each axis in turn.

    What waits counts as answered, so that a batch does not ask again what the one before it does. With `is_curating` it is
    the best memes that one wants to tell apart. When no telling pair is left, random ones.
    """
    space = spaces.active()
    basis = None if space is None else bases.of(space)
    if space is None or basis is None:
        return random_pairs(wanted)
    ids, features = bases.features_of(np.asarray(sorted(wanted.ids), np.int64), space, basis)
    rng = np.random.default_rng(wanted.rng.getrandbits(64))
    picked, axes = list[list[Pair]](), answered_last(wanted.rater, wanted.axes)
    for place, axis in enumerate(axes):
        taken = {pair for pairs in picked for pair in pairs}
        candidates, share = _open(ids, wanted.used | taken, rng), len(range(place, wanted.count, len(axes)))
        if not len(candidates):
            break
        posterior = tastes.posterior(wanted.rater, axis, space, basis)
        targets = draw_targets(features @ posterior.mean, TARGETS, rng, curating=is_curating)
        found = choose(
            score, posterior.expecting(_differences([*wanted.waiting, *taken], ids, features)), features, candidates,
            targets=targets.differences(features), rng=rng, count=share,
            members=_members(wanted.rater, axis, space, basis, features) if score == "variance" else None,
        )  # fmt: skip
        picked.append(
            [ordered(*pair) for pair in zip(ids[found.left].tolist(), ids[found.right].tolist(), strict=True)]
        )
    in_turn = [pair for pairs in zip_longest(*picked) for pair in pairs if pair is not None]
    rest = replace(wanted, used=wanted.used | set(in_turn), count=wanted.count - len(in_turn))
    priorities = np.linspace(1, 0, len(in_turn), endpoint=False).tolist()
    return [*map(Proposal, in_turn, priorities), *random_pairs(rest)]


def answered_last(rater: User, axes: Sequence[Axis]) -> list[Axis]:
    """Of `axes` those that `rater` gave their last answer on; the first one for somebody without answers."""
    last = Comparison.objects.standing().filter(rater=rater, axis__in=axes).order_by("-answered_at", "-pk").first()
    if last is None:
        return list(axes[:1])
    together = set(Comparison.objects.filter(rater=rater, key=last.key).values_list("axis", flat=True))
    return [axis for axis in axes if axis.pk in together]


def _members(rater: User, axis: Axis, space: EmbeddingSpace, basis: Basis, features: Array) -> Array | None:
    """What each network of the newest deep taste says of the memes, (memes, members); None where there is none."""
    newest = chosen(rater, axis, space).deep
    known = None if newest is None else deep.usable(newest)
    if known is None or known.config.basis != basis.checksum:
        return None
    return known.by_member(features, str(axis.pk))


def _open(ids: Ids, used: Set[Pair], rng: np.random.Generator) -> Draw:
    """Up to CANDIDATES different pairs of places in `ids`, ascending, that are not `used`."""
    if len(ids) < 2:
        return Draw(np.zeros(0, np.intp), np.zeros(0, np.intp))
    drawn = draw_pairs(len(ids), CANDIDATES, rng)
    codes = np.minimum(drawn.left, drawn.right) * len(ids) + np.maximum(drawn.left, drawn.right)
    taken = _places(sorted(used), ids)
    first = np.unique(codes, return_index=True)[1]
    return drawn.only(first[~np.isin(codes[first], taken[:, 0] * len(ids) + taken[:, 1])])


def _places(pairs: Sequence[Pair], ids: Ids) -> npt.NDArray[np.intp]:
    """(n, 2) in `ids`, ascending, of those pairs that it holds."""
    both = np.asarray(pairs, np.int64).reshape(-1, 2)
    return np.asarray(np.searchsorted(ids, both[np.isin(both, ids).all(1)]), np.intp)


def _differences(pairs: Sequence[Pair], ids: Ids, features: Array) -> Array:
    """(n, k) of those pairs whose memes are among `ids`."""
    places = _places(pairs, ids)
    return np.asarray(features[places[:, 0]] - features[places[:, 1]])


RANDOM, DEFAULT = "random", "epig"
POLICIES: Mapping[str, Policy] = {
    "epig": partial(telling_pairs, score="epig"),
    "epig-best": partial(telling_pairs, score="epig", is_curating=True),
    "bald": partial(telling_pairs, score="bald"),
    "variance": partial(telling_pairs, score="variance"),
    "near-even": partial(telling_pairs, score="near-even"),
    "gradient": partial(telling_pairs, score="gradient"),
    RANDOM: random_pairs,
}
# For people, in the order in which they are offered.
LABELS = {
    "epig": "what tells most, to learn everything",
    "epig-best": "what tells most, to find the best",
    "bald": "what is least known (BALD)",
    "variance": "what networks disagree on",
    "near-even": "what seems equally good",
    "gradient": "what would change most",
    RANDOM: "anything, by chance",
}
# Memes that a policy chooses among, drawn from the pool: a pair of a few hundred random ones is as random as a pair of all.
LOOKS_AT = {RANDOM: 256}
LOOKS_AT_OTHERWISE = 2048
