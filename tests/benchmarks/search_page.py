"""The search page of a large library for somebody who is signed in, asked at a steady pace however long answers take."""

import json
import random
import statistics
from urllib.parse import urlencode

from tests.benchmarks.full_library import phrase, vocabulary
from tests.benchmarks.full_site import NAME, FullSite, full_site
from tests.benchmarks.load import Server, paced_waits_ms, processor_ms, waits_ms
from tests.benchmarks.report import Figure, Report, figure, main

MEMES, QUICK_MEMES = 100_000, 2_000
DIMS = 768
PER_S = 20
SECONDS, QUICK_SECONDS = 30, 5
CONNECTIONS = 8  # as many as the site answers at once
WARM_UP = 60
LAST_TILES = 5
# Run inside of the site: the statements of whole pages, one full of tiles, one with a few left at the end of the same search.
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
    with full_site(memes, DIMS) as site:
        figures = [*_waits(site, memes, QUICK_SECONDS if quick else SECONDS), *_statements(site, memes)]
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
    waits_ms(server, asked[:WARM_UP])
    with processor_ms(site.processes()) as used:
        waits = sorted(paced_waits_ms(server, asked[WARM_UP:], PER_S, CONNECTIONS))
    return [
        figure(f"page at {PER_S} requests/s, p50", statistics.median(waits), "ms", bound="< 60"),
        figure(f"page at {PER_S} requests/s, p99", waits[int(len(waits) * 0.99)], "ms", bound="< 200"),
        figure(f"page at {PER_S} requests/s, slowest of {len(waits)}", waits[-1], "ms"),
        figure("processor time of all processes for a page", used[0] / len(waits), "ms"),
    ]


def queries(memes: int, count: int) -> list[str]:
    """Mostly words that nobody asked before; filters, exact and unwanted words, memes like another, later pages."""
    chance, words = random.Random(2), vocabulary()

    def one(number: int) -> dict[str, object]:
        said = phrase(chance, words, chance.randint(1, 4))
        kinds = {
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
    depth = min(2000, memes)
    said = phrase(random.Random(3), vocabulary(), 2)
    # Later pages both: a first one also remembers what was asked.
    paths = [f"/?{urlencode({'q': said, 'offset': offset})}" for offset in (60, depth - LAST_TILES)]
    code = COUNT.format(name=NAME, paths=paths)
    (full, tiles), (short, few) = json.loads(site.manage("shell", "-c", code).splitlines()[-1])
    if tiles <= few:
        raise RuntimeError(f"{tiles} and {few} tiles compare nothing")
    name = f"SQL statements of a page of {tiles} tiles, to one of {few}"
    return [figure(name, float(full), "", reference=float(short), bound="<= 1")]


if __name__ == "__main__":
    main(measure, __doc__)
