"""Queries while they are being built."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from hypothesis import given

from search import drafts, kinds
from search.query import Key, KindTerm, Query, Role, parse
from search.query.forms import Name
from search.query.keys import forget
from search.query.rows import Row
from tests.search.query.queries import queries

NOBODY = AnonymousUser()


class Mood:
    key = Key("mood", "a mood", "mood:calm", Name("a mood"), Role.TERM, is_negatable=True)

    def vector(self, user: object, space: object, value: str) -> Any:
        return np.ones(8, np.float32)

    def values(self, user: object, typed: str) -> list[str]:
        return ["calm", "silly"]


@pytest.fixture(autouse=True)
def alone(settings: Any) -> None:
    """Without other apps, whose directions are kept in the database."""
    settings.SEARCH_TERM_KINDS = []


@pytest.fixture
def moods(alone: None, settings: Any) -> Iterator[None]:
    settings.SEARCH_TERM_KINDS = [f"{__name__}.Mood"]
    kinds.joined()
    yield
    forget("mood")


def sent(draft: drafts.Draft) -> drafts.Draft:
    return drafts.from_form(NOBODY, QueryDict(urlencode(draft.pairs())))


def same(one: Query | None, other: Query) -> bool:
    return (
        one is not None
        and (one.terms, one.sort) == (other.terms, other.sort)
        and set(one.filters) == set(other.filters)
    )


@given(queries())
def test_a_query_comes_back_from_the_builder(query: Query) -> None:
    draft = sent(drafts.from_query(NOBODY, query))
    assert draft.faults == []
    assert same(draft.query, query)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("sort=new", "sort:new"),
        ("q=cats&sort=new&type=video&type=image", "cats type:video,image sort:new"),
        ("q=cats+sort:old+-tag:a+-by:bob&sort=new&tag=b", "cats -by:bob tag:b sort:new"),
        ("q=cats&width_from=100&also=-type:video", "cats width:>=100 -type:video"),
        ("q=cats+mood:silly&slide=mood:calm&amount=-0.5", "cats mood:silly -mood:calm^0.5"),
    ],
)
def test_fields_of_the_form_may_stand_beside_a_query(address: str, text: str, moods: None) -> None:
    data = QueryDict(address)
    draft = drafts.from_address(NOBODY, parse(data.get("q", "")), data)
    found = draft.query
    assert (draft.faults, found is not None) == ([], True)
    assert found is not None
    assert (set(found.terms), set(found.filters), found.sort) == (
        set(parse(text).terms), set(parse(text).filters), parse(text).sort,
    )  # fmt: skip


def test_a_weight_between_two_steps_stays_where_it_is(moods: None) -> None:
    steps = [drafts.Slide("mood", "calm", weight).step for weight in ("0.35", "-1", "0.333", "x")]
    assert steps == ["0.05", "0.05", "any", "0.05"]


def test_each_direction_of_another_app_has_its_slider(moods: None) -> None:
    query = parse("cats mood:silly^-0.5 mood:angry mood:calm^7")
    draft = drafts.from_query(NOBODY, query)
    assert [(slide.name, slide.weight, slide.reach) for slide in draft.slides] == [
        ("mood:calm", "7", "7"), ("mood:silly", "-0.5", "2"),
    ]  # fmt: skip
    assert [row.value for row in draft.rows] == ["cats", "angry"]
    found = sent(draft).query
    assert found is not None
    assert set(found.terms) == set(query.terms)


def test_a_slider_in_the_middle_says_nothing(moods: None) -> None:
    draft = drafts.from_form(NOBODY, QueryDict("kind=about&value=cats&weight=1&slide=mood:calm&amount=0"))
    assert draft.query == parse("cats")
    draft = drafts.from_form(NOBODY, QueryDict("kind=about&value=&weight=1&slide=mood:calm&amount=1.5"))
    assert draft.query == Query((KindTerm("mood", "calm", 1.5),))


def test_without_other_apps_there_are_no_sliders() -> None:
    assert drafts.from_query(NOBODY, parse("cats")).slides == []


def test_every_fault_names_its_place() -> None:
    data = QueryDict("kind=about&value=cats&weight=x&kind=like&value=cat&weight=1&width_from=wide")
    draft = drafts.from_form(NOBODY, data)
    assert [fault.place for fault in draft.faults] == ["weight-0", "value-1", "width_from"]
    assert draft.query is None


def test_nothing_to_look_for_is_a_fault_of_all_of_it() -> None:
    draft = drafts.from_form(NOBODY, QueryDict("kind=about&value=dogs&weight=1&minus=0"))
    assert [fault.place for fault in draft.faults] == [""]


@pytest.mark.parametrize(
    ("order", "values"),
    [
        ("add", ["a", "b", "c", ""]),
        ("remove-1", ["a", "c"]),
        ("up-2", ["a", "c", "b"]),
        ("up-0", ["a", "b", "c"]),
        ("down-0", ["b", "a", "c"]),
        ("down-2", ["a", "b", "c"]),
        ("remove-9", ["a", "b", "c"]),
        ("down-x", ["a", "b", "c"]),
        ("", ["a", "b", "c"]),
    ],
)
def test_rows_are_added_removed_and_moved(order: str, values: list[str]) -> None:
    draft = drafts.Draft([Row("about", value) for value in "abc"])
    assert [row.value for row in drafts.changed(draft, order).rows] == values


def test_there_is_always_a_row_to_write_in() -> None:
    assert drafts.changed(drafts.Draft([Row("about", "cats")]), "remove-0").rows == [Row()]
