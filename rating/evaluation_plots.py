"""How well a taste finds what is good, as plots: ROC, what is found, precision, how scores are spread, calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rating.ensemble import ranking_curves as curves
from rating.ensemble.ranking_curves import Array, Bin, Mask, Point
from rating.plots import Mark, Plot, Series

PRECISION_AT = (10, 20, 50, 100, 200, 500, 1000)
PARTS = 20  # of a histogram
LIKELY = "The band is where it lies with 95 % confidence."


def roc(scores: Array, good: Mask, name: str, title: str) -> list[Plot]:
    """One or, with one kind alone, none. `good` are to be scored above the others."""
    points = curves.roc(scores, good)
    note = "Along the diagonal lies chance; the further above it, the better."
    return [_of_points(points, title, ("others above", "good ones above"), note, name)] if points else []


def found(scores: Array, good: Mask) -> list[Plot]:
    """One or, without any that is good, none."""
    points, note = curves.found_by(scores, good), "Who looks at the best so many finds this share of all good ones."
    axes = ("looked at, best first", "of the good ones found")
    return [_of_points(points, "Good memes by score", axes, note, "found")] if points else []


def _of_points(points: Sequence[Point], title: str, axes: tuple[str, str], note: str, name: str) -> Plot:
    x = [point.x for point in points]
    lines = [Series("this taste", [point.y for point in points]), Series("chance", x, "dashes")]
    return Plot(title, *axes, x, lines, note, is_share=(True, True), name=name)


def precision(scores: Array, good: Mask) -> list[Plot]:
    """One or, with fewer than the first of PRECISION_AT, none."""
    points = curves.precision_at(scores, good, PRECISION_AT)
    right = [point.right for point in points]
    lines = [
        Series("good", [one.value for one in right], "line", [one.low for one in right], [one.high for one in right]),
        Series("chance", [float(good.mean())] * len(points), "dashes"),
    ]
    plot = Plot(
        "Good ones among the best", "best memes", "good", [point.count for point in points], lines,
        LIKELY, is_share=(False, True), name="precision",
    )  # fmt: skip
    return [plot] if points else []


def histogram(percentiles: Array, good: Mask, thresholds: Sequence[Mark]) -> list[Plot]:
    """How many there are at each percentile of the library, and which share of them is good; with the thresholds of queues."""
    edges, label = _edges(percentiles, thresholds), "percentile of the library"
    bins, wider = (curves.spread(percentiles, good, part) for part in (edges, edges[::2]))
    x, x_wider = ([(part.low + part.high) / 2 for part in parts] for parts in (bins, wider))
    rights = [round(part.good.value * part.count) if part.good else 0 for part in bins]
    counted = [Series("judged", [part.count for part in bins], "bars"), Series("of them good", rights, "bars")]
    return [
        Plot("Scores of what was judged", label, "memes", x, counted, marks=thresholds, name="histogram"),
        Plot(
            "Good by score", label, "good", x_wider, [_shares(wider, "good")], f"It should rise. {LIKELY}", marks=thresholds,
            is_share=(False, True), name="good-by-score",
        ),
    ]  # fmt: skip


def _edges(percentiles: Array, thresholds: Sequence[Mark]) -> Array:
    """So that all that was judged lies within: queues hold nothing but the best."""
    low = min([float(percentiles.min()), *(mark.x for mark in thresholds)])
    return np.linspace(min(np.floor(low / 5) * 5, 95.0), 100.0, PARTS + 1)


def calibration(wins: Array, left_wins: Mask) -> list[Plot]:
    """Whether of the pairs that were given a chance so many came true."""
    bins = [part for part in curves.calibration(wins, left_wins) if part.count]
    x = [(part.low + part.high) / 2 for part in bins]
    lines = [_shares(bins, "came true"), Series("as said", x, "dashes")]
    axes = ("chance given to the left one", "left one won")
    note = f"Along the diagonal chances are what they say. {LIKELY}"
    return [Plot("Calibration on comparisons", *axes, x, lines, note, is_share=(True, True), name="calibration")]


def _shares(bins: Sequence[Bin], label: str) -> Series:
    goods = [part.good for part in bins]
    return Series(
        label,
        [one.value if one else None for one in goods], "line",
        [one.low if one else None for one in goods], [one.high if one else None for one in goods],
    )  # fmt: skip
