"""SAESIM-1: vectors made of planted factors, parents and children, which a sparse autoencoder has to find again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

DIMS, PARENTS, CHILDREN = 256, 64, 15
# Each parent fires in 4.9 % of the vectors and each of its children in 34 % of those: about 19 factors a vector.
PARENT_SHARE, CHILD_SHARE = 0.049, 0.34
NOISE, COMMON = 0.25, 0.55
CHUNK = 10_000
RECOVERED_COSINE = 0.7


@dataclass(frozen=True, eq=False)
class Planted:
    """`vectors` (n, dims) and `held_out` (m, dims) of unit norm, and `factors` (PARENTS * (1 + CHILDREN), dims), unit rows."""

    vectors: Array
    held_out: Array
    factors: Array


def plant(seed: int, count: int = 100_000, held_out: int = 10_000, dims: int = DIMS) -> Planted:
    rng = np.random.default_rng(seed)
    factors = _unit(rng.standard_normal((PARENTS * (1 + CHILDREN), dims)))
    common = _unit(rng.standard_normal((1, dims)))
    rows = [_draw(rng, factors, common, min(CHUNK, left)) for left in range(count + held_out, 0, -CHUNK)]
    drawn = np.concatenate(rows)
    return Planted(drawn[:count], drawn[count:], factors)


def _draw(rng: np.random.Generator, factors: Array, common: Array, count: int) -> Array:
    """A child fires only with its parent; magnitudes are gamma(4); noise and the common direction are shares of the norm."""
    parents = rng.random((count, PARENTS)) < PARENT_SHARE
    children = (rng.random((count, PARENTS, CHILDREN)) < CHILD_SHARE) & parents[:, :, None]
    fires = np.concatenate([parents, children.reshape(count, -1)], axis=1)
    magnitudes = (rng.gamma(4.0, 0.25, fires.shape) * fires).astype(np.float32)
    signal = _unit(magnitudes @ factors + 1e-6 * rng.standard_normal((count, factors.shape[1])))
    noise = _unit(rng.standard_normal(signal.shape))
    return _unit(signal + np.float32(NOISE) * noise + np.float32(COMMON) * common)


def _unit(rows: npt.NDArray[np.floating]) -> Array:
    found: Array = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


def recovered(factors: Array, directions: Array, alive: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The share of factors that some living latent points along (cosine above .7), and of living latents that point along
    some factor."""
    rows = _unit(directions[alive])
    cosines = factors @ rows.T
    return float((cosines.max(axis=1) > RECOVERED_COSINE).mean()), float(
        (cosines.max(axis=0) > RECOVERED_COSINE).mean()
    )
