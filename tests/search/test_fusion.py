"""Reciprocal rank fusion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.fusion import K, fuse, reciprocal_ranks

some_ids = st.lists(st.integers(1, 40), unique=True, max_size=30)


def fused(ids: list[int], *others: list[int]) -> list[int]:
    found = np.array(ids, np.int64)
    return found[fuse(found, *others)].tolist()


def test_the_sums_are_those_of_the_source() -> None:
    assert K == 60
    assert reciprocal_ranks(np.array([7, 8, 9]), [9, 7]).tolist() == pytest.approx([1 / 62, 0, 1 / 61])


def test_a_worked_example() -> None:
    # 1: 1/61; 2: 1/62 + 1/62; 3: 1/63 + 1/61; 4: 1/64
    assert fused([1, 2, 3, 4], [3, 2]) == [3, 2, 1, 4]


@given(some_ids)
def test_alone_a_ranking_stays_as_it_is(ids: list[int]) -> None:
    assert fused(ids) == fused(ids, []) == fused(ids, ids) == ids


@given(some_ids, some_ids)
def test_nothing_is_lost_and_nothing_is_added(ids: list[int], other: list[int]) -> None:
    assert sorted(fused(ids, other)) == sorted(ids)


@given(some_ids, some_ids)
def test_what_is_better_in_both_is_better(ids: list[int], other: list[int]) -> None:
    order = fused(ids, other)
    for better in ids:
        for worse in ids[ids.index(better) + 1 :]:
            if better in other and (worse not in other or other.index(better) < other.index(worse)):
                assert order.index(better) < order.index(worse)
            if better not in other and worse not in other:
                assert order.index(better) < order.index(worse)


@given(some_ids, some_ids, st.integers(41, 99))
def test_what_only_the_other_has_takes_a_place_and_no_more(ids: list[int], other: list[int], stranger: int) -> None:
    assert fused(ids, [*other, stranger]) == fused(ids, other)
