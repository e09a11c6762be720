"""The library that searches are measured on: its vectors on disk, queries of its kind and of another, and brute force."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from search.sidecar.terms import Ids, Vector
from tests.search.sidecar.mixture import Mixture

DIMS, CLUSTERS = 768, 1000
K = 100
# As many as one search of the pages yields.
DEEP_K = 2000
SHARES = (0.001, 0.01, 0.1, 0.5)
# Of filters that let one corner of the library through, such as everything of one source: few are compared one by one.
CORNERS = (0.05, 0.2)
BLOCK_ROWS = 20_000
# So many rows of scores are held at once: 40 MB at a million vectors.
QUERIES_AT_ONCE = 10


@dataclass(frozen=True, eq=False)
class Measured:
    """Vectors as 32-bit floats for the exact reference; meme `row + 1` has the vector of `row`."""

    path: Path  # the same vectors as 16-bit floats, row by row
    vectors: Vector
    like: Vector  # queries (m, DIMS) of the library's kind
    unlike: Vector

    @property
    def count(self) -> int:
        return len(self.vectors)

    def allowed(self, share: float) -> Ids:
        chosen = np.random.default_rng(int(share * 1000)).random(self.count) < share
        return np.flatnonzero(chosen) + 1

    def corner(self, share: float) -> Ids:
        """The memes closest to one of them: its cluster, and then what lies around it."""
        scores = self.vectors @ self.vectors[0]
        count = int(self.count * share)
        return np.sort(np.argpartition(-scores, count)[:count]) + 1


def generate(path: Path, count: int, queries: int) -> Measured:
    """Written block by block, so that a million need no more than their own 3 GB."""
    mixture = Mixture(dims=DIMS, clusters=CLUSTERS)
    vectors = np.empty((count, DIMS), np.float32)
    with path.open("wb") as file:
        for start in range(0, count, BLOCK_ROWS):
            block = mixture.draw(min(BLOCK_ROWS, count - start), start + 1)
            vectors[start : start + len(block)] = block
            file.write(block.astype(np.float16).data)
    return Measured(path, vectors, mixture.draw(queries, 10**9), mixture.draw_unlike(queries, 10**9))


def blocks(path: Path) -> Iterator[tuple[Ids, npt.NDArray[np.float16]]]:
    """Keys of the sidecar and vectors."""
    start = 0
    with path.open("rb") as file:
        while len(block := np.fromfile(file, np.float16, BLOCK_ROWS * DIMS)):
            vectors = block.reshape(-1, DIMS)
            yield np.arange(start + 1, start + 1 + len(vectors)) * 256, vectors
            start += len(vectors)


def nearest(library: Measured, queries: Vector, filters: list[Ids | None], k: int = K) -> list[list[set[int]]]:
    """For each filter and query the ids of the `k` best allowed memes."""
    found: list[list[set[int]]] = [[] for _ in filters]
    rows = [None if allowed is None else allowed - 1 for allowed in filters]
    for start in range(0, len(queries), QUERIES_AT_ONCE):
        for scores in queries[start : start + QUERIES_AT_ONCE] @ library.vectors.T:
            for answers, among in zip(found, rows, strict=True):
                answers.append(_best(scores, among, k))
    return found


def _best(scores: Vector, among: Ids | None, k: int) -> set[int]:
    candidates = scores if among is None else scores[among]
    top = np.argpartition(-candidates, k)[:k] if len(candidates) > k else np.arange(len(candidates))
    return set(((top if among is None else among[top]) + 1).tolist())


def recall(found: list[Ids], truth: list[set[int]]) -> float:
    shares = [len(set(ids.tolist()) & best) / max(len(best), 1) for ids, best in zip(found, truth, strict=True)]
    return float(np.mean(shares))
