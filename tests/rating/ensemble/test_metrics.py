import numpy as np
import pytest

from rating.ensemble import metrics

# Four answers worked out by hand.
WINS = np.asarray([0.9, 0.6, 0.3, 0.8])
TARGETS = np.asarray([1.0, 0.0, 0.0, 1.0])


def test_accuracy_is_the_share_of_winners_predicted() -> None:
    assert metrics.accuracy(WINS, TARGETS) == 0.75


def test_soft_answers_count_by_their_side_and_ties_do_not_count() -> None:
    assert metrics.accuracy(np.asarray([0.6, 0.6, 0.6]), np.asarray([0.7, 0.1, 0.5])) == 0.5
    assert metrics.accuracy(np.asarray([0.5, 0.9]), np.asarray([0.9, 0.9])) == 0.75  # an even prediction is half right
    assert np.isnan(metrics.accuracy(np.asarray([0.6]), np.asarray([0.5])))


def test_log_loss_is_the_mean_cross_entropy() -> None:
    expected = -(np.log(0.9) + np.log(0.4) + np.log(0.7) + np.log(0.8)) / 4
    assert metrics.log_loss(WINS, TARGETS) == pytest.approx(expected)
    assert metrics.log_loss(np.full(3, 0.5), np.asarray([0.1, 1.0, 0.7])) == pytest.approx(np.log(2))


def test_log_loss_of_a_wrong_certainty_is_finite() -> None:
    assert metrics.log_loss(np.asarray([0.0]), np.asarray([1.0])) == pytest.approx(27.631, abs=1e-3)


def test_auroc_counts_the_pairs_that_are_in_order() -> None:
    """Positives .9 .4, negatives .5 .4 .1: of six, 4 in order and one even."""
    scores, positive = np.asarray([0.9, 0.4, 0.5, 0.4, 0.1]), np.asarray([True, True, False, False, False])
    assert metrics.auroc(scores, positive) == pytest.approx(4.5 / 6)
    assert metrics.auroc(-scores, positive) == pytest.approx(1.5 / 6)
    assert metrics.auroc(np.ones(5), positive) == 0.5


def test_auroc_of_one_kind_is_no_number() -> None:
    assert np.isnan(metrics.auroc(WINS, np.ones(4, bool)))
    assert np.isnan(metrics.auroc_interval(WINS, np.zeros(4, bool)).low)


def test_the_interval_of_auroc_narrows_with_more_and_holds_the_truth() -> None:
    """Of two Gaussians one standard deviation apart the AUROC is 0.760."""
    rng = np.random.default_rng(0)

    def drawn(count: int) -> metrics.Interval:
        positive = rng.random(count) < 0.5
        return metrics.auroc_interval(rng.standard_normal(count) + positive, positive)

    few, many = drawn(60), drawn(1500)
    assert few.low < 0.760 < few.high
    assert many.low < 0.760 < many.high
    assert many.high - many.low < (few.high - few.low) / 3
    assert many.low < many.value < many.high


def test_the_interval_of_accuracy_is_wilsons() -> None:
    """81 right of 263: Newcombe, Statistics in Medicine 17 (1998), table I."""
    wins, targets = np.full(263, 0.9), (np.arange(263) < 81).astype(float)
    found = metrics.accuracy_interval(wins, targets)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    alone = metrics.accuracy_interval(np.asarray([0.9]), np.asarray([1.0]))
    assert (alone.value, alone.high) == (1.0, 1.0)
    assert 0.2 < alone.low < 0.21
    nothing = metrics.accuracy_interval(np.asarray([0.9]), np.asarray([0.5]))
    assert (nothing.low, nothing.high) == (0.0, 1.0)


def test_calibration_error_is_the_mean_gap_of_the_steps() -> None:
    """.9 and .8 are right, .7 (right wins) is right, .6 is wrong: gaps .1, .2, .3 and -.6, a quarter each."""
    assert metrics.calibration_error(WINS, TARGETS) == pytest.approx((0.1 + 0.2 + 0.3 + 0.6) / 4)


def test_calibration_error_does_not_depend_on_the_side() -> None:
    assert metrics.calibration_error(1 - WINS, 1 - TARGETS) == pytest.approx(metrics.calibration_error(WINS, TARGETS))


def test_true_probabilities_are_calibrated_and_bold_ones_are_not() -> None:
    rng = np.random.default_rng(0)
    wins = rng.random(20_000)
    targets = (rng.random(20_000) < wins).astype(float)
    assert metrics.calibration_error(wins, targets) < 0.01
    assert metrics.calibration_error((wins > 0.5) * 0.98 + 0.01, targets) > 0.2


@pytest.mark.parametrize("measure", [metrics.accuracy, metrics.log_loss, metrics.calibration_error, metrics.auroc])
def test_what_cannot_be_measured_is_refused(measure: object) -> None:
    assert callable(measure)
    with pytest.raises(ValueError, match="and some"):
        measure(np.asarray([]), np.asarray([]))
    with pytest.raises(ValueError, match="as many"):
        measure(WINS, TARGETS[:2])
    with pytest.raises(ValueError, match="finite"):
        measure(np.asarray([np.nan]), np.asarray([1.0]))
