"""Vectors for training, read row by row from wherever they lie, and looked at before anything is learned from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

Vectors = npt.NDArray[np.float16] | npt.NDArray[np.float32]
CHUNK = 16_384  # rows in memory at once: 50 MB at 768 dimensions
# With fewer for each latent most of them learn single vectors by heart.
ROWS_FOR_LATENT = 2


class BadVectors(ValueError):
    """Nothing can be learned from these vectors; the message says why."""


@dataclass(frozen=True, eq=False)
class Scale:
    """What is taken off every vector, (dims,), and its factor then, so that the mean square of a number is 1."""

    mean: npt.NDArray[np.float32]
    factor: float

    def apply(self, rows: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """(n, dims) -> (n, dims) float32"""
        return (rows.astype(np.float32) - self.mean) * np.float32(self.factor)


def measure(vectors: Vectors) -> Scale:
    """(n, dims), may be a memory map: it is read once, in pieces. Raises BadVectors for NaN, infinity, and no variance."""
    if vectors.ndim != 2 or not len(vectors):
        raise BadVectors(f"Vectors have the shape {vectors.shape}; rows of numbers are needed.")
    total = np.zeros(vectors.shape[1])
    squares = 0.0
    for start in range(0, len(vectors), CHUNK):
        chunk = vectors[start : start + CHUNK].astype(np.float64)
        if not np.isfinite(chunk).all():
            row = start + int(np.flatnonzero(~np.isfinite(chunk).all(axis=1))[0])
            raise BadVectors(f"Vector {row} holds numbers that are not finite.")
        total += chunk.sum(axis=0)
        squares += float(np.square(chunk).sum())
    mean = total / len(vectors)
    variance = squares / vectors.size - float(np.square(mean).mean())
    if variance <= 1e-9 * max(squares / vectors.size, 1e-30):
        raise BadVectors("All vectors are the same: there is nothing to tell apart.")
    return Scale(mean.astype(np.float32), float(variance**-0.5))


def check_enough(rows: int, latents: int) -> None:
    """Raises BadVectors where latents could only learn single vectors by heart."""
    if rows < ROWS_FOR_LATENT * latents:
        raise BadVectors(
            f"{rows} vectors are too few for {latents} latents; at least {ROWS_FOR_LATENT * latents} are needed."
        )


def batches(
    vectors: Vectors, scale: Scale, size: int, generator: torch.Generator, *, skip: int = 0
) -> Iterator[torch.Tensor]:
    """(size, dims) float32 for ever: each vector once before any comes again. `skip` of them pass unread, as if seen before."""
    while True:
        order = torch.randperm(len(vectors), generator=generator).numpy()
        whole = len(order) - len(order) % size if len(order) > size else len(order)
        for start in range(0, whole, size):
            if skip:
                skip -= 1
                continue
            rows = np.sort(order[start : start + size])  # neighbours on disk are read together
            yield torch.from_numpy(scale.apply(vectors[rows]))
