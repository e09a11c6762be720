"""How long a site takes to learn one more answer, and to refit a taste: with its rows, in a database of its own.

Times are processor time of the process that learns; those of the clock, which include Postgres, are beside them.
"""

import json
import os
import statistics

from tests.benchmarks.ingest_site import empty_site
from tests.benchmarks.report import Figure, Report, figure, main
from tests.benchmarks.taste import ONE_THREAD

MEMES, TIMES = 2_000, 21
ANSWERS, QUICK = 1_500, 300


def measure(is_quick: bool) -> Report:
    answers = QUICK if is_quick else ANSWERS
    os.environ.update(ONE_THREAD)
    with empty_site() as site:
        said = json.loads(site.result("taste_site_process", answers, MEMES, TIMES))
    names = ("one more answer, learned and kept", "the task that refits and measures a taste")
    figures = [each for name, taken in zip(names, said, strict=True) for each in _figures(name, taken)]
    left_out = f"{ANSWERS:,} answers" if is_quick else ""
    return Report("Taste on a site", figures, {"memes": MEMES, "answers": answers, "times": TIMES}, left_out)


def _figures(name: str, taken: dict[str, list[float]]) -> list[Figure]:
    processor, clock = (statistics.median(taken[column]) for column in ("processor_ms", "clock_ms"))
    return [figure(f"{name}, p50", processor, "ms"), figure(f"{name}, p50 by the clock", clock, "ms")]


if __name__ == "__main__":
    main(measure, __doc__)
