"""The search page of a large library for somebody who is signed in, asked at a steady pace however long answers take."""

import json
import random
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode

import psutil

from mse_site.embedded import paths
from tests.benchmarks.full_library import COMMUNITIES, phrase, vocabulary
from tests.benchmarks.full_site import NAME, FullSite, answers, free_port, full_site, started, wait
from tests.benchmarks.load import Server, paced_waits_ms, processor_ms, waits_ms
from tests.benchmarks.report import Figure, Report, figure, main

MEMES, QUICK_MEMES = 100_000, 2_000
DIMS = 768
PER_S = 20
SECONDS, QUICK_SECONDS = 30, 5
CONNECTIONS = 8  # as many as the site answers at once
WARM_UP = 60
IN_TURNS = 15  # requests; so that busy neighbours slow both alike
WIDTHS = range(300, 2001)  # of the memes, all as likely
# Run inside of the site: the statements and tiles of whole pages.
COUNT = """
import json, logging
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
logging.disable()
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.get(username={name!r}))
counts = []
for path in {paths!r}:
    client.get(path)
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(path)
    counts.append((len(caught), answer.content.count(b'<li class="tile')))
print(json.dumps(counts))
"""


def measure(quick: bool) -> Report:
    memes = QUICK_MEMES if quick else MEMES
    with full_site(memes, DIMS, is_lived_in=True) as site:
        figures = [
            *_waits(site, memes, QUICK_SECONDS if quick else SECONDS),
            *_beside_a_bare_page(site, memes, rounds=2 if quick else 10),
            *_statements(site, memes),
        ]
    sizes: dict[str, int | float | str] = {
        "memes": memes,
        "dims": DIMS,
        "web processes": 2,
        "encoder": f"the demo's OpenCLIP text tower, untrained, with {DIMS} outputs",
        "requests/s": PER_S,
    }
    return Report("Search page", figures, sizes, "100,000 memes and most of the requests" if quick else "")


def _waits(site: FullSite, memes: int, seconds: int) -> list[Figure]:
    server = Server(site.port, site.cookie)
    asked = queries(memes, WARM_UP + PER_S * seconds)
    # All at once, so that each thread of the site has its process of Postgres before these are counted.
    paced_waits_ms(server, asked[:WARM_UP], 1000, CONNECTIONS)
    kinds = _kinds(site.processes())
    with ExitStack() as measured:
        used = {kind: measured.enter_context(processor_ms(some)) for kind, some in kinds.items()}
        waits = sorted(paced_waits_ms(server, asked[WARM_UP:], PER_S, CONNECTIONS))
    count = len(waits)
    return [
        figure(f"page at {PER_S} requests/s, p50", statistics.median(waits), "ms", bound="< 60"),
        figure(f"page at {PER_S} requests/s, p99", waits[int(count * 0.99)], "ms", bound="< 200"),
        figure(f"page at {PER_S} requests/s, slowest of {count}", waits[-1], "ms"),
        figure("processor time of all processes for a page", sum(ms for (ms,) in used.values()) / count, "ms"),
        *(figure(f"processor time of {kind} for a page", ms / count, "ms") for kind, (ms,) in used.items()),
    ]


def _kinds(processes: list[psutil.Process]) -> dict[str, list[psutil.Process]]:
    kinds: dict[str, list[psutil.Process]] = {"web": [], "Postgres": [], "the sidecar": [], "the rest": []}
    for process in processes:
        line = " ".join(process.cmdline())
        is_kind = {
            "web": "gunicorn" in line,
            "Postgres": process.name() == "postgres",
            "the sidecar": "sidecar" in line,
        }
        kinds[next((kind for kind, holds in is_kind.items() if holds), "the rest")].append(process)
    return kinds


def _beside_a_bare_page(site: FullSite, memes: int, rounds: int) -> list[Figure]:
    """One request after another, in turns."""
    asked = queries(memes, (rounds + 4) * IN_TURNS)
    ours, web = Server(site.port, site.cookie), _kinds(site.processes())["web"]
    with _bare(site) as (bare, process):
        waits_ms(bare, ["/"] * 4 * IN_TURNS)
        waits_ms(ours, asked[: 4 * IN_TURNS])
        workers = process.children(recursive=True)
        mine, theirs, mine_ms, theirs_ms = [], [], 0.0, 0.0
        for start in range(4 * IN_TURNS, len(asked), IN_TURNS):
            with processor_ms(web) as used:
                mine += waits_ms(ours, asked[start : start + IN_TURNS])
            with processor_ms(workers) as used_there:
                theirs += waits_ms(bare, ["/"] * IN_TURNS)
            mine_ms, theirs_ms = mine_ms + used[0], theirs_ms + used_there[0]
    count = len(mine)
    medians = statistics.median(mine), statistics.median(theirs)
    return [
        figure("page alone, p50, to a bare Django page of as many memes", medians[0], "ms", reference=medians[1]),
        figure("web processor time, to that page's", mine_ms / count, "ms", reference=theirs_ms / count),
    ]


@contextmanager
def _bare(site: FullSite) -> Iterator[tuple[Server, psutil.Process]]:
    port = free_port()
    urls = {"DATABASE_URL": paths.postgres_url(site.data), "REDIS_URL": paths.redis_url(site.data)}
    command = [sys.executable, "-m", "gunicorn", "tests.benchmarks.bare_page:application", "--preload"]
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    with started([*command, *options, "--no-control-socket"], site.environment | urls) as process:
        wait(lambda: answers(port), process)
        yield Server(port, site.cookie), psutil.Process(process.pid)


def queries(memes: int, count: int) -> list[str]:
    """Mostly words that nobody asked before; filters, exact and unwanted words, memes like another, later pages."""
    chance, words = random.Random(2), vocabulary()

    def one(number: int) -> dict[str, object]:
        said = phrase(chance, words, chance.randint(1, 4))
        kinds: dict[int, dict[str, object]] = {
            10: {"q": f"{said} type:video"},
            11: {"q": f'{said} "{phrase(chance, words[:200], 1)}"'},
            12: {"q": f"{said} -{phrase(chance, words, 1)}"},
            13: {"q": f"like:{chance.randint(1, memes)}"},
            14: {"q": said, "offset": 60},
            15: {"q": ""},
        }
        return kinds.get(number % 16, {"q": said})

    return [f"/?{urlencode(one(number))}" for number in range(count)]


def _statements(site: FullSite, memes: int) -> list[Figure]:
    """Of a page full of tiles and of one half as full, found by the same way."""
    said = phrase(random.Random(3), vocabulary(), 2)
    # In one community of COMMUNITIES, as many widths as about so many memes have.
    widths = [min(len(WIDTHS), round(len(WIDTHS) * some * COMMUNITIES / memes)) for some in (90, 30)]
    wanted = [f"{said} community:community3 width:{WIDTHS[0]}..{WIDTHS[0] + width}" for width in widths]
    code = COUNT.format(name=NAME, paths=[f"/?{urlencode({'q': text})}" for text in wanted])
    (full, tiles), (short, few) = json.loads(site.manage("shell", "-c", code).splitlines()[-1])
    if not tiles > few > 0:
        raise RuntimeError(f"{tiles} and {few} tiles compare nothing")
    name = f"SQL statements of a page of {tiles} tiles, to one of {few}"
    return [figure(name, float(full), "", reference=float(short), bound="<= 1")]


if __name__ == "__main__":
    main(measure, __doc__)
