"""Kinds of term from elsewhere as orders and as filters."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query import BadQuery, Filter, Key, KindTerm, Percentile, Query, Role, Sort, from_pairs, parse, to_text
from search.query.fields import from_fields, to_fields
from search.query.forms import Name
from search.query.keys import forget, register
from search.query.rows import Row, to_term
from tests.search.query.queries import TEXTS

PERCENTS = st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)
SHARES = st.builds(Percentile, TEXTS | st.just(""), PERCENTS, st.booleans())
FILTERS = st.builds(Filter, st.just("mood"), SHARES.map(lambda share: (share,)), st.booleans())
SORTS = st.builds(Sort, st.just("mood"), st.none(), TEXTS | st.just(""))


@pytest.fixture(autouse=True, scope="module")
def mood() -> Iterator[None]:
    register(Key("mood", "a mood", "mood:calm", Name("a mood"), Role.TERM, is_negatable=True))
    yield
    forget("mood")


@given(st.lists(FILTERS, max_size=3), st.none() | SORTS)
def test_what_is_printed_is_read_as_the_same(filters: list[Filter], sort: Sort | None) -> None:
    query = Query((KindTerm("mood", "calm"),), tuple(filters), sort)
    assert parse(to_text(query)) == query
    assert from_fields(to_fields(query)) == (query.filters, query.sort)


def test_the_same_key_is_a_term_a_filter_and_an_order() -> None:
    query = parse('mood:calm^0.5 -mood:silly mood:calm>=80% -MOOD:"very calm < 5 %" sort:mood:"calm"')
    assert query.terms == (KindTerm("mood", "calm", 0.5), KindTerm("mood", "silly", -1.0))
    assert query.filters == (
        Filter("mood", (Percentile("calm", 80),)),
        Filter("mood", (Percentile("very calm", 5, True),), is_negated=True),
    )
    assert to_text(parse("mood:>99.5% sort:MOOD")) == "mood:>=99.5% sort:mood"


@pytest.mark.parametrize("text", ["mood:calm>=80%^2", "sort:mood:", "sort:moody", "sort:mood-7", "-sort:mood"])
def test_a_wrong_one_is_refused(text: str) -> None:
    with pytest.raises(BadQuery):
        parse(text)


def test_a_row_of_terms_takes_no_filter() -> None:
    with pytest.raises(BadQuery, match="among the filters"):
        to_term(Row("mood", "calm>=80%"))


def test_once_the_kind_is_gone_its_order_is_too() -> None:
    register(Key("whim", "a whim", "whim:x", Name("a whim"), Role.TERM))
    assert parse("sort:whim").sort == Sort("whim")
    forget("whim")
    with pytest.raises(BadQuery):
        from_pairs("sort:whim")
