"""Rankings that are kept for the pages to come."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache

from search import rankings
from search.query import parse
from search.rankings import Ranking, extended, keep, opened, recall, single

pytestmark = pytest.mark.django_db
CATS = parse("cats")


def grouped(*groups: list[int], **facts: Any) -> Ranking:
    ids = [meme_id for group in groups for meme_id in group]
    return Ranking(
        np.array(ids, np.int64),
        np.array([len(group) for group in groups], np.int32),
        np.linspace(1, 0, len(ids), dtype=np.float32),
        "sidecar",
        **facts,
    )


def groups_of(ranking: Ranking) -> list[list[int]]:
    starts = ranking.starts().tolist()
    return [ranking.ids[start:stop].tolist() for start, stop in pairwise(starts)]


def same(one: Ranking | None, other: Ranking) -> bool:
    assert one is not None
    facts = ("backend", "note", "weaker_from", "is_whole", "effort", "is_cut")
    return (
        groups_of(one) == groups_of(other)
        and np.array_equal(one.similarities, other.similarities, equal_nan=True)
        and all(getattr(one, fact) == getattr(other, fact) for fact in facts)
        and one.tastes.keys() == other.tastes.keys()
        and all(np.array_equal(one.tastes[name], other.tastes[name], equal_nan=True) for name in one.tastes)
    )


def test_what_is_kept_comes_back_as_it_was(alice: User) -> None:
    tastes = {"taste:funny": np.array([0.5, np.nan, -1.0], np.float32)}
    ranking = grouped([3, 1], [2], note="so", weaker_from=1, is_whole=False, effort=1, tastes=tastes)
    assert same(recall(alice, CATS, keep(alice, CATS, ranking)), ranking)
    assert same(recall(alice, CATS, keep(alice, CATS, single([], "newest"))), single([], "newest"))


def test_the_key_is_made_of_what_is_kept(alice: User) -> None:
    assert keep(alice, CATS, single([1, 2], "newest")) == keep(alice, CATS, single([1, 2], "newest"))
    assert keep(alice, CATS, single([1, 2], "newest")) != keep(alice, CATS, single([2, 1], "newest"))


def test_nobody_else_and_no_other_query_gets_it(alice: User, bob: User) -> None:
    key = keep(alice, CATS, single([1, 2], "newest"))
    assert recall(bob, CATS, key) is None
    assert recall(AnonymousUser(), CATS, key) is None
    assert recall(alice, parse("dogs"), key) is None
    assert recall(alice, parse("cats type:video"), key) is None
    assert recall(alice, parse("cats"), key) is not None


@pytest.mark.parametrize("key", ["", "x", "0" * 16, "../../0123456789", "0123456789abcdef\n", "é" * 16])
def test_a_made_up_key_gives_nothing(key: str, alice: User) -> None:
    assert recall(alice, CATS, key) is None


@pytest.mark.parametrize("junk", ["text", 7, [], {}, {"ids": "!!"}, {"ids": "AA==", "sizes": "", "similarities": ""}])
def test_junk_in_the_cache_is_no_ranking(junk: Any, alice: User) -> None:
    key = keep(alice, CATS, single([1], "newest"))
    cache.set(rankings._place(alice, CATS, key), junk)
    assert recall(alice, CATS, key) is None


def test_nothing_in_the_cache_is_pickled(alice: User) -> None:
    key = keep(alice, CATS, grouped([3, 1], [2]))
    kept = cache.get(rankings._place(alice, CATS, key))
    assert all(isinstance(value, str | int | bool | dict | None) for value in kept.values())


def test_without_redis_nothing_is_kept_and_nothing_fails(alice: User, settings: Any) -> None:
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    }  # nobody listens there
    key = keep(alice, CATS, single([1, 2], "newest"))
    assert recall(alice, CATS, key) is None


def test_what_is_found_later_goes_behind_what_was_shown() -> None:
    old = grouped([5], [3, 4], weaker_from=None, is_whole=False)
    new = grouped([9], [4, 8], [5], [7, 6], weaker_from=3, effort=2)
    both = extended(old, new)
    assert groups_of(both) == [[5], [3, 4, 8], [9], [7, 6]]
    assert (both.weaker_from, both.is_whole, both.effort) == (3, True, 2)
    assert both.similarities[0] == old.similarities[0]
    assert groups_of(extended(old, old)) == groups_of(old)


def test_weak_ones_stay_where_they_were_shown() -> None:
    assert extended(grouped([1], [2], weaker_from=1), grouped([1], [3], [2], weaker_from=2)).weaker_from == 1


def test_a_group_can_be_opened() -> None:
    ranking = grouped([5], [3, 4, 8], [9], weaker_from=1)
    assert groups_of(opened(ranking, 4)) == [[3], [4], [8]]
    assert opened(ranking, 4).weaker_from is None
    assert groups_of(opened(ranking, 77)) == []
    assert [ranking.position_of(meme_id) for meme_id in (5, 3, 8, 9, 77)] == [0, 1, 1, 2, None]
