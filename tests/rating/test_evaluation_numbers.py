"""Numbers and plots of a taste, made by hand."""

import numpy as np
import pytest

from rating import evaluation
from rating.held_out import Answered, Judged
from rating.plots import Mark, Plot

# Good ones at 4, 3 and 1, others at 2 and 0: of six pairs five are in the right order.
BY_HAND = Judged(
    np.array([4.0, 3, 2, 1, 0]), np.array([98.0, 92, 84, 72, 61]), np.array([True, True, False, True, False]), 2
)


def named(plots: list[Plot]) -> dict[str, Plot]:
    return {plot.name: plot for plot in plots}


def test_numbers_and_curves_are_those_of_a_case_made_by_hand() -> None:
    found = evaluation.numbers(BY_HAND)
    assert (found.count, found.good, found.left_out) == (5, 3, 2)
    assert found.auroc is not None
    assert found.auroc.value == pytest.approx(5 / 6)
    assert found.precision == [], "there are not ten"
    plots = named(evaluation.of_judged(BY_HAND, [Mark(60.0, "daily")]))
    assert list(plots) == ["roc", "found", "histogram", "good-by-score"]
    roc = plots["roc"]
    points = list(zip(roc.x, roc.series[0].values, strict=True))
    assert points == [(0, 0), (0, 1 / 3), (0, 2 / 3), (0.5, 2 / 3), (0.5, 1), (1, 1)]
    found_by = plots["found"]
    assert found_by.x == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert found_by.series[0].values == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3, 1, 1])
    histogram = plots["histogram"]
    assert histogram.marks == [Mark(60.0, "daily")]
    assert [sum(series.values) for series in histogram.series] == [5, 3]  # type: ignore[arg-type]  # counts are never None
    assert histogram.x[0] == pytest.approx(61), "from the threshold on, in steps of 2"


def test_the_best_ten_are_told_of_when_there_are_ten() -> None:
    scores = np.arange(20.0)
    judged = Judged(scores, scores * 5, scores >= 12)
    (best,) = [one for one in evaluation.numbers(judged).precision if one.count == 10]
    assert best.right.value == pytest.approx(0.8)
    shown = named(evaluation.of_judged(judged, []))["precision"]
    assert shown.series[0].values == pytest.approx([0.8, 0.4])
    assert shown.series[1].values == pytest.approx([0.4, 0.4]), "chance"


def test_comparisons_are_measured_by_hand_too() -> None:
    answered = Answered(np.array([0.9, 0.9, 0.1, 0.62]), np.array([1.0, 0.8, 0.2, 0.2]))
    found = evaluation.compared(answered)
    assert found["tested"] == 4
    assert found["accuracy"]["value"] == pytest.approx(0.75)
    assert found["auroc"]["value"] == pytest.approx(1.0)
    calibration = named(evaluation.of_answered(answered))["calibration"]
    assert calibration.x == pytest.approx([0.15, 0.65, 0.95])
    assert calibration.series[0].values == pytest.approx([0, 0, 1])


def test_nothing_and_one_kind_alone_have_no_numbers_but_break_nothing() -> None:
    nothing = Judged(np.zeros(0), np.zeros(0), np.zeros(0, bool))
    assert evaluation.numbers(nothing).auroc is None
    assert evaluation.of_judged(nothing, [Mark(90.0, "daily")]) == []
    for is_good in (True, False):
        one_kind = Judged(np.arange(12.0), np.linspace(90, 100, 12), np.full(12, is_good))
        assert evaluation.numbers(one_kind).auroc is None
        plots = named(evaluation.of_judged(one_kind, []))
        assert "roc" not in plots
        assert ("found" in plots) is is_good
    ties = Answered(np.array([0.5, 0.7]), np.array([0.5, 0.5]))
    assert evaluation.of_answered(ties) == []
    assert evaluation.compared(ties)["auroc"] == {"value": None, "low": None, "high": None}
