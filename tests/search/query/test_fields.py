"""Filters and orders as the fields of a form."""

import time

import pytest
from hypothesis import given

from search.query import BadQuery, Query, parse, to_text
from search.query.fields import from_fields, to_fields
from tests.search.query.queries import queries


@given(queries())
def test_filters_and_the_order_come_back_from_their_fields(query: Query) -> None:
    filters, sort = from_fields(to_fields(query))
    assert sorted(map(repr, filters)) == sorted(map(repr, query.filters))
    assert sort == query.sort


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"type": ["video", "animation"]}, "type:video,animation"),
        ({"tag": ["reaction, good one"]}, 'tag:reaction,"good one"'),
        ({"tag": ["reaction"], "by": ["bob"], "not": ["tag"]}, "by:bob -tag:reaction"),
        ({"by": ['"Doe, J", bob']}, 'by:"Doe, J",bob'),
        ({"by": ['"Doe, J"  , "b" c ,"d, e" f,']}, r'by:"Doe, J","\"b\" c","\"d","e\" f"'),
        ({"after": ["2026-01-15"], "before": ["2027-01-01"]}, "after:2026-01-15 before:2027"),
        ({"width_from": ["1000"], "height_to": ["500"]}, "width:>=1000 height:<=500"),
        ({"size_from": ["1MB"], "size_to": ["5 MB"]}, "size:1MB..5MB"),
        ({"size_from": [">2MB"]}, "size:>2MB"),
        ({"nsfw": ["no"], "sort": ["random-7"], "has": ["text"]}, "has:text nsfw:no sort:random-7"),
        ({"also": ["-type:video tag:old"], "tag": ["new"]}, "tag:new -type:video tag:old"),
        ({"type": [""], "tag": [" , "], "sort": [""], "width_from": [" "]}, ""),
    ],
)
def test_fields_say_what_the_box_says(fields: dict[str, list[str]], text: str) -> None:
    filters, sort = from_fields(fields)
    assert to_text(Query((), filters, sort)) == text


@pytest.mark.parametrize("name", ["a" + " " * 200_000 + "b", '"a" ' * 50_000, '"a,' * 60_000, '"' + "\\" * 200_000])
def test_a_long_field_is_refused_at_once(name: str) -> None:
    started = time.process_time()
    with pytest.raises(BadQuery):
        from_fields({"by": [name]})
    assert time.process_time() - started < 2


def test_what_fits_into_no_field_stands_as_text() -> None:
    fields = to_fields(parse("tag:a -tag:b,c -type:video width:>=9 width:<=4 by:x"))
    assert fields["also"] == ["-tag:b,c -type:video width:<=4"]
    assert (fields["tag"], fields["by"], fields.get("type")) == (["a"], ["x"], None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "vidoe"),
        ("before", "yesterday"),
        ("width_from", "wide"),
        ("size_to", "-1"),
        ("nsfw", "maybe"),
        ("sort", "sideways"),
        ("also", "cats"),
        ("also", "sourc:reddit"),
        ("also", "sort:new"),
    ],
)
def test_the_field_that_is_to_blame_is_named(field: str, value: str) -> None:
    with pytest.raises(BadQuery) as refused:
        from_fields({field: [value]})
    assert refused.value.parameter == field


def test_bounds_with_nothing_between_them_are_refused() -> None:
    with pytest.raises(BadQuery, match="nothing is between"):
        from_fields({"width_from": ["100"], "width_to": ["50"]})
