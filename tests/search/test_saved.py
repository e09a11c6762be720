"""Searches that people keep."""

import pytest
from django.contrib.auth.models import User

from search import saved
from search.query import BadQuery

pytestmark = pytest.mark.django_db


def names(user: User) -> list[str]:
    return [search.name for search in saved.of(user)]


def test_a_search_is_kept_once_under_its_own_text(alice: User) -> None:
    first, is_new = saved.keep(alice, " cats -dogs ")
    again, is_new_again = saved.keep(alice, "cats -dogs")
    assert (first.query, first.name, is_new) == ("cats -dogs", "cats -dogs", True)
    assert (again, is_new_again) == (first, False)


def test_a_long_text_makes_a_short_name_and_a_taken_one_gets_a_number(alice: User) -> None:
    for end in ("a", "b", "c"):
        saved.keep(alice, "cats " * 30 + end)
    assert [len(name) for name in sorted(names(alice))] == [60, 64, 64]
    assert sorted(names(alice))[1].endswith("… (2)")


def test_a_name_that_was_given_is_theirs_alone(alice: User, bob: User) -> None:
    saved.keep(alice, "cats", "  My   cats ")
    with pytest.raises(saved.NameTaken, match="my cats"):
        saved.keep(alice, "dogs", "my cats")
    saved.keep(bob, "dogs", "my cats")
    assert (names(alice), names(bob)) == (["My cats"], ["my cats"])


@pytest.mark.parametrize("query", ["", "   ", "-dogs", "sourc:reddit", "cats " * 500])
def test_what_cannot_be_asked_is_not_kept(alice: User, query: str) -> None:
    with pytest.raises(BadQuery):
        saved.keep(alice, query)
    assert names(alice) == []


def test_a_new_name_must_be_free_and_an_empty_one_changes_nothing(alice: User) -> None:
    cats, _ = saved.keep(alice, "cats")
    saved.keep(alice, "dogs")
    with pytest.raises(saved.NameTaken):
        saved.rename(cats, "DOGS")
    saved.rename(cats, "  ")
    saved.rename(cats, "x" * 300)
    assert names(alice) == ["dogs", "x" * 200]
