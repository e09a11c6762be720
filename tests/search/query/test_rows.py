"""Terms as the rows of a form."""

import pytest
from hypothesis import given

from search.query import BadQuery, ExactTerm, Term, TextTerm
from search.query.rows import EXACT, Row, from_lists, kinds, to_row, to_term
from tests.search.query.queries import TERMS


@given(TERMS)
def test_a_term_comes_back_from_its_row(term: Term) -> None:
    assert to_term(to_row(term)) == term


@pytest.mark.parametrize(
    ("row", "term"),
    [
        (Row("about", " angry cats ", True, "0.5"), TextTerm("angry cats", -0.5)),
        (Row("about", "type:video -x"), TextTerm("type:video -x")),
        (Row(EXACT, "this is fine", True, "0.5"), ExactTerm("this is fine", -1.0)),
        (Row("about", "cats", True, "0"), TextTerm("cats", 0.0)),
    ],
)
def test_what_stands_in_a_row_is_meant_literally(row: Row, term: Term) -> None:
    assert to_term(row) == term


@pytest.mark.parametrize(
    ("row", "parameter"),
    [
        (Row("like", "a cat"), "value"),
        (Row("picture", "short"), "value"),
        (Row("vector", "AH4"), "value"),
        (Row("about", "cats", weight="lots"), "weight"),
        (Row("about", "cats", weight="nan"), "weight"),
        (Row("about", "cats", weight="1e308"), "weight"),
        (Row("about", "cats", weight="-1"), "weight"),
        (Row("type", "video"), "kind"),
        (Row("nothing", "video"), "kind"),
    ],
)
def test_a_row_that_means_nothing_says_which_field_is_to_blame(row: Row, parameter: str) -> None:
    with pytest.raises(BadQuery) as refused:
        to_term(row)
    assert refused.value.parameter == parameter


def test_repeated_fields_are_rows_even_when_some_are_missing() -> None:
    assert from_lists(["about", "like"], ["cats", "12", "dogs"], ["0.5"], ["1", "x"]) == [
        Row("about", "cats", weight="0.5"), Row("like", "12", is_negated=True), Row("about", "dogs"),
    ]  # fmt: skip
    assert from_lists([], [], [], []) == []


def test_every_kind_of_term_has_a_row() -> None:
    assert kinds()[:3] == ["about", EXACT, "like"]
    assert {"like", "picture", "average", "vector"} <= set(kinds())
