"""Searching 100,000 and a million vectors through the sidecar: recall, speed, filters, changes, memory."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np

from search.sidecar.client import Sidecar
from search.sidecar.terms import Ids, Vector, VectorTerm
from tests.benchmarks.report import Figure, Report, figure, main
from tests.benchmarks.search_encoded import measure_encoded
from tests.benchmarks.search_library import CORNERS, DEEP_K, DIMS, SHARES, K, Measured, generate, nearest, recall
from tests.benchmarks.search_pgvector import pgvector
from tests.benchmarks.search_process import CHANGES, Running, running
from tests.benchmarks.search_seeds import measure_seeds

# By the number of vectors: how often faster than an exact search.
SPEEDUPS = {100_000: 8, 1_000_000: 15}
QUICK_COUNT = 30_000
QUICK_QUERIES, QUERIES = 20, 50
EXACT_FOR_TIMES = 10
SEARCHES_IN_TURN, EXACT_IN_TURN = 10, 3
DEEP_QUERIES = 20
CHANGES_MEASURED = {
    "first add": "first_add_ms", "median add": "add_ms", "worst add": "worst_add_ms",
    "first removal": "first_remove_ms", "median removal": "remove_ms", "worst removal": "worst_remove_ms",
}  # fmt: skip


def measure(quick: bool) -> Report:
    faiss.omp_set_num_threads(1)  # what the sidecar has
    figures: list[Figure] = []
    counts = [QUICK_COUNT] if quick else list(SPEEDUPS)
    for count in counts:
        folder = Path(tempfile.mkdtemp(prefix="mse-search-"))
        try:
            figures += measure_size(folder, count, QUICK_QUERIES if quick else QUERIES)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if not quick:
        with tempfile.TemporaryDirectory(prefix="mse-search-") as name:
            figures += measure_encoded(Path(name))
            figures += measure_seeds(Path(name))
    sizes: dict[str, int | float | str] = {"vectors": ", ".join(f"{count:,}" for count in counts), "dims": DIMS, "k": K}
    return Report(
        "Search",
        figures,
        sizes,
        "100,000 and 1,000,000 vectors, pgvector, other seeds, and vectors that an encoder made" if quick else "",
    )


def measure_size(folder: Path, count: int, queries: int) -> list[Figure]:
    library = generate(folder / "vectors.f16", count, queries)
    filters = {f"{share:.1%} allowed": library.allowed(share) for share in SHARES}
    filters |= {f"the {share:.0%} around one meme allowed": library.corner(share) for share in CORNERS}
    truth = nearest(library, library.like, [None, *filters.values()])
    with running(library.path, folder) as sidecar:
        label = f"{count:,}"
        figures = _unfiltered(label, sidecar, library, truth[0])
        for (name, allowed), best in zip(filters.items(), truth[1:], strict=True):
            figures += _filtered(f"{label}, {name}", sidecar, library.like, allowed=allowed, truth=best)
        figures += _deep(label, sidecar, library)
        figures += _own(label, sidecar)
        if count == min(SPEEDUPS):
            figures += _against_pgvector(label, sidecar, library, truth[0])
    return figures


def _unfiltered(label: str, sidecar: Running, library: Measured, truth: list[set[int]]) -> list[Figure]:
    unlike = nearest(library, library.unlike, [None])[0]
    rounds = (library.like, library.unlike)
    found = [[_ask(sidecar, query) for query in queries] for queries in rounds]
    ours, exact, added = _interleaved(sidecar, library)
    ours_cpu, exact_cpu = _processor_times(sidecar, library)
    return [
        figure(f"{label}: recall@{K}, queries like the library", recall(found[0], truth), "", bound=">= 0.98"),
        figure(f"{label}: recall@{K}, queries unlike it", recall(found[1], unlike), "", bound=">= 0.97"),
        figure(f"{label}: search through the client, p50", ours, "ms"),
        figure(
            f"{label}: exact float32 FAISS to that, p50",
            exact,
            "ms",
            reference=ours,
            bound=f">= {SPEEDUPS.get(library.count, 1)}",
        ),
        figure(f"{label}: exact float32 FAISS to that, processor time", exact_cpu, "ms", reference=ours_cpu),
        figure(f"{label}: what the sidecar adds to the same call in process, p50", added, "ms", bound="< 0.5"),
    ]


def _interleaved(sidecar: Running, library: Measured) -> tuple[float, float, float]:
    """Medians in ms, taken in turns so that busy neighbours slow all alike: client, exact FAISS, and what the client takes
    longer than the same call of the index takes inside the sidecar's process.

    In turns of some searches each: right after a long exact one the system lets other processes go first, and a search
    that has to change processes twice would pay for that. Who comes first after it, when the caches hold other vectors,
    alternates; and the queries of one turn are different ones, for the second time their candidates would be in the caches.
    """
    ours, exact, inside = [], [], []
    queries = np.concatenate([library.like, library.unlike])
    others = np.roll(queries, len(queries) // 2, axis=0)
    for number, start in enumerate(range(0, len(queries), SEARCHES_IN_TURN)):
        turn, other = (part[start : start + SEARCHES_IN_TURN] for part in (queries, others))
        if number % 2:
            inside += _inside(sidecar, library, other)
        ours += [_timed_ms(_ask, sidecar, query) for query in turn]
        if not number % 2:
            inside += _inside(sidecar, library, other)
        exact += [_timed_ms(_exact, library, query) for query in turn[:EXACT_IN_TURN]]
    return statistics.median(ours), statistics.median(exact), statistics.median(ours) - statistics.median(inside)


def _inside(sidecar: Running, library: Measured, queries: Vector) -> list[float]:
    file = library.path.with_name("queries.npy")
    np.save(file, queries)
    return sidecar.answer(str(file))


def _processor_times(sidecar: Running, library: Measured) -> tuple[float, float]:
    """Means in ms of processor time for a search: client and sidecar together, and exact FAISS. Neighbours hardly matter.

    Without what a client on an idle machine spends on waiting awake.
    """
    asleep = replace(sidecar, sidecar=Sidecar(sidecar.sidecar.socket_path, awake_s=0.0))
    queries = np.concatenate([library.like, library.unlike] * 2)
    before, started = sum(sidecar.process.cpu_times()[:2]), time.thread_time()
    for query in queries:
        _ask(asleep, query)
    ours = time.thread_time() - started + sum(sidecar.process.cpu_times()[:2]) - before
    started = time.thread_time()
    for query in queries[:EXACT_FOR_TIMES]:
        _exact(library, query)
    return ours / len(queries) * 1000, (time.thread_time() - started) / EXACT_FOR_TIMES * 1000


def _filtered(label: str, sidecar: Running, queries: Vector, *, allowed: Ids, truth: list[set[int]]) -> list[Figure]:
    found = [_ask(sidecar, query, allowed) for query in queries]
    waits, plain = [], []
    for query in queries:
        waits.append(_timed_ms(_ask, sidecar, query, allowed))
        plain.append(_timed_ms(_ask, sidecar, query))
    return [
        figure(f"{label}: recall@{K}", recall(found, truth), "", bound=">= 0.98"),
        figure(
            f"{label}: p50 to the unfiltered one",
            statistics.median(waits),
            "ms",
            reference=statistics.median(plain),
            bound="< 3",
        ),
    ]


def _deep(label: str, sidecar: Running, library: Measured) -> list[Figure]:
    figures = []
    for kind, queries in (("like the library", library.like), ("unlike it", library.unlike)):
        asked = queries[:DEEP_QUERIES]
        truth = nearest(library, asked, [None], DEEP_K)[0]
        found = [_ask(sidecar, query, k=DEEP_K) for query in asked]
        figures.append(figure(f"{label}: recall@{DEEP_K:,}, queries {kind}", recall(found, truth), "", bound=">= 0.97"))
    waits, plain = [], []
    for query in library.like:
        waits.append(_timed_ms(_ask, sidecar, query, None, DEEP_K))
        plain.append(_timed_ms(_ask, sidecar, query))
    deep, shallow = statistics.median(waits), statistics.median(plain)
    return [*figures, figure(f"{label}: {DEEP_K:,} results to {K}, p50", deep, "ms", reference=shallow, bound="< 8")]


def _own(label: str, sidecar: Running) -> list[Figure]:
    facts = sidecar.facts
    stored = facts["codes_bytes"] + facts["vectors_bytes"]
    memory = sidecar.process.memory_info().rss
    return [
        *(
            figure(f"{label}: {name} of {CHANGES}, work", facts[fact], "ms", bound="< 5")
            for name, fact in CHANGES_MEASURED.items()
        ),
        figure(f"{label}: learning and encoding", facts["build_s"], "s"),
        figure(f"{label}: candidates for each result", facts["factor"], ""),
        figure(f"{label}: candidates for each of {DEEP_K:,} results", facts["deep_factor"], ""),
        figure(f"{label}: results missed for lists that are not scanned, at most", facts["missed"], ""),
        figure(
            f"{label}: memory to codes and vectors",
            memory / 1e6,
            "MB",
            reference=stored / 1e6,
            bound="< 1.2" if stored > 1e9 else "",
        ),
    ]


def _against_pgvector(label: str, sidecar: Running, library: Measured, truth: list[set[int]]) -> list[Figure]:
    ours = recall([_ask(sidecar, query) for query in library.like], truth)
    with pgvector(library.path) as other:
        ef_search, reached = other.reach(library.like, truth, ours)
        waits_ms, theirs_ms = [], []
        for query in library.like:
            waits_ms.append(_timed_ms(_ask, sidecar, query))
            theirs_ms.append(_timed_ms(other.search, query))
        name = f"{label}: pgvector HNSW, ef_search {ef_search}"
        return [
            figure(f"{label}: recall@{K} beside pgvector", ours, ""),
            figure(f"{name}, recall@{K} to ours", reached, "", reference=ours, bound=">= 1"),
            figure(
                f"{name}, p50 to ours",
                statistics.median(theirs_ms),
                "ms",
                reference=statistics.median(waits_ms),
                bound=">= 4",
            ),
            figure(f"{label}: pgvector HNSW, building", other.build_s, "s"),
        ]


def _ask(sidecar: Running, query: Vector, allowed: Ids | None = None, k: int = K) -> Ids:
    return sidecar.sidecar.search([VectorTerm(query)], k, allowed=allowed).ids


def _exact(library: Measured, query: Vector) -> None:
    faiss.knn(query[None], library.vectors, K, metric=faiss.METRIC_INNER_PRODUCT)


def _timed_ms(work: Callable[..., object], *inputs: object) -> float:
    started = time.perf_counter()
    work(*inputs)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main(measure, __doc__)
