"""What is printed is read as the same query, in the box and in an address."""

from urllib.parse import parse_qs

from hypothesis import example, given, settings
from hypothesis import strategies as st

from search.query import BadQuery, ExactTerm, Query, TextTerm, from_pairs, parse, to_address, to_pairs, to_text
from tests.search.query.queries import queries

ANY_TIME = settings(deadline=None)  # the machine may be busy


@ANY_TIME
@given(queries())
@example(Query((TextTerm("cats"), TextTerm("in space"), TextTerm("dogs"))))
@example(Query((TextTerm('"cats'), TextTerm("dogs"), ExactTerm('"'))))
@example(Query((ExactTerm("ends with a backslash\\"), TextTerm("a\\"))))
def test_a_printed_query_is_read_as_the_same(query: Query) -> None:
    assert parse(to_text(query)) == query


@ANY_TIME
@given(queries())
def test_printing_twice_prints_the_same(query: Query) -> None:
    assert to_text(parse(to_text(query))) == to_text(query)


@ANY_TIME
@given(queries())
def test_an_address_holds_the_whole_query(query: Query) -> None:
    parameters = parse_qs(to_address(query), strict_parsing=not query.is_empty())
    assert set(parameters) <= {"q", "e"}
    assert from_pairs(parameters.get("q", [""])[0], parameters.get("e", [])) == query


def read(text: str) -> Query | BadQuery:
    try:
        return parse(text)
    except BadQuery as error:
        return error


@ANY_TIME
@given(st.text(max_size=200) | st.text(alphabet='ab \\"“”-^:,.12typeinos', max_size=60))
def test_any_text_is_a_query_or_says_where_it_is_wrong(text: str) -> None:
    found = read(text)
    if isinstance(found, BadQuery):
        assert 0 <= found.position < len(text)
        assert str(found).endswith(".")
    else:
        assert parse(to_text(found)) == found
        assert not any(text[part.at].isspace() for part in (*found.terms, *found.filters))


def test_equal_queries_are_printed_alike() -> None:
    assert to_text(parse("  TYPE:Video   width:>999 cats  before:2026-01-01 -about:dogs ")) == (
        "cats -dogs type:video width:>=1000 before:2026"
    )


def test_raw_vectors_have_a_parameter_of_their_own() -> None:
    query = parse("cats vector:AAA8AAA0^-0.5")
    assert to_pairs(query) == [("q", "cats"), ("e", "AAA8AAA0^-0.5")]
    assert from_pairs("cats", ["AAA8AAA0^-0.5"]) == query
