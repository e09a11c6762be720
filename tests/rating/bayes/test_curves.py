"""How well a taste predicts what it never saw."""

import numpy as np
import pytest

from rating.bayes import Answers, Prior, fit
from rating.bayes.curves import STEPS, accuracy, gain, hits, steps
from tests.rating.bayes.drawing import FEATURES, answers, features, planted

PRIOR = Prior.around_nothing(FEATURES)


def test_wilsons_interval_is_that_of_the_tables() -> None:
    found = accuracy(81, 263)  # Newcombe 1998, table I
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_the_interval_of_a_paired_change_is_that_of_the_book() -> None:
    """Approval of a prime minister, Agresti 2002, table 10.1: of 1,600 asked twice 150 turned away and 86 came round.

    -.04 with a standard error of .0095; half an answer more in each cell changes the fourth digit.
    """
    before, after = np.zeros((2, 1600), bool)
    before[:150] = after[150:236] = True
    found = gain(before, after, 5)
    assert found.by == pytest.approx(-0.04)
    assert (found.low, found.high) == pytest.approx((-0.04 - 1.96 * 0.0095, -0.04 + 1.96 * 0.0095), abs=5e-4)


def test_no_change_in_few_tests_leaves_room_for_one() -> None:
    same = np.ones(20, bool)
    assert gain(same, same, 5).low < 0 < gain(same, same, 5).high


def test_a_curve_ends_with_all_answers() -> None:
    assert (steps(0), steps(1), steps(10), steps(31)) == ([], [1], [10], [10, 20, 30, 31])
    assert steps(20_000) == [*STEPS, 20_000]


def test_a_planted_taste_is_predicted_better_with_more_answers() -> None:
    tests = answers(planted(strength=20), 400, seed=9)
    found = hits(answers(planted(strength=20), 300), tests, PRIOR, [0, 5, 300])
    shares = found.mean(1)
    assert (shares[0], shares[1] > 0.5, shares[2] > 0.9) == (0, True, True)
    expected = fit(answers(planted(strength=20), 300), PRIOR).predict(tests.pairs).round() == tests.targets
    differ = tests.pairs.any(1)
    assert found[2, differ].tolist() == expected[differ].tolist()
    assert not found[2, ~differ].any(), "nothing can be predicted of two that are the same"


def test_ties_are_no_tests_and_swapping_sides_changes_nothing() -> None:
    tests = answers(planted(), 30, seed=9)
    with_ties = Answers(FEATURES, np.vstack([tests.pairs, tests.pairs]), np.r_[tests.targets, np.full(30, 0.5)])
    swapped = Answers(FEATURES, -tests.pairs, 1 - tests.targets)
    found = [hits(answers(planted(), 50), these, PRIOR, [50]).tolist() for these in (tests, with_ties, swapped)]
    assert found[0] == found[1] == found[2]


def test_picks_are_learned_from_in_step_with_pairs() -> None:
    pairs, fours = answers(planted(), 30), features()[:60].reshape(20, 3, FEATURES)
    mixed, tests = Answers(FEATURES, pairs.pairs, pairs.targets, fours), answers(planted(), 40, seed=9)
    half = Answers(FEATURES, pairs.pairs[:15], pairs.targets[:15], fours[:10])
    expected = fit(half, PRIOR).predict(tests.pairs).round() == tests.targets
    assert hits(mixed, tests, PRIOR, [25])[0].tolist() == expected.tolist()


def test_the_share_lies_within_its_interval_also_where_all_or_none_are_right() -> None:
    for tested in range(1, 200):
        for right in (0, tested):
            found = accuracy(right, tested)
            assert found.low <= found.right <= found.high
