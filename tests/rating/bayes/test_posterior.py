import numpy as np
import pytest

from rating.bayes import SOFT_TARGETS, Answers, Posterior, Prior, fit, gather
from rating.bayes.posterior import moderated, sigmoid
from tests.rating.bayes.drawing import FEATURES, answers, cosine, features, planted

PRIOR = Prior.around_nothing(FEATURES)


def taste(count: int = 200) -> Posterior:
    return fit(answers(planted(), count), PRIOR)


def after(target: float) -> float:
    """The score of a meme that was answered about once, on the left."""
    pair = features()[0] - features()[1]
    return float(fit(Answers(FEATURES, pair[None], np.asarray([target])), PRIOR).mean @ pair)


def test_the_more_left_was_preferred_the_more_it_is_liked() -> None:
    scores = [after(SOFT_TARGETS[outcome]) for outcome in ("much_left", "left", "tie", "right", "much_right")]
    assert scores == sorted(scores, reverse=True)
    assert len({round(score, 6) for score in scores}) == 5
    assert scores[0] > 0 > scores[4]
    assert scores[2] == pytest.approx(0, abs=1e-9)


def test_swapping_left_and_right_changes_nothing_that_was_learned() -> None:
    given = answers(planted(), 100)
    swapped = Answers(FEATURES, -given.pairs, 1 - given.targets)
    np.testing.assert_allclose(fit(swapped, PRIOR).mean, fit(given, PRIOR).mean, atol=1e-9)
    np.testing.assert_allclose(fit(swapped, PRIOR).covariance, fit(given, PRIOR).covariance, atol=1e-9)


def test_swapping_left_and_right_turns_the_prediction_round() -> None:
    pairs = answers(planted(), 20, seed=9).pairs
    np.testing.assert_allclose(taste().predict(pairs) + taste().predict(-pairs), 1, atol=1e-12)


def test_a_planted_taste_is_learned() -> None:
    assert cosine(taste(3000).mean, planted()) > 0.97
    assert cosine(taste(30).mean, planted()) > 0.3


def test_the_planted_weights_lie_where_the_posterior_says() -> None:
    """The squared distance in its own units is chi-squared with FEATURES degrees of freedom; 26 is its 0.999 quantile."""
    learned = fit(answers(planted(strength=1.2), 1000), PRIOR)
    away = planted(strength=1.2) - learned.mean
    assert 0.5 < away @ np.linalg.solve(learned.covariance, away) < 26


def test_the_gradient_is_zero_at_the_weights_found() -> None:
    given = gather([answers(planted(), 50), Answers(FEATURES, best=features()[:30].reshape(10, 3, FEATURES))])

    def loss(weights: np.ndarray) -> float:
        pairs = np.logaddexp(0, given.pairs @ weights) - given.targets * (given.pairs @ weights)
        fours = np.log1p(np.exp(given.best @ weights).sum(1))
        return float(pairs.sum() + fours.sum() + weights @ weights / (2 * PRIOR.variance))

    found = fit(given, PRIOR).mean
    steps = 1e-5 * np.eye(FEATURES)
    slopes = [(loss(found + step) - loss(found - step)) / 2e-5 for step in steps]
    np.testing.assert_allclose(slopes, 0, atol=1e-6)


def test_the_covariance_is_the_inverse_of_the_curvature() -> None:
    fours = Answers(FEATURES, best=features()[:30].reshape(10, 3, FEATURES))
    found = fit(fours, PRIOR)

    def gradient(weights: np.ndarray) -> np.ndarray:
        grown = np.exp(fours.best @ weights)
        shares = grown / (1 + grown.sum(1, keepdims=True))
        return np.asarray(np.einsum("mr,mrk->k", shares, fours.best) + weights / PRIOR.variance)

    steps = 1e-5 * np.eye(FEATURES)
    curvature = [(gradient(found.mean + step) - gradient(found.mean - step)) / 2e-5 for step in steps]
    np.testing.assert_allclose(found.covariance @ np.asarray(curvature), np.eye(FEATURES), atol=1e-6)


def test_the_evidence_of_one_weight_is_the_integral_over_it() -> None:
    pairs, targets = np.asarray([[0.8], [-0.3], [1.1], [0.5]]), np.asarray([1.0, 1.0, 0.7, 0.0])
    prior = Prior(np.asarray([0.4]), 0.8)
    grid = np.linspace(-8, 8, 20_001)
    logits = pairs @ grid[None]
    log_joint = (targets[:, None] * logits - np.logaddexp(0, logits)).sum(0) - (grid - 0.4) ** 2 / 1.6
    exact = np.log(np.trapezoid(np.exp(log_joint), grid) / np.sqrt(2 * np.pi * 0.8))
    assert fit(Answers(1, pairs, targets), prior).log_evidence == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("count", [0, 1, 40, 400])
def test_one_more_answer_is_learned_at_once_as_a_refit_would(count: int) -> None:
    given = answers(planted(), count + 1)
    before = fit(Answers(FEATURES, given.pairs[:-1], given.targets[:-1]), PRIOR)
    updated, exact = before.with_pair(given.pairs[-1], float(given.targets[-1])), fit(given, PRIOR)
    np.testing.assert_allclose(updated.mean, exact.mean, atol=0.02)
    np.testing.assert_allclose(updated.covariance, exact.covariance, atol=0.03)
    assert cosine(updated.mean - before.mean, exact.mean - before.mean) > 0.95


def test_the_first_answer_is_learned_exactly() -> None:
    pair = features()[3] - features()[4]
    updated = Posterior(PRIOR.mean, PRIOR.variance * np.eye(FEATURES)).with_pair(pair, 0.9)
    exact = fit(Answers(FEATURES, pair[None], np.asarray([0.9])), PRIOR)
    np.testing.assert_allclose(updated.mean, exact.mean, atol=1e-9)
    np.testing.assert_allclose(updated.covariance, exact.covariance, atol=1e-9)


def test_the_first_pick_among_four_is_learned_exactly() -> None:
    others = features()[:3] - features()[3]
    updated = Posterior(PRIOR.mean, PRIOR.variance * np.eye(FEATURES)).with_best(others)
    exact = fit(Answers(FEATURES, best=others[None]), PRIOR)
    np.testing.assert_allclose(updated.mean, exact.mean, atol=1e-8)
    np.testing.assert_allclose(updated.covariance, exact.covariance, atol=1e-6)


def test_picking_the_better_of_two_is_answering_a_pair() -> None:
    pair = features()[3] - features()[4]
    picked = fit(Answers(FEATURES, best=-pair[None, None]), PRIOR)
    answered = fit(Answers(FEATURES, pair[None], np.asarray([1.0])), PRIOR)
    np.testing.assert_allclose(picked.mean, answered.mean, atol=1e-9)
    assert picked.log_evidence == pytest.approx(answered.log_evidence)


def test_what_was_picked_among_four_is_liked_more() -> None:
    learned = fit(Answers(FEATURES, best=(features()[:3] - features()[3])[None]), PRIOR)
    assert (features()[3] @ learned.mean > features()[:3] @ learned.mean).all()


def test_starting_close_finds_the_same_taste() -> None:
    given = answers(planted(), 100)
    np.testing.assert_allclose(fit(given, PRIOR, start=planted()).mean, fit(given, PRIOR).mean, atol=1e-7)


def test_answers_that_never_contradict_each_other_still_give_finite_weights() -> None:
    pair = 50 * (features()[0] - features()[1])
    learned = fit(
        Answers(FEATURES, np.repeat(pair[None], 500, 0), np.ones(500)), Prior.around_nothing(FEATURES, 1000.0)
    )
    assert np.isfinite(learned.mean).all()
    assert learned.mean @ pair > 5


def test_no_answers_give_the_prior() -> None:
    prior = Prior(planted(), 0.8)
    learned = fit(Answers(FEATURES), prior)
    np.testing.assert_array_equal(learned.mean, prior.mean)
    np.testing.assert_allclose(learned.covariance, 0.8 * np.eye(FEATURES))
    assert learned.log_evidence == pytest.approx(0)


def test_one_answer_moves_the_taste_along_that_pair_alone() -> None:
    pair = features()[0] - features()[1]
    assert cosine(fit(Answers(FEATURES, pair[None], np.ones(1)), PRIOR).mean, pair) == pytest.approx(1)


def test_ties_alone_say_nothing_of_what_is_liked_but_something_of_how_much() -> None:
    given = answers(planted(), 50)
    learned = fit(Answers(FEATURES, given.pairs, np.full(50, 0.5)), PRIOR)
    np.testing.assert_allclose(learned.mean, 0, atol=1e-12)
    assert np.trace(learned.covariance) < np.trace(PRIOR.variance * np.eye(FEATURES))


def test_a_pair_of_identical_memes_teaches_nothing() -> None:
    learned = taste()
    same = np.zeros(FEATURES)
    np.testing.assert_allclose(learned.with_pair(same, 1.0).mean, learned.mean, atol=1e-12)
    np.testing.assert_allclose(learned.with_best(np.zeros((3, FEATURES))).covariance, learned.covariance, atol=1e-12)
    assert learned.predict(same[None])[0] == 0.5


def test_doubt_moves_predictions_towards_one_half() -> None:
    logits = np.asarray([2.0, 2.0, 2.0])
    wins = moderated(logits, np.asarray([0.0, 1.0, 100.0]))
    assert wins[0] == pytest.approx(sigmoid(logits)[0])
    assert wins[0] > wins[1] > wins[2] > 0.5
    assert wins[1] == pytest.approx(1 / (1 + np.exp(-2 / np.sqrt(1 + np.pi / 8))))


@pytest.mark.parametrize(
    ("pairs", "targets"),
    [
        (np.full((1, FEATURES), np.nan), np.ones(1)),
        (np.full((1, FEATURES), np.inf), np.ones(1)),
        (np.zeros((1, FEATURES)), np.asarray([1.5])),
        (np.zeros((1, FEATURES)), np.asarray([np.nan])),
        (np.zeros((2, FEATURES)), np.ones(1)),
        (np.zeros((1, FEATURES + 1)), np.ones(1)),
    ],
    ids=["nan", "infinite", "no probability", "nan target", "too few targets", "another space"],
)
def test_answers_that_cannot_be_are_refused(pairs: np.ndarray, targets: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"finite|probabilities|fit"):
        Answers(FEATURES, pairs, targets)


def test_an_update_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        taste().with_pair(np.full(FEATURES, np.nan), 1.0)
    with pytest.raises(ValueError, match="probabilities"):
        taste().with_pair(np.zeros(FEATURES), -0.1)
    with pytest.raises(ValueError, match="features"):
        taste().with_best(np.zeros((3, FEATURES + 1)))


def test_gathering_no_sets_of_answers_is_refused() -> None:
    with pytest.raises(ValueError, match="no answers"):
        gather([])
