import numpy as np
import pytest

from rating.popularity.ranks import correlation, groups, ranks


def test_a_post_is_ranked_among_those_of_its_group() -> None:
    scores = np.array([10.0, 1000.0, 20.0, 2000.0, 30.0])
    assert ranks(scores, np.array([0, 1, 0, 1, 0])).tolist() == pytest.approx([1 / 6, 1 / 4, 3 / 6, 3 / 4, 5 / 6])


def test_equal_scores_share_their_place_and_an_only_post_says_nothing() -> None:
    scores = np.array([5.0, 5.0, 9.0, 5.0, 7.0])
    assert ranks(scores, np.array([0, 0, 0, 0, 1])).tolist() == pytest.approx([3 / 8, 3 / 8, 7 / 8, 3 / 8, 1 / 2])


def test_the_size_of_a_community_and_an_outlier_change_no_rank() -> None:
    scores, where = np.array([1.0, 2.0, 3.0, 1.0, 2.0, 3.0]), np.array([0, 0, 0, 1, 1, 1])
    larger = np.array([1.0, 2.0, 9e9, 1e4, 2e4, 3e4])
    assert ranks(scores, where).tolist() == ranks(larger, where).tolist()


def test_no_posts_have_no_ranks_and_wrong_ones_are_refused() -> None:
    assert ranks(np.zeros(0), np.zeros(0, np.intp)).shape == (0,)
    with pytest.raises(ValueError, match="a group for each"):
        ranks(np.zeros(2), np.zeros(3, np.intp))
    with pytest.raises(ValueError, match="not finite"):
        ranks(np.array([1.0, np.nan]), np.zeros(2, np.intp))


def test_a_group_is_a_community_in_a_month() -> None:
    where = groups(np.array(["a", "b", "a", "a"]), np.array(["2026-01", "2026-01", "2026-02", "2026-01"]))
    assert where[0] == where[3]
    assert len(set(where.tolist())) == 3


def test_correlation_is_of_the_order_alone() -> None:
    assert correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0, 1e6])) == pytest.approx(1)
    assert correlation(np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])) == pytest.approx(-1)
    assert np.isnan(correlation(np.array([1.0, 1.0]), np.array([1.0, 2.0])))
