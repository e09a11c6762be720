import numpy as np
import pytest

from rating.bayes import POLICIES, Draw, Posterior, Prior, choose, draw_pairs, draw_targets, fit, is_evaluation
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


def test_nearly_even_pairs_are_the_most_uncertain() -> None:
    candidates = draw_pairs(300, 500, np.random.default_rng(1))
    chosen = ask("near_even", candidates)
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


def test_the_pairs_kept_apart_are_a_fixed_small_share() -> None:
    kept = [is_evaluation("alice:useful", number) for number in range(5000)]
    assert 0.05 < np.mean(kept) < 0.10
    assert kept == [is_evaluation("alice:useful", number) for number in range(5000)]
    assert kept != [is_evaluation("bob:useful", number) for number in range(5000)]
    assert not any(is_evaluation("alice:useful", number, share=0.0) for number in range(100))
