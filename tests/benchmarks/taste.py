"""How fast and how well a taste is learned in PREFSIM-1, beside the original rater re-made and trained in the same run.

One thread. Times are processor time, since neighbours make the clock say anything; the clock's are beside them.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from tests.benchmarks.prefsim_figures import SECTIONS, Size
from tests.benchmarks.report import Figure, Report, as_json, show

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def measure(only: list[str], size: Size) -> Report:
    console, figures = Console(stderr=True), list[Figure]()
    for name in only:
        console.print(f"taste: {name} ...", style="dim")
        figures += SECTIONS[name](size)
    sizes: dict[str, int | float | str] = {"sections": ", ".join(only), "raters": size.raters, "draws": size.draws}
    return Report("Taste", figures, sizes, size.left_out)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer raters, no slow sections; fits in a minute")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS), metavar="SECTION",
                        help=f"some of: {', '.join(SECTIONS)}")  # fmt: skip
    parser.add_argument("--raters", type=int, help="how many raters, to try it out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there as one JSON object")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    if not ONE_THREAD.items() <= os.environ.items():  # they are read when numpy is loaded: start again
        os.execve(
            sys.executable, [sys.executable, "-m", "tests.benchmarks.taste", *sys.argv[1:]], os.environ | ONE_THREAD
        )
    size = Size.quick() if options.quick else Size()
    size = size.with_raters(options.raters) if options.raters else size
    only = [name for name in options.only if name not in size.skipped]
    report = measure(only, size)
    show(report)
    if options.json:
        options.json.write_text(as_json(report))


if __name__ == "__main__":
    main()
