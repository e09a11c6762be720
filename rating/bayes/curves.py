"""How well a taste predicts answers that it never saw after so many others, and how fast that still improves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from rating.bayes.answers import Answers
from rating.bayes.posterior import Prior, fit

Hits = npt.NDArray[np.bool_]

NORMAL_95 = 1.96
# Answers after which a curve has a point: about as far apart on a logarithmic scale.
STEPS = (10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10_000)


@dataclass(frozen=True)
class Accuracy:
    """Shares, 0 to 1, of `tested` held-out pairs with a better one; `low` and `high` are the 95 % interval."""

    tested: int
    right: float
    low: float
    high: float


@dataclass(frozen=True)
class Gain:
    """By how much, -1 to 1, the share of right predictions grew since there were `since` answers, with its 95 % interval."""

    since: int
    by: float
    low: float
    high: float


def steps(answers: int) -> list[int]:
    """After how many of so many answers to look: ascending, the last one after all of them; none of none."""
    return [*(count for count in STEPS if count < answers), *([answers] if answers else [])]


def hits(learned: Answers, tests: Answers, prior: Prior, counts: Sequence[int]) -> Hits:
    """(counts, tests): whether a taste of the first `counts` answers of `learned` predicts each pair of `tests`.

    Pairs without a better one are not tested. Picks among several are learned from in step with the pairs, as they keep
    no common order.
    """
    is_better = tests.targets != 0.5
    pairs, is_left = tests.pairs[is_better], tests.targets[is_better] > 0.5
    found, start = np.zeros((len(counts), len(pairs)), bool), prior.mean
    for place, count in enumerate(counts):
        start = fit(_first(learned, count), prior, start).mean
        found[place] = are_right(pairs @ start, is_left)
    return found


def are_right(logits: npt.NDArray[np.float64], is_left: Hits) -> Hits:
    """(n,): whether each of these logits that the left one wins says who does. One of exactly 0 does not say."""
    return np.asarray((logits != 0) & ((logits > 0) == is_left))


def _first(answers: Answers, count: int) -> Answers:
    pairs = round(count * len(answers.pairs) / max(len(answers), 1))
    return Answers(answers.size, answers.pairs[:pairs], answers.targets[:pairs], answers.best[: count - pairs])


def accuracy(right: int, tested: int) -> Accuracy:
    """The interval is Wilson's (1927), which is not wrong near 0 and 1 as the normal one is."""
    share, squared = right / tested, NORMAL_95**2
    middle = (share + squared / (2 * tested)) / (1 + squared / tested)
    half = NORMAL_95 * sqrt(share * (1 - share) / tested + squared / (4 * tested**2)) / (1 + squared / tested)
    # Where all or none are right an end of the interval is the share itself, but for the last bit.
    return Accuracy(tested, share, min(middle - half, share), max(middle + half, share))


def gain(before: Hits, after: Hits, since: int) -> Gain:
    """Of the same tests (n,), predicted twice: far surer than two intervals beside each other.

    The interval is that of Agresti and Min (2005) for paired shares: half a test is added to each of the four cells.
    """
    tested = len(before)
    won, lost = float(np.sum(after & ~before)), float(np.sum(before & ~after))
    padded, differing, shift = tested + 2, won + lost + 1, won - lost
    half = NORMAL_95 * sqrt(differing - shift**2 / padded) / padded
    return Gain(since, shift / tested, shift / padded - half, shift / padded + half)
