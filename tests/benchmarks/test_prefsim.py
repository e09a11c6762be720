import numpy as np
import pytest

from rating.bayes import learn_basis
from tests.benchmarks.prefsim import (
    GOOD_SHARE,
    MEMES,
    POOL,
    Rater,
    World,
    five_levels,
    random_pairs,
)
from tests.benchmarks.prefsim_tastes import BASIS_SAMPLE


@pytest.fixture(scope="module")
def world() -> World:
    return World(0)


@pytest.fixture(scope="module")
def rater(world: World) -> Rater:
    return Rater(world, 0)


def test_memes_are_as_alike_as_real_ones(world: World) -> None:
    left, right = np.random.default_rng(0).integers(0, MEMES, (2, 50_000))
    cosines = (world.vectors[left] * world.vectors[right]).sum(1)[left != right]
    assert cosines.mean() == pytest.approx(0.556, abs=0.002)
    assert cosines.std() == pytest.approx(0.058, abs=0.002)


def test_nearest_neighbours_are_as_close_as_real_ones(world: World) -> None:
    cosines = world.vectors[:300] @ world.vectors.T
    cosines[np.arange(300), np.arange(300)] = -1
    assert cosines.max(1).mean() == pytest.approx(0.836, abs=0.006)


def test_the_variance_is_spread_over_as_many_components(world: World) -> None:
    features = learn_basis(world.vectors[:BASIS_SAMPLE], 768).project(world.vectors[:BASIS_SAMPLE])
    held = (features**2).mean(0).cumsum()
    components = {share: int(np.searchsorted(held, share)) + 1 for share in (0.5, 0.8, 0.9, 0.95)}
    assert components == pytest.approx({0.5: 29, 0.8: 97, 0.9: 173, 0.95: 251}, rel=0.02)


def test_people_are_as_consistent_as_planned(rater: Rater) -> None:
    assert rater.temperature == pytest.approx(0.338, abs=0.015)
    left, right = random_pairs(np.random.default_rng(0), 20_000)
    agreed = rater.prefers_left(left, right) == (rater.liked[left] > rater.liked[right])
    assert agreed.mean() == pytest.approx(0.87, abs=0.012)


def test_nobody_can_be_predicted_beyond_the_ceiling(rater: Rater) -> None:
    assert rater.test.accuracy(rater.liked) == pytest.approx(0.87, abs=0.012)
    assert rater.test.precision_at_100(rater.liked) == 1.0
    assert rater.test.auroc(rater.liked) == 1.0
    assert rater.test.good.mean() == pytest.approx(GOOD_SHARE, abs=0.001)


def test_the_test_is_made_of_memes_that_are_never_asked_about(rater: Rater) -> None:
    left, right = random_pairs(np.random.default_rng(0), 20_000)
    assert max(left.max(), right.max()) < POOL <= min(rater.test.left.min(), rater.test.right.min())
    assert (left != right).all()
    assert (rater.test.left != rater.test.right).all()


def test_five_levels_say_which_side_and_how_much() -> None:
    assert five_levels(np.asarray([9.0, 1.0, 0.1, -0.1, -1.0, -9.0])).tolist() == [0, 1, 2, 2, 3, 4]


def test_the_best_of_four_is_mostly_what_is_liked_most(rater: Rater) -> None:
    shown = np.random.default_rng(0).integers(0, POOL, (4000, 4))
    picked = rater.best(shown)
    assert 0.6 < (picked == rater.liked[shown].argmax(1)).mean() < 0.9
    assert (picked == rater.liked[shown].argmin(1)).mean() < 0.05
