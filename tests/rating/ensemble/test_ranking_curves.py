import itertools

import numpy as np
import pytest

from rating.ensemble import metrics
from rating.ensemble.ranking_curves import MOST_POINTS, calibration, found_by, precision_at, roc, spread

# Fawcett's "An introduction to ROC analysis" (2006), figure 3: twenty instances by score, p or n.
LABELS = "ppnpppnnpnpnpnnnpnpn"
SCORES = [.9, .8, .7, .6, .55, .54, .53, .52, .51, .505, .4, .39, .38, .37, .36, .35, .34, .33, .30, .1]  # fmt: skip
FAWCETT = np.array(SCORES), np.array([label == "p" for label in LABELS])


def area(points: list[tuple[float, float]]) -> float:
    return sum((x - before) * (y + last) / 2 for (before, last), (x, y) in itertools.pairwise(points))


def test_the_published_roc_curve_comes_out() -> None:
    points = [(point.x, point.y) for point in roc(*FAWCETT)]
    assert points[:6] == [(0, 0), (0, 0.1), (0, 0.2), (0.1, 0.2), (0.1, 0.3), (0.1, 0.4)]
    assert points[-1] == (1, 1)
    assert area(points) == pytest.approx(metrics.auroc(*FAWCETT)) == pytest.approx(0.68)


def test_ties_are_one_step_whatever_their_order() -> None:
    scores, good = np.array([2.0, 1.0, 1.0, 0.0]), np.array([True, True, False, False])
    one, other = roc(scores, good), roc(scores, good[[0, 2, 1, 3]])
    assert [(point.x, point.y) for point in one] == [(0, 0), (0, 0.5), (0.5, 1), (1, 1)]
    assert one == other


def test_looking_at_the_best_finds_the_good_ones_first() -> None:
    points = found_by(np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, True, False, False]))
    assert [(point.x, point.y) for point in points] == [(0, 0), (0.25, 0.5), (0.5, 1), (0.75, 1), (1, 1)]
    assert found_by(np.array([1.0]), np.array([False])) == []


def test_precision_counts_ties_at_the_edge_with_their_share() -> None:
    scores, good = np.array([3.0, 1.0, 1.0, 1.0]), np.array([True, True, False, False])
    found = precision_at(scores, good, (1, 2, 4, 5))
    assert [one.count for one in found] == [1, 2, 4]
    assert [one.right.value for one in found] == pytest.approx([1, (1 + 1 / 3) / 2, 0.5])
    assert all(one.right.low <= one.right.value <= one.right.high for one in found)


def test_calibration_tells_what_came_true_of_each_step() -> None:
    bins = calibration(np.array([0.05, 0.05, 0.95, 1.0]), np.array([False, True, True, True]))
    assert [(one.count, one.good and one.good.value) for one in bins] == [(2, 0.5), *[(0, None)] * 8, (2, 1.0)]
    with pytest.raises(ValueError, match="Probabilities"):
        calibration(np.array([1.5]), np.array([True]))


def test_the_spread_of_scores_has_a_bin_for_each_two_edges() -> None:
    bins = spread(np.array([0.0, 1.0, 2.0, 9.0]), np.array([True, False, True, True]), np.array([0.0, 1.0, 2.0]))
    assert [(one.low, one.high, one.count) for one in bins] == [(0, 1, 1), (1, 2, 2)]


def test_long_curves_keep_their_ends() -> None:
    rng = np.random.default_rng(0)
    points = roc(rng.normal(size=5000), rng.random(5000) < 0.3)
    assert len(points) == MOST_POINTS
    assert (points[0].x, points[-1].y) == (0, 1)


def test_one_kind_has_no_curve_and_rubbish_is_refused() -> None:
    assert roc(np.array([1.0, 2.0]), np.array([True, True])) == []
    for scores in (np.array([np.nan]), np.zeros(0), np.zeros(2)):
        with pytest.raises(ValueError, match=r"predictions|finite"):
            roc(scores, np.array([True]))
