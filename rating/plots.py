"""Plots as numbers: drawn by a script of the page, with a table behind them, handed out as JSON, drawn into files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Style = Literal["line", "bars", "dots", "dashes"]


@dataclass(frozen=True)
class Series:
    """A value for each x, None where there is none; `low` and `high` lie around it, with the confidence that the plot says."""

    label: str
    values: Sequence[float | None]
    style: Style = "line"
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@dataclass(frozen=True)
class Mark:
    """A line upright at `x`, such as a threshold."""

    x: float
    label: str


@dataclass(frozen=True)
class Plot:
    """`x` ascends, and every series has as many values. `is_share`: which of the two, x and y, are shares from 0 to 1, written
    as percentages. Raises ValueError for series of another length."""

    title: str
    x_label: str
    y_label: str
    x: Sequence[float]
    series: Sequence[Series]
    note: str = ""
    marks: Sequence[Mark] = ()
    is_share: tuple[bool, bool] = (False, False)
    name: str = field(default="", kw_only=True)  # of its file

    def __post_init__(self) -> None:
        for one in self.series:
            if any(part and len(part) != len(self.x) for part in (one.values, one.low, one.high)):
                raise ValueError(f"{one.label} has another length than x.")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def rows(self) -> Iterator[list[str]]:
        """The table behind it, after `headings`."""
        for place, x in enumerate(self.x):
            yield [written(x, self.is_share[0]), *(self._cell(one, place) for one in self.series)]

    @property
    def headings(self) -> list[str]:
        return [self.x_label, *(one.label for one in self.series)]

    def _cell(self, series: Series, place: int) -> str:
        said = written(series.values[place], self.is_share[1])
        if not series.low or series.low[place] is None:
            return said
        low, high = (written(part[place], self.is_share[1]) for part in (series.low, series.high))
        return f"{said} ({low} to {high})"


def written(value: float | None, is_share: bool) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.3g} %" if is_share else f"{value:.4g}"
