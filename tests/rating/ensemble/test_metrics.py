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


def answered(count: int = 400, memes: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities, what was answered by them, and of which memes; those of a score for each meme."""
    dice = np.random.default_rng(2)
    pairs = np.stack([dice.choice(memes, 2, replace=False) for _ in range(count)])
    liked = dice.normal(size=memes)
    logits = 2 * (liked[pairs[:, 0]] - liked[pairs[:, 1]])
    wins = 1 / (1 + np.exp(-logits))
    return wins, logits, (dice.random(count) < wins).astype(float), pairs


def test_knowing_more_is_a_gain_beyond_noise_and_knowing_less_is_none() -> None:
    wins, _, targets, pairs = answered()
    known = metrics.gain(wins, np.full(len(wins), 0.5), targets, pairs)
    assert known.value == pytest.approx(np.log(2) - metrics.log_loss(wins, targets))
    assert known.low > 0.1
    assert metrics.gain(np.full(len(wins), 0.5), wins, targets, pairs).high < 0
    assert metrics.gain(wins, wins, targets, pairs) == metrics.Interval(0.0, 0.0, 0.0)


def test_answers_that_share_memes_tell_less() -> None:
    """Each meme is wrong in one way, and shows it in every answer it is part of."""
    wins, logits, targets, pairs = answered(memes=12)
    off = np.random.default_rng(3).normal(size=12)
    shifted = 1 / (1 + np.exp(-(logits + off[pairs[:, 0]] - off[pairs[:, 1]])))
    found = metrics.gain(wins, shifted, targets, pairs)
    strangers = metrics.gain(wins, shifted, targets, np.arange(2 * len(wins)).reshape(-1, 2))
    assert found.value == strangers.value
    assert found.high - found.low > 1.3 * (strangers.high - strangers.low)


def test_the_noise_of_repeated_answers_is_that_of_the_pairs() -> None:
    """The same answers twice: as many nats, and no surer."""
    wins, _, targets, pairs = answered()
    even = np.full(len(wins), 0.5)
    once = metrics.gain(wins, even, targets, pairs)
    twice = metrics.gain(*(np.tile(part, 2) for part in (wins, even, targets)), np.tile(pairs, (2, 1)))
    assert (twice.value, twice.low) == (pytest.approx(once.value), pytest.approx(once.low))


def test_being_surer_is_no_gain_at_the_best_scale() -> None:
    wins, logits, targets, _ = answered()
    timid, bold = (1 / (1 + np.exp(-factor * logits)) for factor in (0.2, 4.0))
    scaled = [metrics.at_best_scale(said, targets) for said in (wins, timid, bold)]
    np.testing.assert_allclose(scaled[1], scaled[0], atol=1e-6)
    np.testing.assert_allclose(scaled[2], scaled[0], atol=2e-3)  # near certainty, float64 has few digits left
    assert metrics.log_loss(scaled[0], targets) <= metrics.log_loss(wins, targets)
    np.testing.assert_array_equal(np.argsort(scaled[1]), np.argsort(wins))
    assert np.isfinite(metrics.at_best_scale(np.asarray([0.0, 1.0, 0.5]), np.asarray([1.0, 0.0, 0.5]))).all()
