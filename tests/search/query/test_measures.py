"""Sizes and dates are written as people write them."""

from datetime import date

import pytest

from search.query.measures import Day, Measure
from search.query.tree import Bounds

PIXELS = Measure("pixels", 10**9)
BYTES = Measure("bytes", 10**15, has_units=True)


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        (Bounds(1000, None), ">=1000"),
        (Bounds(1001, None), ">1000"),
        (Bounds(None, 499), "<500"),
        (Bounds(None, 500), "<=500"),
        (Bounds(0, None), ">=0"),
        (Bounds(800, 800), "800"),
        (Bounds(800, 1200), "800..1200"),
    ],
)
def test_bounds_are_written_with_round_numbers(bounds: Bounds, text: str) -> None:
    assert PIXELS.write(bounds) == text
    assert PIXELS.read(text) == bounds


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        (Bounds(2_000_001, None), ">2MB"),
        (Bounds(None, 500_000), "<=500kB"),
        (Bounds(1_500_000, 3 * 10**9), "1500kB..3GB"),
        (Bounds(7, 7), "7..7"),
    ],
)
def test_sizes_of_files_are_written_with_their_unit(bounds: Bounds, text: str) -> None:
    assert BYTES.write(bounds) == text
    assert BYTES.read(text) == bounds


@pytest.mark.parametrize(
    ("day", "text"), [(date(2026, 1, 1), "2026"), (date(2026, 2, 1), "2026-02"), (date(2026, 1, 15), "2026-01-15")]
)
def test_a_day_is_written_no_longer_than_it_must(day: date, text: str) -> None:
    assert Day().write(day) == text
    assert Day().read(text) == day
