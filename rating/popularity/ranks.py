"""What of a score speaks of the picture: its rank among what was posted in the same community and month."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

# Of each community and month, as in ranks: the classifier learns the best third from the worst one.
TOP, BOTTOM = 2 / 3, 1 / 3


def ranks(scores: Array, groups: Places) -> Array:
    """(n,) in (0, 1): the share of its group that each of `scores` (n,) beats; equal ones share their mean.

    `groups` (n,) are numbers from 0. Half of a post counts as beaten by itself, so that the few of a small group stay near one
    half, which says nothing. Unlike the score, a rank does not grow with the community, the month or an outlier.
    Raises ValueError for different shapes and for scores that are not finite.
    """
    if scores.shape != groups.shape or scores.ndim != 1:
        raise ValueError(f"Expected a group for each score, not {scores.shape} and {groups.shape}.")
    if not np.isfinite(scores).all():
        raise ValueError("Scores hold numbers that are not finite.")
    order = np.lexsort((scores, groups))
    ordered, ordered_groups = scores[order], groups[order]
    is_new_group = np.diff(ordered_groups, prepend=-1) != 0
    is_new = is_new_group | (np.diff(ordered, prepend=np.nan) != 0)
    ties = np.cumsum(is_new) - 1
    starts = np.append(np.flatnonzero(is_new), len(scores))
    middles = (starts[:-1] + starts[1:]) / 2  # of equal scores, counted from the first of all
    firsts = np.flatnonzero(is_new_group)
    sizes = np.diff(np.append(firsts, len(scores)))
    within = np.repeat(firsts, sizes)
    found = np.empty(len(scores))
    found[order] = (middles[ties] - within) / np.repeat(sizes, sizes)
    return found


def groups(communities: npt.NDArray[np.generic], months: npt.NDArray[np.generic]) -> Places:
    """(n,) a number from 0 for each pair of community and month."""
    _, first = np.unique(communities, return_inverse=True)
    _, second = np.unique(months, return_inverse=True)
    return np.asarray(np.unique(first * (second.max(initial=0) + 1) + second, return_inverse=True)[1], np.intp)


def correlation(one: Array, other: Array) -> float:
    """Spearman's rank correlation of two (n,); nan where either is constant or there are fewer than two."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    together = np.zeros(len(one), np.intp)
    return float(np.corrcoef(ranks(one, together), ranks(other, together))[0, 1])
