"""Conditions on memes as SQL: they let through what their query sets do."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.db.models import QuerySet

from search import conditions, filters, retrieval
from search.models import Meme
from search.query import Query, parse
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(alice: User, bob: User) -> list[Meme]:
    return [
        *rows(3, text="two cats"),
        *rows(2, alice, start=3, kind="video"),
        *rows(2, bob, start=5),
        *rows(2, start=7, is_nsfw=True, state="trashed"),
    ]


@pytest.mark.parametrize("text", ["", "type:video", '"two cats"', '-"two cats" -tag:odd', "width:<100 -tag:odd"])
def test_a_condition_lets_through_what_the_query_set_does(library: list[Meme], alice: User, text: str) -> None:
    memes = Meme.objects.listed_for(alice).filter(filters.condition(alice, parse(text)))
    assert asked(memes) == sorted(memes.values_list("pk", flat=True)) != []


def test_nothing_is_let_through_to_strangers(library: list[Meme]) -> None:
    assert conditions.of(Meme.objects.listed_for(AnonymousUser())) is None


def test_without_a_condition_everything_is_let_through(library: list[Meme]) -> None:
    assert len(asked(Meme.objects.all())) == len(library)


def test_a_condition_of_one_set_is_not_that_of_a_narrower_one(library: list[Meme], alice: User) -> None:
    wide = Meme.objects.visible_to(alice)
    assert len(asked(wide)) == 5
    assert len(asked(wide.filter(kind="video"))) == 2


def test_what_lists_show_is_one_set_for_each_person_and_remembers_no_answer(alice: User, bob: User) -> None:
    listed = conditions.listed_for(alice)
    retrieval.search(alice, Query())
    rows(2, alice)
    rows(1, bob, start=2)
    assert conditions.listed_for(alice) is listed
    assert [len(asked(conditions.listed_for(user))) for user in (alice, bob)] == [2, 1]
    assert len(retrieval.search(alice, Query()).hits) == 2


@pytest.mark.parametrize(
    "narrow",
    [
        lambda memes: memes.filter(sightings__author="bob"),
        lambda memes: memes[:3],
        lambda memes: memes.union(memes),
    ],
    ids=["joined", "limited", "combined"],
)
def test_what_is_more_than_a_condition_is_refused(narrow: Callable[[QuerySet[Meme]], QuerySet[Meme]]) -> None:
    with pytest.raises(ValueError, match="more than a condition"):
        conditions.of(narrow(Meme.objects.all()))


def asked(memes: QuerySet[Meme]) -> list[int]:
    condition = conditions.of(memes)
    assert condition is not None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM search_meme WHERE {condition.text} ORDER BY id", condition.params)
        return [pk for (pk,) in cursor.fetchall()]
