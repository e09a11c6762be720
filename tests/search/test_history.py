"""What people searched for lately."""

from threading import Thread
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from search import history
from search.models import PastSearch


def queries(user: User) -> list[str]:
    return [search.query for search in history.recent(user)]


@pytest.mark.django_db
def test_the_latest_search_comes_first_and_each_only_once(alice: User, bob: User) -> None:
    for query in ("cats", "dogs", "  cats "):
        history.remember(alice, query)
    history.remember(bob, "birds")
    assert queries(alice) == ["cats", "dogs"]
    assert queries(bob) == ["birds"]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "  ", "x" * 2001, "\x00"])
def test_what_is_no_query_is_not_kept(alice: User, query: str) -> None:
    history.remember(alice, query)
    assert queries(alice) == []


@pytest.mark.django_db
def test_a_query_as_long_or_strange_as_may_be_is_kept(alice: User) -> None:
    history.remember(alice, "猫" * 2000)
    history.remember(alice, "a\x00b\ud800")
    assert queries(alice) == ["a b\ufffd", "猫" * 2000]


@pytest.mark.django_db
def test_only_the_latest_are_kept(alice: User) -> None:
    for number in range(history.KEPT + 3):
        history.remember(alice, f"query {number}")
    assert len(queries(alice)) == history.KEPT
    assert queries(alice)[-1] == "query 3"


@pytest.mark.django_db
def test_asking_an_old_search_again_forgets_no_other(alice: User) -> None:
    for number in range(history.KEPT):
        history.remember(alice, f"query {number}")
    history.remember(alice, "query 0")
    assert len(queries(alice)) == history.KEPT
    assert queries(alice)[0] == "query 0"


@pytest.mark.django_db
def test_a_search_costs_one_statement(alice: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        history.remember(alice, "cats")


@pytest.mark.django_db
def test_people_forget_their_own_searches(alice: User, bob: User) -> None:
    for query in ("cats", "dogs"):
        history.remember(alice, query)
    cats = PastSearch.objects.get(query="cats").pk
    history.forget(bob, cats)
    history.forget(bob)
    assert queries(alice) == ["dogs", "cats"]
    history.forget(alice, cats)
    history.forget(alice, cats)
    assert queries(alice) == ["dogs"]
    history.forget(alice)
    assert queries(alice) == []


@pytest.mark.django_db(transaction=True)
def test_the_same_search_in_two_windows_is_kept_once(alice: User) -> None:
    def ask() -> None:
        for _ in range(20):
            history.remember(alice, "cats")
        connection.close()

    windows = [Thread(target=ask) for _ in range(2)]
    for window in windows:
        window.start()
    for window in windows:
        window.join(20)
    assert queries(alice) == ["cats"]
