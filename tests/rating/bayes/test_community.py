import numpy as np
import pytest

from rating.bayes import Answers, choose_priors, community_variance, fit_community, grid_evidence, prior_alone
from rating.bayes.community import ENOUGH, SHARES, VARIANCES, choose_prior
from tests.rating.bayes.drawing import FEATURES, answers, cosine, planted


def alike(people: int, count: int) -> list[Answers]:
    return [answers(planted(seed=1, strength=1.5), count, seed=50 + number) for number in range(people)]


def strangers(people: int, count: int) -> list[Answers]:
    return [answers(planted(seed=100 + number, strength=2.0), count, seed=50 + number) for number in range(people)]


def of_others(people: list[Answers]) -> list[np.ndarray]:
    return [fit_community([*people[:place], *people[place + 1 :]]).mean for place in range(len(people))]


def share_of(mean: np.ndarray, community: np.ndarray) -> float:
    return float(mean @ community / (community @ community))


def test_people_who_agree_expect_all_of_the_community() -> None:
    people = alike(10, 80)
    communities = of_others(people)
    priors = choose_priors(people, communities)
    assert [share_of(one.mean, other) for one, other in zip(priors, communities, strict=True)] == pytest.approx(
        [1] * 10
    )
    assert {one.variance for one in priors} == {VARIANCES[0]}


def test_people_who_share_nothing_expect_nothing_of_the_community() -> None:
    people = strangers(10, 80)
    for prior in choose_priors(people, of_others(people)):
        np.testing.assert_array_equal(prior.mean, 0)


def test_somebody_who_disagrees_with_a_crowd_that_agrees_is_left_alone() -> None:
    contrarian = answers(-planted(seed=1, strength=3.0), 150, seed=99)
    people = [*alike(9, 80), contrarian]
    communities = of_others(people)
    priors = choose_priors(people, communities)
    assert share_of(priors[0].mean, communities[0]) == pytest.approx(1)
    np.testing.assert_array_equal(priors[-1].mean, 0)


def test_before_there_is_enough_evidence_half_of_the_community_is_expected() -> None:
    people = strangers(3, (ENOUGH - 1) // 3)
    communities = of_others(people)
    for prior, community in zip(choose_priors(people, communities), communities, strict=True):
        np.testing.assert_allclose(prior.mean, community / 2)


def test_the_community_of_people_who_agree_is_what_they_like() -> None:
    people, liked = alike(10, 100), planted(seed=1)
    community = cosine(fit_community(people).mean, liked)
    assert community > 0.8
    assert community > np.mean([cosine(fit_community([one]).mean, liked) for one in people]) + 0.1


def test_the_community_of_people_who_share_nothing_hardly_has_a_taste() -> None:
    assert community_variance(strangers(20, 60)) < community_variance(alike(20, 60))


def test_evidence_has_a_place_for_each_share_and_variance() -> None:
    assert grid_evidence(answers(planted(), 20), planted()).shape == (len(SHARES), len(VARIANCES))


def test_weak_objections_do_not_outweigh_everybody() -> None:
    everybody = np.zeros((len(SHARES), len(VARIANCES)))
    everybody[2, 0] = 10.0
    own = np.zeros_like(everybody)
    own[0, 1] = 1.0
    np.testing.assert_array_equal(choose_prior(planted(), own, everybody).mean, planted())
    own[0, 1] = 8.0
    np.testing.assert_array_equal(choose_prior(planted(), own, everybody).mean, 0)
    assert choose_prior(planted(), own, everybody).variance == VARIANCES[1]


def test_somebody_without_answers_gets_the_prior_of_everybody() -> None:
    people = [*alike(10, 80), Answers(FEATURES)]
    communities = of_others(people)
    np.testing.assert_allclose(choose_priors(people, communities)[-1].mean, communities[-1])


def test_somebody_alone_is_followed_at_first_and_then_judged_by_evidence() -> None:
    assert prior_alone(Answers(FEATURES)).variance == 3.0
    assert prior_alone(answers(planted(strength=0.5), ENOUGH)).variance == VARIANCES[0]
    assert prior_alone(answers(planted(strength=9.0), ENOUGH)).variance == VARIANCES[-1]
    np.testing.assert_array_equal(prior_alone(answers(planted(), ENOUGH)).mean, 0)
