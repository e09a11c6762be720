"""Where the results of one query become weak: where chance alone would have brought up as many."""

import math

import numpy as np
import numpy.typing as npt

from search.sidecar.terms import Background

# Strong results are those of which more than half cannot be chance.
LARGEST_CHANCE_SHARE = 0.5
# From fewer scores the spread is known to no more than a quarter.
FEWEST_SAMPLED = 30
# The quantiles of n scores tell the spread about 1.5 / sqrt(n) of itself too small or too large.
SPREAD_ERRORS = 2.0
# Cosines of 16-bit vectors are rounded to about this; a background without any spread must not make them matter.
SMALLEST_SPREAD = 0.002


def cut(scores: npt.NDArray[np.floating], background: Background, among: float) -> int | None:
    """How many of `scores` (n,), cosines from the highest to the lowest, are strong; None when that cannot be told.

    `among` memes were searched. If a query is about none of them, its scores are normal with the background's centre and
    spread, and among * P(chance >= score) of them come as high as a score; the more are searched, the higher chance
    reaches. Of all places, the last one is taken at which that number is at most LARGEST_CHANCE_SHARE of the place. This
    is Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate" (1995), with the null distribution taken from
    the data themselves (see `search.sidecar.background`).
    """
    if background.sampled < FEWEST_SAMPLED:
        return None
    # In a large library a spread that is told a little too small would let hundreds through.
    spread = max(background.spread, SMALLEST_SPREAD) * (1 + SPREAD_ERRORS / math.sqrt(background.sampled))
    deviations = (np.asarray(scores, np.float64) - background.centre) / spread
    by_chance = among * normal_tail(deviations)
    places = np.arange(1, len(scores) + 1)
    passed = np.flatnonzero((by_chance <= LARGEST_CHANCE_SHARE * places) & (deviations > 0))
    return int(passed[-1]) + 1 if len(passed) else 0


def normal_tail(deviations: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n,) -> (n,): the probability that a standard normal variable is at least that large."""
    return np.array([0.5 * math.erfc(value / math.sqrt(2)) for value in deviations.tolist()])
