"""Plots as files, drawn without a screen."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from rating.plots import Plot, Series

INCHES, DPI = (6.4, 4.0), 150
LINES = {"line": "-", "dashes": "--", "dots": "o"}
# The same numbers give the same file.
mpl.rcParams["svg.hashsalt"] = "plots"


def draw(plot: Plot, path: Path) -> None:
    """Into a file whose name ends in .svg or .png; what was there before is overwritten. OSError if it cannot be."""
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for series in plot.series:
        _add(axes, plot, series)
    for mark in plot.marks:
        axes.axvline(mark.x, color="tab:red", linewidth=1)
        axes.annotate(
            mark.label, (mark.x, 1), xycoords=("data", "axes fraction"), va="bottom", color="tab:red", fontsize=8
        )
    for axis, is_share in zip((axes.xaxis, axes.yaxis), plot.is_share, strict=True):
        if is_share:
            axis.set_major_formatter(PercentFormatter(1))
    axes.set(xlabel=plot.x_label, ylabel=plot.y_label)
    figure.suptitle(plot.title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _add(axes: Axes, plot: Plot, series: Series) -> None:
    values = [float("nan") if value is None else value for value in series.values]
    if series.style == "bars":
        step = min((b - a for a, b in zip(plot.x, plot.x[1:], strict=False)), default=1.0)
        axes.bar(plot.x, values, width=0.9 * step, alpha=0.5, label=series.label)
        return
    (line,) = axes.plot(plot.x, values, LINES[series.style], label=series.label)
    if series.low:
        low, high = ([float("nan") if value is None else value for value in part] for part in (series.low, series.high))
        axes.fill_between(plot.x, low, high, color=line.get_color(), alpha=0.15)
