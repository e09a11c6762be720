"""The JSON API by raw embedding against the original server on the same vectors: each with one thread for its searches.

Asked for as many results as the other and for what it answers of each: a score and where the file is. This site knows who
asks, leaves out what they may not see, shows a picture once, tells what is weak, and reads a row of each meme for the part of
its hash that the address of its file has. The last figures are with all it knows of each meme: titles, texts, sizes, dates and
addresses.
"""

import base64
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psutil

from search.sidecar.terms import Vector
from tests.benchmarks.full_site import ONE_THREAD, FullSite, answers, free_port, full_site, started, wait
from tests.benchmarks.load import Server, processor_ms, requests_per_s, waits_ms
from tests.benchmarks.report import Figure, Report, figure, main
from tests.search.sidecar.mixture import Mixture

MEMES, QUICK_MEMES = 100_000, 5_000
DIMS, K = 768, 100
CONNECTIONS = 4
SAME = "score,meme.id,meme.original"
TURN = 10  # requests; in turns, so that busy neighbours slow both alike


def measure(quick: bool) -> Report:
    memes = QUICK_MEMES if quick else MEMES
    with full_site(memes, DIMS) as site, original(site.vectors) as (server, process):
        figures = compare(site, server, process, quick)
    sizes: dict[str, int | float | str] = {"memes": memes, "dims": DIMS, "results": K, "web processes": 2}
    left = "100,000 memes, at which the bounds are set, and most of the requests" if quick else ""
    return Report("API against the original server", figures, sizes, left)


@contextmanager
def original(vectors: Vector) -> Iterator[tuple[Server, psutil.Process]]:
    with tempfile.TemporaryDirectory(prefix="mse-original-") as folder:
        path, port = Path(folder, "vectors.npy"), free_port()
        np.save(path, vectors)
        command = [sys.executable, "-m", "tests.benchmarks.original_server", str(path), str(port)]
        with started(command, {**os.environ, **ONE_THREAD}) as process:
            wait(lambda: answers(port), process)
            yield Server(port), psutil.Process(process.pid)


def compare(site: FullSite, server: Server, process: psutil.Process, quick: bool) -> list[Figure]:
    ours = Server(site.port, site.cookie)
    queries = Mixture(dims=DIMS, clusters=1000).draw(20 if quick else 200, 10**9)
    our_paths, their_paths = _paths("/api/v1/search", queries, fields=SAME), _paths("/", queries)
    whole_paths = _paths("/api/v1/search", queries)
    # Each web process and thread has its connections and caches by then.
    waits_ms(ours, [*our_paths[:TURN], *whole_paths[:TURN]] * 4)
    waits_ms(server, their_paths[:TURN])
    agreement = _agreement(ours, our_paths[:20], server, their_paths[:20])
    with processor_ms(site.processes()) as our_cpu, processor_ms([process]) as their_cpu:
        our_waits, their_waits = _in_turns(ours, our_paths, server, their_paths)
    whole_waits, their_waits_beside = _in_turns(ours, whole_paths, server, their_paths)
    our_rate, their_rate = _rates(ours, our_paths, server, their_paths, rounds=1 if quick else 5)
    bounds = ("", "", "") if quick else ("<= 1", ">= 2", ">= 0.98")
    count = len(queries)
    return [
        figure("one connection, p50, to the original's", our_waits, "ms", reference=their_waits, bound=bounds[0]),
        figure(
            f"{CONNECTIONS} connections, to the original's",
            our_rate,
            "requests/s",
            reference=their_rate,
            bound=bounds[1],
        ),
        figure(
            "processor time of all processes for a request", our_cpu[0] / count, "ms", reference=their_cpu[0] / count
        ),
        figure("results that the original has too", agreement, "", bound=bounds[2]),
        figure("bytes of an answer", _size(ours, our_paths[0]), "", reference=_size(server, their_paths[0])),
        figure("p50 with all that is known of each meme", whole_waits, "ms", reference=their_waits_beside),
        figure("bytes of that answer", _size(ours, whole_paths[0]), ""),
    ]


def _paths(path: str, queries: Vector, **more: str) -> list[str]:
    encoded = [base64.urlsafe_b64encode(query.astype("<f2").tobytes()).decode().rstrip("=") for query in queries]
    return [f"{path}?{urlencode({'e': text, 'limit': K, **more})}" for text in encoded]


def _in_turns(ours: Server, our_paths: Sequence[str], other: Server, their_paths: Sequence[str]) -> tuple[float, float]:
    """Medians in ms."""
    mine: list[float] = []
    theirs: list[float] = []
    for start in range(0, len(our_paths), TURN):
        mine += waits_ms(ours, our_paths[start : start + TURN])
        theirs += waits_ms(other, their_paths[start : start + TURN])
    return statistics.median(mine), statistics.median(theirs)


def _rates(
    ours: Server, our_paths: Sequence[str], other: Server, their_paths: Sequence[str], *, rounds: int
) -> tuple[float, float]:
    """Medians over rounds of three seconds each."""
    pairs = [
        (requests_per_s(ours, our_paths, CONNECTIONS, 3.0), requests_per_s(other, their_paths, CONNECTIONS, 3.0))
        for _ in range(rounds)
    ]
    return statistics.median(mine for mine, _ in pairs), statistics.median(theirs for _, theirs in pairs)


def _agreement(ours: Server, our_paths: Sequence[str], other: Server, their_paths: Sequence[str]) -> float:
    """The share of the original's results that are among ours; its files are numbered from 0, our memes from 1."""
    mine, theirs = ours.connect(), other.connect()
    shares = []
    for our_path, their_path in zip(our_paths, their_paths, strict=True):
        found = {hit["meme"]["id"] for hit in json.loads(ours.get(mine, our_path))["results"]}
        true = {int(hit["file"][-12:-4], 16) + 1 for hit in json.loads(other.get(theirs, their_path))}
        shares.append(len(found & true) / len(true))
    return statistics.mean(shares)


def _size(server: Server, path: str) -> float:
    return float(len(server.get(server.connect(), path)))


if __name__ == "__main__":
    main(measure, __doc__)
