"""Which part of a file a Range header asks for."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.ranges import ByteRange, Part, Unsatisfiable, parse


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-4", 0, 4),
        ("bytes=5-", 5, 9),
        ("bytes=-3", 7, 9),
        ("bytes=-30", 0, 9),
        ("bytes=8-100", 8, 9),
        ("bytes=9-9", 9, 9),
    ],
)
def test_a_range_is_cut_to_the_file(header: str, first: int, last: int) -> None:
    assert parse(header, 10) == ByteRange(first, last)


@pytest.mark.parametrize("header", ["", "bytes", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "lines=0-4", "bytes=a-b"])
def test_what_is_no_single_range_is_ignored(header: str) -> None:
    assert parse(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_a_range_outside_of_the_file_is_refused(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse(header, 10)


def test_nothing_of_an_empty_file_can_be_asked_for() -> None:
    with pytest.raises(Unsatisfiable):
        parse("bytes=0-", 0)


@given(st.text(max_size=30), st.integers(0, 100))
def test_no_header_asks_for_more_than_there_is(header: str, size_bytes: int) -> None:
    try:
        wanted = parse("bytes=" + header, size_bytes)
    except Unsatisfiable:
        return
    assert wanted is None or 0 <= wanted.first <= wanted.last < size_bytes


def test_a_part_gives_its_bytes_and_no_more() -> None:
    file = io.BytesIO(b"0123456789")
    part = Part(file, ByteRange(2, 6))
    assert (part.read(3), part.read(3), part.read(3)) == (b"234", b"56", b"")
    part.close()
    assert file.closed
