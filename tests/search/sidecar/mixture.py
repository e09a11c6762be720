"""Vectors as encoders give them: clusters with a power-law spectrum; and queries of their kind and of another."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from search.sidecar.terms import Ids, Vector


@dataclass
class Mixture:
    """Unit vectors (n, dims) float32, rounded to 16 bits; the same for the same seed."""

    dims: int = 64
    clusters: int = 50
    # Half the standard deviation at the fourth axis: as steep as what image towers give.
    exponent: float = 0.5
    noise: float = 0.7
    seed: int = 0
    _centres: Vector = field(init=False, repr=False)
    _axes: Vector = field(init=False, repr=False)
    _shares: npt.NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self._spread = (np.arange(1, self.dims + 1) ** -self.exponent).astype(np.float32)
        self._centres = rng.standard_normal((self.clusters, self.dims), dtype=np.float32) * self._spread
        self._axes = np.linalg.qr(rng.standard_normal((self.dims, self.dims)))[0].astype(np.float32)
        shares = rng.pareto(1.5, self.clusters) + 1  # a few clusters hold most of it
        self._shares = shares / shares.sum()

    def draw(self, count: int, seed: int) -> Vector:
        rng = np.random.default_rng([self.seed, seed, 1])
        noise = rng.standard_normal((count, self.dims), dtype=np.float32) * self._spread
        centres = self._centres[rng.choice(self.clusters, count, p=self._shares)]
        return rounded((centres + np.float32(self.noise) * noise) @ self._axes)

    def draw_unlike(self, count: int, seed: int) -> Vector:
        """Queries of another distribution, as texts are to pictures: no clusters, a flatter spectrum."""
        rng = np.random.default_rng([self.seed, seed, 2])
        return rounded(rng.standard_normal((count, self.dims), dtype=np.float32) * np.sqrt(self._spread) @ self._axes)


def rounded(vectors: Vector) -> Vector:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    halves: Vector = unit.astype(np.float16).astype(np.float32)
    return halves


def nearest(vectors: Vector, query: Vector, k: int, among: Ids | None = None) -> list[int]:
    """Rows, best first, by brute force."""
    scores = vectors @ query
    rows = np.arange(len(vectors)) if among is None else among
    return rows[np.lexsort((rows, -scores[rows]))][:k].tolist()
