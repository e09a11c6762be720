"""How many true neighbours a search by codes finds, measured on a sample, and how many candidates that takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.sidecar.coded import CodedIndex
from search.sidecar.halves import Halves
from search.sidecar.terms import Ids, Vector

NEIGHBOURS = 100
SAMPLED_QUERIES = 32
# Candidates for each result, tried from the cheapest.
FACTORS = (4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 14.0, 16.0, 20.0, 24.0, 32.0)
BLOCK_ROWS = 8192


def sample_queries(rows: Halves, live: Ids, asked: Sequence[Vector], seed: int) -> list[Vector]:
    """Groups of queries, (m, dims) each of unit norm: like the library, unlike it, and as they were asked lately."""
    rng = np.random.default_rng(seed)
    chosen = [rng.choice(live, min(SAMPLED_QUERIES, len(live)), replace=False) for _ in range(3)]
    one, two, other = (_unit(rows.take(slots, axis=0).astype(np.float32)) for slots in chosen)
    groups = [one, _unit(two - other)]  # what terms with a minus sign ask for lies where no vector is
    return groups + ([np.stack(asked)] if asked else [])


def true_neighbours(rows: Halves, live: Ids, queries: Vector) -> Ids:
    """The slots of the NEIGHBOURS best of `live` for each of `queries` (m, dims), unsorted, (m, NEIGHBOURS)."""
    count = min(NEIGHBOURS, len(live))
    best = np.empty((len(queries), 0), np.float32)
    slots = np.empty((len(queries), 0), np.int64)
    for start in range(0, len(live), BLOCK_ROWS):
        block = live[start : start + BLOCK_ROWS]
        scores = queries @ rows.take(block, axis=0).astype(np.float32).T
        best = np.concatenate([best, scores], axis=1)
        slots = np.concatenate([slots, np.broadcast_to(block, scores.shape)], axis=1)
        if best.shape[1] > count:
            top = np.argpartition(-best, count - 1, axis=1)[:, :count]
            best, slots = np.take_along_axis(best, top, 1), np.take_along_axis(slots, top, 1)
    return slots


@dataclass(frozen=True, eq=False)
class Sampled:
    """Recall at each of FACTORS, (len(FACTORS),) each."""

    like: Vector  # for queries like the library
    unlike: Vector  # for the kind of others that fares worst

    def reaching(self, target: float, target_unlike: float) -> float:
        """The fewest candidates for each result that reach both targets; the most there may be when none does."""
        good = np.flatnonzero((self.like >= target) & (self.unlike >= target_unlike))
        return FACTORS[int(good[0])] if len(good) else FACTORS[-1]

    def at(self, factor: float) -> tuple[float, float]:
        like, unlike = (float(np.interp(factor, FACTORS, values)) for values in (self.like, self.unlike))
        return like, unlike


def measure(index: CodedIndex, seed: int = 0) -> Sampled:
    """The recall of the codes that serve now. The index may change meanwhile."""
    live = index.live_slots()
    rows = index.row_file.rows
    groups = sample_queries(rows, live, index.queries, seed)
    queries = np.concatenate(groups)
    found = _found(index, queries, true_neighbours(rows, live, queries))
    edges = np.cumsum([len(group) for group in groups])[:-1]
    like, *others = (part.mean(axis=0) for part in np.split(found, edges))
    return Sampled(like, np.min(others, axis=0))


def _found(index: CodedIndex, queries: Vector, truth: Ids) -> Vector:
    """Which share of each row of `truth` is among the candidates at each of FACTORS, (m, len(FACTORS))."""
    wanted = [int(truth.shape[1] * factor) for factor in FACTORS]
    found = np.empty((len(queries), len(wanted)), np.float32)
    for place, (query, expected) in enumerate(zip(queries, truth, strict=True)):
        hits = np.cumsum(np.isin(index.candidates(query, wanted[-1]), expected))
        found[place] = [hits[min(want, len(hits)) - 1] if len(hits) else 0 for want in wanted]
    return found / np.float32(max(truth.shape[1], 1))


def _unit(vectors: Vector) -> Vector:
    unit: Vector = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
    return unit
