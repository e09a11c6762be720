"""Forms of dates, sizes and shares: parts of a calendar, and numbers with bounds."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from search.query.tree import Bounds, Percentile


@dataclass(frozen=True)
class Day:
    """The first day of a year, of a month, or a day."""

    takes: str = "a year, a month or a day, such as 2026, 2026-01 or 2026-01-15"
    options: tuple[str, ...] = ()

    def read(self, text: str) -> date:
        found = re.fullmatch(r"([12][0-9]{3})(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?", text)
        if found is None:
            raise ValueError(text)
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))

    def write(self, value: date) -> str:
        parts = f"{value:%Y-%m-%d}"
        return parts.removesuffix("-01").removesuffix("-01") if value.day == 1 else parts


UNITS = {"": 1, "B": 1, "KB": 1000, "K": 1000, "MB": 1000**2, "M": 1000**2, "GB": 1000**3, "G": 1000**3}


@dataclass(frozen=True)
class Measure:
    """Bounds of a size: `>=1000`, `<1000`, `1000..2000` and, where sizes are exact, `1000`."""

    takes: str
    largest: int
    has_units: bool = False
    options: tuple[str, ...] = ()

    def read(self, text: str) -> Bounds:
        low, dots, high = text.partition("..")
        if dots:
            return self._checked(Bounds(self._number(low), self._number(high)))
        found = re.fullmatch(r"(>=|<=|>|<|=)?(.*)", text, re.DOTALL)
        assert found is not None
        number = self._number(found[2])
        match found[1]:
            case ">=":
                return Bounds(number, None)
            case ">":
                return self._checked(Bounds(number + 1, None))
            case "<=":
                return Bounds(None, number)
            case "<":
                return self._checked(Bounds(None, number - 1))
        if self.has_units:
            raise ValueError("a rounded size is nobody's exact size")
        return Bounds(number, number)

    def _checked(self, bounds: Bounds) -> Bounds:
        low, high = bounds.low or 0, self.largest if bounds.high is None else bounds.high
        if not 0 <= low <= high <= self.largest:
            raise ValueError("nothing is that large")
        return bounds

    def _number(self, text: str) -> int:
        found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]{0,2})", text)
        if found is None or found[2].upper() not in (UNITS if self.has_units else ("",)):
            raise ValueError(text)
        number = Decimal(found[1]) * UNITS[found[2].upper()]
        if number != int(number) or number > self.largest:
            raise ValueError(text)
        return int(number)

    def write(self, value: Bounds) -> str:
        match value.low, value.high:
            case int(low), None:
                return f">{self._shown(low - 1)}" if _is_rounder(low - 1, low) else f">={self._shown(low)}"
            case None, int(high):
                return f"<{self._shown(high + 1)}" if _is_rounder(high + 1, high) else f"<={self._shown(high)}"
            case int(low), int(high) if low == high and not self.has_units:
                return self._shown(low)
            case low, high:
                return f"{self._shown(low or 0)}..{self._shown(self.largest if high is None else high)}"

    def _shown(self, number: int) -> str:
        if self.has_units and number:
            for unit, size in (("GB", 1000**3), ("MB", 1000**2), ("kB", 1000)):
                if number % size == 0:
                    return f"{number // size}{unit}"
        return str(number)


@dataclass(frozen=True)
class Share:
    """`useful>=80%` is the best fifth by it, `useful<20%` the worst; without a name what is meant is the likeliest."""

    takes: str = "a name and a share of the library, such as useful>=80% or useful<20%"
    options: tuple[str, ...] = ()

    def read(self, text: str) -> Percentile:
        found = re.fullmatch(r"(.*?)(>=?|<=?) ?([0-9]{1,3}(?:\.[0-9]{1,2})?) ?%", text, re.DOTALL)
        if found is None or float(found[3]) > 100:
            raise ValueError(text)
        return Percentile(found[1].strip(), float(found[3]), found[2].startswith("<"))

    def write(self, value: Percentile) -> str:
        return f"{value.name}{'<' if value.is_below else '>='}{value.percent:g}%"


def _is_rounder(number: int, other: int) -> bool:
    """`>2MB`, not `>=2000001`; but `>=1000`, not `>999`."""
    return len(str(number).rstrip("0")) < len(str(other).rstrip("0"))
