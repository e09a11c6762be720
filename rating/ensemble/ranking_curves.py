"""How well scores tell good memes from others, as curves that can be drawn: ROC, precision, what is found, calibration, spread.

`scores` (n,) finite, larger is better; `good` (n,) bool. All raise ValueError for other shapes and numbers that are not finite.
Definitions: Fawcett, "An introduction to ROC analysis" (2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rating.ensemble.metrics import Interval, check, share

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MOST_POINTS = 200  # of a curve: more are not seen


@dataclass(frozen=True)
class Point:
    """Of a curve, both from 0 to 1; `score` is the threshold at which it is reached."""

    x: float
    y: float
    score: float


@dataclass(frozen=True)
class Precision:
    """Among the best `count`, `right` are good: a share with its 95 % interval (Wilson)."""

    count: int
    right: Interval


@dataclass(frozen=True)
class Bin:
    """From `low` to `high`: how many there are, and the share of them that is good, with its 95 % interval; None where there
    are none."""

    low: float
    high: float
    count: int
    good: Interval | None


def roc(scores: Array, good: Mask) -> list[Point]:
    """From (0, 0) to (1, 1): of others (x) and good ones (y), the share at or above each score; empty with one kind alone."""
    check(scores, good)
    positives, negatives = int(good.sum()), int((~good).sum())
    if not positives or not negatives:
        return []
    above = _above(scores, good)
    points = [Point(0.0, 0.0, float(scores.max()))]
    points += [Point(other / negatives, found / positives, score) for score, found, other in above]
    return _thinned(points)


def found_by(scores: Array, good: Mask) -> list[Point]:
    """From (0, 0) to (1, 1): looking at the best share x of all, one sees the share y of the good ones; empty without any."""
    check(scores, good)
    positives = int(good.sum())
    if not positives:
        return []
    points = [Point(0.0, 0.0, float(scores.max()))]
    points += [
        Point((found + other) / len(scores), found / positives, score) for score, found, other in _above(scores, good)
    ]
    return _thinned(points)


def precision_at(scores: Array, good: Mask, counts: Sequence[int]) -> list[Precision]:
    """Of the best so many; ties at the edge count with their share. More than there are, are left out."""
    check(scores, good)
    found = []
    order = np.argsort(-scores, kind="stable")
    for count in counts:
        if count > len(scores):
            continue
        edge = scores[order[count - 1]]
        surely, tied = scores > edge, scores == edge
        right = good[surely].sum() + (count - surely.sum()) * (good[tied].mean() if tied.any() else 0.0)
        found.append(Precision(count, share(float(right), count)))
    return found


def calibration(chances: Array, good: Mask, bins: int = 10) -> list[Bin]:
    """Predicted probabilities (n,) against what came true, in equal steps from 0 to 1."""
    if ((chances < 0) | (chances > 1)).any():
        raise ValueError("Probabilities are from 0 to 1.")
    return spread(chances, good, np.linspace(0, 1, bins + 1))


def spread(scores: Array, good: Mask, edges: Array) -> list[Bin]:
    """How many there are between each two of the ascending `edges`, and how many of them are good; the last edge belongs to the
    last bin, what lies beyond both ends is left out."""
    check(scores, good)
    counts, positives = (np.histogram(part, edges)[0] for part in (scores, scores[good]))
    return [
        Bin(float(low), float(high), int(count), share(float(right), int(count)) if count else None)
        for low, high, count, right in zip(edges, edges[1:], counts, positives, strict=False)
    ]


def _above(scores: Array, good: Mask) -> list[tuple[float, int, int]]:
    """For each score that occurs, the highest first: how many good ones and how many others are at or above it."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    is_last = np.append(np.diff(ordered) != 0, True)
    found, others = np.cumsum(good[order]), np.cumsum(~good[order])
    return list(zip(ordered[is_last].tolist(), found[is_last].tolist(), others[is_last].tolist(), strict=True))


def _thinned(points: list[Point]) -> list[Point]:
    if len(points) <= MOST_POINTS:
        return points
    return [points[place] for place in np.linspace(0, len(points) - 1, MOST_POINTS).round().astype(int).tolist()]
