"""The query language through the API: filters work, and bad queries are answered with a sentence and its place."""

import pytest
from django.test import Client

from search import spaces
from tests.search.asking import is_problem, rows

pytestmark = pytest.mark.django_db
SEARCH = "/api/v1/search"


def test_the_api_takes_filters_and_orders(alice_client: Client) -> None:
    rows(3)
    rows(1, start=3, kind="video")
    body = alice_client.get(SEARCH, {"q": "type:image sort:old", "limit": 2}).json()
    assert [hit["meme"]["title"] for hit in body["results"]] == ["meme 0", "meme 1"]
    assert (body["backend"], body["next_offset"]) == ("newest", 2)


@pytest.mark.parametrize(
    ("q", "position"),
    [
        ("cats^nan", 5),
        ("cats^1e308", 5),
        ("cats -dogs^-inf", 11),
        ("-dogs -cats", 0),
        ("cats sourc:reddit", 5),
        ("type:vidoe", 5),
        ("in:nobodys", 0),
        ("vector:AAA", 7),
        ("vector:AH4", 7),
        ("w^2 " * 400, 128),
        ("w " * 10_000, 2000),
        ("w" * 1_000_000, 2000),
    ],
    ids=lambda value: str(value)[:16],
)
def test_a_bad_query_is_answered_at_its_character_and_nothing_else_is_affected(
    alice_client: Client, q: str, position: int
) -> None:
    rows(1)
    problem = is_problem(alice_client.get(SEARCH, {"q": q}), 400)
    assert (problem["type"], problem["position"]) == ("urn:problem-type:mse:bad-query", position)
    assert len(alice_client.get(SEARCH, {"q": "type:image"}).json()["results"]) == 1


def test_an_embedding_has_a_parameter_of_its_own_which_is_named_when_it_is_wrong(
    alice_client: Client, lite_space: None
) -> None:
    problem = is_problem(alice_client.get(SEARCH, {"q": "cats", "e": ["ADwAPA^0.5", "AH4"]}), 400)
    assert (problem["parameter"], "position" in problem) == ("e", False)
    problem = is_problem(alice_client.get(SEARCH, {"e": ["ADwAPA"]}), 400)
    assert (problem["term"], problem["detail"]) == (0, "a vector of this space has 512 numbers, not 2")


@pytest.mark.parametrize("name", ["q", "e"])
@pytest.mark.parametrize("text", ["half of a pair: \ud800", "a\0b", "猫\0"])
def test_half_characters_and_nulls_are_refused_in_whatever_is_long(alice_client: Client, name: str, text: str) -> None:
    given = {name: [text] if name == "e" else text}
    answer = alice_client.post("/api/v1/search", given, content_type="application/json")
    assert name in is_problem(answer, 400)["errors"]


@pytest.mark.parametrize("blank", ["", " "])
def test_fields_that_name_nothing_are_all_fields(alice_client: Client, blank: str) -> None:
    rows(1)
    (whole,) = alice_client.get(SEARCH).json()["results"]
    assert alice_client.get(SEARCH, {"fields": blank}).json()["results"] == [whole]


def test_a_vector_of_another_space_is_a_problem_of_its_term(alice_client: Client, lite_space: None) -> None:
    problem = is_problem(alice_client.get(SEARCH, {"q": "cats vector:ADwAPA"}), 400)
    assert (problem["term"], problem["detail"]) == (1, "a vector of this space has 512 numbers, not 2")


@pytest.fixture
def lite_space(db: None) -> None:
    spaces.ensure("lite")
