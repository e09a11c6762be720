import numpy as np

from rating.bayes import Answers, Learner, Prior, fit, gather
from rating.bayes.live import REFIT_EVERY
from tests.rating.bayes.drawing import FEATURES, answers, features, planted

PRIOR = Prior.around_nothing(FEATURES)


def test_after_ten_answers_the_taste_is_exact() -> None:
    given, learner = answers(planted(), REFIT_EVERY), Learner(PRIOR)
    for pair, target in zip(given.pairs, given.targets, strict=True):
        learner.add_pair(pair, float(target))
    np.testing.assert_allclose(learner.posterior.mean, fit(given, PRIOR).mean, atol=1e-8)


def test_between_refits_it_is_close() -> None:
    given, learner = answers(planted(), 59), Learner(PRIOR)
    for pair, target in zip(given.pairs, given.targets, strict=True):
        learner.add_pair(pair, float(target))
    exact = fit(given, PRIOR)
    assert np.abs(learner.posterior.mean - exact.mean).max() < 0.1
    assert not np.array_equal(learner.posterior.mean, exact.mean)


def test_a_taste_made_anew_from_its_answers_is_the_same() -> None:
    given, learner = answers(planted(), 23), Learner(PRIOR)
    for pair, target in zip(given.pairs, given.targets, strict=True):
        learner.add_pair(pair, float(target))
    learner.add_best(features()[:3] - features()[3])
    learner.refit()
    again = Learner(PRIOR, learner.answers)
    assert len(again.answers) == 24
    np.testing.assert_allclose(again.posterior.mean, learner.posterior.mean, atol=1e-8)


def test_many_answers_can_be_added_at_once() -> None:
    learner = Learner(PRIOR, answers(planted(), 20))
    learner.add(answers(planted(), 30, seed=5))
    everything = gather([answers(planted(), 20), answers(planted(), 30, seed=5)])
    np.testing.assert_allclose(learner.posterior.mean, fit(everything, PRIOR).mean, atol=1e-8)


def test_a_new_prior_is_taken_over_at_a_refit() -> None:
    learner, prior = Learner(PRIOR, answers(planted(), 20)), Prior(planted(), 0.4)
    learner.refit(prior)
    np.testing.assert_allclose(learner.posterior.mean, fit(answers(planted(), 20), prior).mean, atol=1e-8)


def test_a_newcomer_has_the_taste_of_the_prior() -> None:
    np.testing.assert_array_equal(Learner(Prior(planted(), 0.4), Answers(FEATURES)).posterior.mean, planted())
