"""What a query scores with memes that it is not about."""

import numpy as np
import pytest

from search.sidecar.background import PRIME, hash_key, hash_keys, measure


def test_of_normal_scores_the_spread_is_the_standard_deviation() -> None:
    scores = np.random.default_rng(1).normal(0.1, 0.03, 1_000_000)
    background = measure(scores, 7)
    assert (background.centre, background.spread) == pytest.approx((0.1, 0.03), rel=0.01)
    assert (background.sampled, background.total) == (1_000_000, 7)


def test_a_tenth_that_the_query_is_about_moves_little() -> None:
    dice = np.random.default_rng(2)
    chance = dice.normal(0.1, 0.03, 922)
    background = measure(np.concatenate([chance, dice.normal(0.4, 0.05, 102)]), 1024)
    assert background.centre == pytest.approx(0.1, abs=0.01)
    assert background.spread == pytest.approx(0.03, rel=0.4)
    assert np.concatenate([chance, np.full(102, 0.4)]).std() > 0.09  # what the plain deviation would make of it


def test_of_nothing_nothing_is_said() -> None:
    assert measure(np.empty(0), 0).sampled == 0


def test_one_key_hashes_as_many_do() -> None:
    keys = np.array([0, 1, 256, 257, 10**6 * 256, 2**62], np.int64)
    assert [hash_key(key) for key in keys.tolist()] == hash_keys(keys).tolist()


@pytest.mark.parametrize("step", [1, 4, 256, 1024, 256 * 7])
def test_hashes_are_spread_evenly_whatever_the_steps_between_keys(step: int) -> None:
    hashes = hash_keys(np.arange(100_000, dtype=np.int64) * step)
    assert (hashes.min() >= 0, hashes.max() < PRIME) == (True, True)
    counts = np.histogram(hashes, bins=100, range=(0, PRIME))[0]
    chi_square = ((counts - 1000) ** 2 / 1000).sum()
    assert chi_square < 160  # 99 degrees of freedom: one in ten thousand is larger
    lowest = np.sort(np.argsort(hashes)[:1024])
    assert (
        np.histogram(lowest, bins=16, range=(0, 100_000))[0].max() < 110
    )  # 64 of each sixteenth, six deviations of room
    assert all(400 > count > 120 for count in np.bincount(lowest % 4)), "one in four is one in four among them"
