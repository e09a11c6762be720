"""What every benchmark prints and writes: the machine, the sizes, and figures beside their reference and bound."""

import argparse
import json
import operator
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

COMPARISONS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


@dataclass(frozen=True)
class Figure:
    """One measured number. `ratio` is value to reference; `bound` speaks of the ratio, or of the value without one."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    bound: str = ""
    holds: bool | None = None


@dataclass(frozen=True)
class Report:
    title: str
    figures: Sequence[Figure]
    sizes: dict[str, int | float | str] = field(default_factory=dict)
    left_out: str = ""  # what --quick did not do


def figure(name: str, value: float, unit: str, *, reference: float | None = None, bound: str = "") -> Figure:
    """A figure with its ratio and whether `bound` (such as ">= 0.8") holds."""
    ratio = None if reference is None else value / reference
    holds = None
    if bound:
        comparison, limit = bound.split()
        holds = COMPARISONS[comparison](value if ratio is None else ratio, float(limit))
    return Figure(name, value, unit, reference, ratio, bound, holds)


def machine() -> dict[str, str | int | float]:
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "pillow": version("pillow"),
        "onnxruntime": version("onnxruntime"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.processor())


def main(measure: Callable[[bool], Report], description: str | None) -> None:
    """The command line of a benchmark: `--quick` for a minute's worth, `--json FILE` for the numbers."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="smaller sizes; fits in a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there as one JSON object")
    options = parser.parse_args()
    report = measure(options.quick)
    show(report)
    if options.json:
        options.json.write_text(as_json(report))


def as_json(report: Report) -> str:
    return json.dumps(
        {
            "machine": machine(),
            "sizes": dict(report.sizes),
            "figures": [asdict(one) for one in report.figures],
        },
        indent=2,
    )


def show(report: Report, console: Console | None = None) -> None:
    console = console or Console(width=140 if not os.isatty(1) else None)
    table = Table(title=report.title, title_justify="left")
    table.add_column("figure")
    for heading in ("value", "unit", "reference", "ratio", "bound", "holds"):
        table.add_column(heading, justify="right")
    for one in report.figures:
        holds = "" if one.holds is None else "[green]yes[/]" if one.holds else "[red]NO[/]"
        numbers = (_number(one.value), one.unit, _number(one.reference), _number(one.ratio), one.bound, holds)
        table.add_row(one.name, *numbers)
    console.print(table)
    facts = machine() | report.sizes
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()), style="dim", highlight=False)
    if report.left_out:
        console.print(f"--quick left out: {report.left_out}", style="dim")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
