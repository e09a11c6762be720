import numpy as np
import pytest

from rating.bayes import POLICIES, Draw, Posterior, Prior, choose, draw_pairs, draw_targets, fit
from rating.bayes.acquisition import Known, epig
from rating.bayes.posterior import moderated
from tests.rating.bayes.drawing import FEATURES, answers, features, planted


def taste(count: int = 40) -> Posterior:
    return fit(answers(planted(), count), Prior.around_nothing(FEATURES))


def ask(policy: str, candidates: Draw, count: int = 16) -> Draw:
    rng = np.random.default_rng(0)
    targets = draw_targets(features() @ taste().mean, 50, rng, curating=False).differences(features())
    return choose(policy, taste(), features(), candidates, targets=targets, rng=rng, count=count)


def test_pairs_are_of_two_different_memes() -> None:
    drawn = draw_pairs(3, 2000, np.random.default_rng(0))
    assert (drawn.left != drawn.right).all()
    assert set(drawn.left) == set(drawn.right) == {0, 1, 2}


def test_both_memes_of_a_pair_come_left_as_often() -> None:
    drawn = draw_pairs(50, 20_000, np.random.default_rng(0))
    assert np.mean(drawn.left < drawn.right) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("pool", [0, 1])
def test_a_pair_takes_two_memes(pool: int) -> None:
    with pytest.raises(ValueError, match="two memes"):
        draw_pairs(pool, 5, np.random.default_rng(0))


def test_curation_aims_half_of_the_targets_at_the_predicted_top() -> None:
    scores = np.arange(1000.0)
    aimed = draw_targets(scores, 400, np.random.default_rng(0), curating=True)
    top = (aimed.left >= 800) & (aimed.right >= 800)
    assert 200 <= top.sum() <= 230
    assert (aimed.left != aimed.right).all()
    anywhere = draw_targets(scores, 400, np.random.default_rng(0), curating=False)
    assert ((anywhere.left >= 800) & (anywhere.right >= 800)).sum() < 40


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_chooses_different_candidates(policy: str) -> None:
    candidates = draw_pairs(300, 500, np.random.default_rng(1))
    chosen = ask(policy, candidates)
    pairs = set(zip(chosen.left, chosen.right, strict=True))
    assert len(pairs) == 16
    assert pairs <= set(zip(candidates.left, candidates.right, strict=True))


@pytest.mark.parametrize("policy", POLICIES)
def test_with_few_candidates_all_are_asked(policy: str) -> None:
    assert len(ask(policy, Draw(np.asarray([0, 5]), np.asarray([1, 6])))) == 2
    assert len(ask(policy, Draw(np.asarray([], int), np.asarray([], int)))) == 0


def test_what_is_known_of_a_pair_is_what_the_posterior_predicts() -> None:
    candidates = draw_pairs(300, 100, np.random.default_rng(1))
    known = Known.of(taste(), features(), candidates)
    np.testing.assert_allclose(known.variances, taste().variances(candidates.differences(features())), atol=1e-12)
    np.testing.assert_allclose(known.wins, taste().predict(candidates.differences(features())), atol=1e-12)
    np.testing.assert_allclose(known.differences(), candidates.differences(features()))


def test_the_first_choice_has_the_largest_expected_gain() -> None:
    """The formula as it is written, pair by pair and target by target."""
    rng = np.random.default_rng(3)
    candidates, targets = draw_pairs(300, 200, rng), draw_pairs(300, 40, rng).differences(features())
    posterior, pairs = taste(), candidates.differences(features())
    certainty = posterior.predict(pairs) * (1 - posterior.predict(pairs))
    doubt = moderated(targets @ posterior.mean, posterior.variances(targets))
    covariances = pairs @ posterior.covariance @ targets.T
    gains = certainty / (1 + certainty * posterior.variances(pairs)) * ((doubt * (1 - doubt)) * covariances**2).sum(1)
    assert epig(Known.of(posterior, features(), candidates), targets, 1)[0] == gains.argmax()


def test_each_choice_takes_those_before_it_as_answered() -> None:
    rng = np.random.default_rng(3)
    candidates, targets = draw_pairs(300, 200, rng), draw_pairs(300, 40, rng).differences(features())
    posterior = Posterior(np.zeros(FEATURES), np.diag(np.arange(1.0, FEATURES + 1)))
    first, second = epig(Known.of(posterior, features(), candidates), targets, 2)
    answered = posterior.with_pair(candidates.differences(features())[first], 0.5)  # at the mean: a tie moves nothing
    np.testing.assert_allclose(answered.mean, 0, atol=1e-12)
    rest = np.delete(np.arange(200), first)
    again = epig(Known.of(answered, features(), candidates.only(rest)), targets, 1)[0]
    # Chances of the targets are those from before the batch; with a mean of 0 they are one half either way.
    assert rest[again] == second


def test_the_same_question_is_not_asked_twice_in_a_batch() -> None:
    memes, wide = 2 * np.eye(4), Posterior(np.zeros(4), 3 * np.eye(4))
    twice = Draw(np.asarray([0, 0, 2]), np.asarray([1, 1, 3]))
    targets = np.asarray([memes[0] - memes[1], memes[2] - memes[3]])
    chosen = choose("epig", wide, memes, twice, targets=targets, rng=np.random.default_rng(0), count=2)
    assert set(chosen.left) == {0, 2}


def first(policy: str, posterior: Posterior, memes: np.ndarray, **given: np.ndarray) -> int:
    """Which of the pairs 0-1, 2-3, 4-5 ... is asked first."""
    pairs = Draw(np.arange(0, len(memes), 2), np.arange(1, len(memes), 2))
    targets = given.pop("targets", np.ones((1, memes.shape[1])))
    rng = np.random.default_rng(0)
    return int(choose(policy, posterior, memes, pairs, targets=targets, rng=rng, count=1, **given).left[0]) // 2


# Pairs along one feature each: nothing is known along 0, much along 1, and along 2 what is known says who wins.
ALONG = np.repeat(np.eye(3), 2, axis=0) * np.tile([1.0, -1.0], 3)[:, None]
KNOWN = Posterior(np.asarray([0.0, 0.0, 3.0]), np.diag([4.0, 0.01, 4.0]))


@pytest.mark.parametrize("policy", ["bald", "variance", "epig"])
def test_what_is_unknown_and_open_is_asked_before_what_is_known_or_decided(policy: str) -> None:
    assert first(policy, KNOWN, ALONG) == 0


def test_nearly_even_asks_for_the_closest_however_well_it_is_known() -> None:
    assert first("near-even", KNOWN, ALONG * [1, 1, 1]) in (0, 1)
    assert first("near-even", Posterior(np.asarray([0.1, 0.0, 3.0]), KNOWN.covariance), ALONG) == 1


def test_gradients_are_longest_where_open_pairs_differ_most() -> None:
    assert first("gradient", KNOWN, ALONG * [1, 3, 3]) == 1
    assert first("gradient", KNOWN, ALONG * [3, 1, 1]) == 0


def test_information_is_gained_about_the_targets_and_nothing_else() -> None:
    """Bald asks where most is unknown, though nobody wants to know it."""
    posterior = Posterior(np.zeros(3), np.diag([9.0, 1.0, 1.0]))
    assert first("bald", posterior, ALONG) == 0
    assert first("epig", posterior, ALONG, targets=np.asarray([[0.0, 1.0, 0.1]])) == 1


def test_the_original_asks_where_the_members_of_its_ensemble_disagree() -> None:
    said = np.asarray([[2.0, 2.0], [0.0, 0.0], [2.0, -2.0], [0.0, 0.0], [9.0, 5.0], [-9.0, -5.0]])
    assert first("variance", KNOWN, ALONG, members=said) == 1


def test_chance_takes_every_pair_as_often() -> None:
    pairs, rng = Draw(np.arange(4), np.arange(4) + 1), np.random.default_rng(0)
    given = {"targets": np.ones((1, 3)), "rng": rng, "count": 1}
    taken = [int(choose("random", KNOWN, ALONG, pairs, **given).left[0]) for _ in range(400)]
    assert np.bincount(taken, minlength=4).min() > 70  # of 100


def test_what_is_waiting_for_an_answer_counts_as_answered() -> None:
    pair, even = ALONG[0] - ALONG[1], Posterior(np.zeros(3), KNOWN.covariance)
    tied = even.with_pair(pair, 0.5)  # this answer moves no weight
    np.testing.assert_allclose(even.expecting(pair[None]).covariance, tied.covariance, atol=1e-12)
    np.testing.assert_array_equal(KNOWN.expecting(pair[None]).mean, KNOWN.mean)
    assert first("bald", KNOWN.expecting(np.stack([pair] * 9)), ALONG) == 2


def test_nearly_even_pairs_are_the_most_uncertain() -> None:
    candidates = draw_pairs(300, 500, np.random.default_rng(1))
    chosen = ask("near-even", candidates)
    wins = taste().predict(chosen.differences(features()))
    assert np.abs(wins - 0.5).max() < 0.05


def test_chosen_questions_teach_more_than_random_ones() -> None:
    """Judged by the variance that is left over the library, after the same number of answers."""
    candidates = draw_pairs(300, 2000, np.random.default_rng(1))

    def left_over(policy: str) -> float:
        known = taste(10)
        rng = np.random.default_rng(0)
        for _ in range(4):
            targets = draw_targets(features() @ known.mean, 100, rng, curating=False).differences(features())
            for pair in choose(policy, known, features(), candidates, targets=targets, rng=rng).differences(features()):
                known = known.with_pair(pair, float(pair @ planted() > 0))
        return float(known.variances(features()).mean())

    assert left_over("epig") < 0.8 * left_over("random")
