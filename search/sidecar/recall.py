"""How many true neighbours a search by codes finds, measured on a sample, and how much effort that takes."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from search.sidecar.coded import CodedIndex
from search.sidecar.codes import DEEP, SHALLOW, Effort
from search.sidecar.halves import Halves
from search.sidecar.terms import Ids, Vector

SAMPLED_QUERIES = 48
# Candidates for each result; more than the last of them are never looked at.
FACTORS = (1.25, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 5.5, 6.0, 7.0, 8.0, 10.0, 12.0, 16.0, 24.0, 32.0)
DEEP_FACTORS = FACTORS[:13]
MOST, MOST_DEEP = int(SHALLOW * FACTORS[-1]), int(DEEP * DEEP_FACTORS[-1])
# Shares of the results that are expected in lists which are left out.
MISSES = (0.0, 0.0001, 0.0003)
# Comparing a vector costs as much as scanning so many codes: 0.4 microseconds to 5 nanoseconds.
CODES_PER_CANDIDATE = 80
# The cosines of CLIP's texts with their pictures, 0.3 in 512 dims and 0.24 in 768, are seven standard deviations of chance;
# with few dims that would be too much alike: there it is a cosine of 0.3.
STANDS_OUT, LEAST_CHANCE = 7.0, 3.0
BLOCK_ROWS = 8192


def sample_queries(rows: Halves, live: Ids, asked: Sequence[Vector], seed: int) -> list[Vector]:
    """Groups of queries, (m, dims) each of unit norm: like the library, twice unlike it, and as they were asked lately.

    What terms with a minus sign ask for lies where no vector is. Texts share only a part of what tells pictures apart:
    chance stands in for the rest.
    """
    rng = np.random.default_rng(seed)
    chosen = [rng.choice(live, min(SAMPLED_QUERIES, len(live)), replace=False) for _ in range(3)]
    one, two, other = (_unit(rows.take(slots, axis=0).astype(np.float32)) for slots in chosen)
    chance = _unit(rng.standard_normal(two.shape, np.float32))
    groups = [one, _unit(two - other), _unit(two + chance_share(rows.shape[1]) * chance)]
    return groups + ([np.stack(asked)] if asked else [])


def chance_share(dims: int) -> np.float32:
    """So much chance for each unit of a picture's vector stands for a text."""
    return np.float32(max(LEAST_CHANCE, math.sqrt(dims) / STANDS_OUT))


def true_neighbours(rows: Halves, live: Ids, queries: Vector, count: int) -> Ids:
    """The slots of the `count` best of `live` for each of `queries` (m, dims), best first, (m, count) or all there are."""
    count = min(count, len(live))
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
    return np.take_along_axis(slots, np.argsort(-best, axis=1, kind="stable"), 1)


@dataclass(frozen=True, eq=False)
class Depth:
    """Recall at each of MISSES and `factors`, (misses, factors) each, for a number of results."""

    factors: tuple[float, ...]
    like: Vector  # for queries like the library
    unlike: Vector  # for the kind of others that fares worst

    def reaching(self, target: float, target_unlike: float, miss: int) -> float | None:
        """The fewest candidates for each result that reach both targets at the miss of that number, if any do."""
        good = np.flatnonzero((self.like[miss] >= target) & (self.unlike[miss] >= target_unlike))
        return self.factors[int(good[0])] if len(good) else None


@dataclass(frozen=True, eq=False)
class Sampled:
    """Recall of the SHALLOW and of the DEEP nearest neighbours."""

    shallow: Depth
    deep: Depth
    scanned: Vector  # the share of all codes at each of MISSES, for SHALLOW results

    def reaching(self, target: float, target_unlike: float, codes: int) -> Effort:
        """The cheapest effort that reaches both targets at both depths; the most there may be when none does.

        codes: how many a scan of all lists scans.
        """
        efforts = [
            Effort(factor, deep, missed)
            for number, missed in enumerate(MISSES)
            if (factor := self.shallow.reaching(target, target_unlike, number))
            and (deep := self.deep.reaching(target, target_unlike, number))
        ]
        most = Effort(FACTORS[-1], self.deep.reaching(target, target_unlike, 0) or DEEP_FACTORS[-1])
        scanned = dict(zip(MISSES, self.scanned.tolist(), strict=True))
        costs = [
            scanned[effort.missed] * codes + effort.candidates(SHALLOW) * CODES_PER_CANDIDATE for effort in efforts
        ]
        return efforts[int(np.argmin(costs))] if efforts else most

    def at(self, effort: Effort) -> tuple[float, float]:
        """Recall of the SHALLOW nearest."""
        both = (self.shallow.like, self.shallow.unlike)
        of_factor = [[np.interp(effort.factor, FACTORS, row) for row in recalls] for recalls in both]
        like, unlike = (float(np.interp(effort.missed, MISSES, values)) for values in of_factor)
        return like, unlike


def measure(index: CodedIndex, seed: int = 0) -> Sampled:
    """The recall of the codes that serve now. The index may change meanwhile."""
    live = index.live_slots()
    rows, codes = index.row_file.rows, index.codes
    assert codes is not None
    groups = sample_queries(rows, live, index.queries, seed)
    queries = np.concatenate(groups)
    truth = true_neighbours(rows, live, queries, DEEP)
    edges = np.cumsum([len(group) for group in groups])[:-1]
    # One after the other: together they would be 80 MB.
    shallow = ((index.candidates(query, MOST, SHALLOW, missed) for query in queries) for missed in MISSES)
    deep = ((index.candidates(query, MOST_DEEP, DEEP, missed) for query in queries) for missed in MISSES)
    scanned = [np.mean([codes.scanned_share(query, SHALLOW, missed) for query in queries]) for missed in MISSES]
    return Sampled(
        _depth(shallow, truth[:, :SHALLOW], FACTORS, edges),
        _depth(deep, truth, DEEP_FACTORS, edges),
        np.array(scanned, np.float32),
    )


def _depth(misses: Iterable[Iterable[Ids]], truth: Ids, factors: tuple[float, ...], edges: Ids) -> Depth:
    """edges: where the groups of queries after the first begin."""
    likes, unlikes = [], []
    for candidates in misses:
        found = np.stack([_found(slots, expected, factors) for slots, expected in zip(candidates, truth, strict=True)])
        like, *others = (part.mean(axis=0) for part in np.split(found, edges))
        likes.append(like)
        unlikes.append(np.min(others, axis=0))
    return Depth(factors, np.stack(likes), np.stack(unlikes))


def _found(candidates: Ids, expected: Ids, factors: tuple[float, ...]) -> Vector:
    """Which share of `expected` is among the candidates at each of `factors`, (len(factors),)."""
    hits = np.concatenate([[0], np.cumsum(np.isin(candidates, expected))])
    wanted = [min(int(len(expected) * factor), len(candidates)) for factor in factors]
    shares: Vector = (hits[wanted] / max(len(expected), 1)).astype(np.float32)
    return shares


def _unit(vectors: Vector) -> Vector:
    unit: Vector = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
    return unit
