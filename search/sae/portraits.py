"""What each latent stands for: how often and how strongly it is active, in which vectors most, and which latents are near."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from search.sae.data import Scale, Vectors
from search.sae.measures import measure_model
from search.sae.model import Active, SparseAutoencoder

BINS = 48  # of activations, equal steps from 0 to the length of a usual vector
DENSE = 2**24  # numbers of (vectors, latents), or of what is active in them, in memory at once: 64 MB


@dataclass(frozen=True, eq=False)
class Portraits:
    """`counts` (latents,) vectors that wake each; `strongest` and `farthest` (latents, shown) row numbers, -1 where there are
    fewer; `histogram` (latents, BINS) of activations from 0 to `highest`."""

    counts: npt.NDArray[np.int64]
    strongest: npt.NDArray[np.int64]
    farthest: npt.NDArray[np.int64]
    histogram: npt.NDArray[np.int64]
    highest: float


@torch.no_grad()
def portray(
    model: SparseAutoencoder,
    vectors: Vectors,
    scale: Scale,
    *,
    shown: int,
    on_chunk: Callable[[int, Active], None] = lambda start, active: None,
) -> Portraits:
    """vectors (n, dims), read once. `on_chunk` has what is active in the vectors from row `start` on."""
    latents, dims = model.decoder.shape
    device = model.decoder.device
    highest = dims**0.5
    best, worst = _Extremes(latents, shown, device), _Extremes(latents, shown, device)
    counts = torch.zeros(latents, dtype=torch.long, device=device)
    histogram = torch.zeros(latents * BINS, dtype=torch.long, device=device)
    # What is active in a vector is looked up as so many rows of the encoder.
    size = max(64, DENSE // max(latents, model.config.k * dims))
    for start in range(0, len(vectors), size):
        x = torch.from_numpy(scale.apply(vectors[start : start + size])).to(device)
        active = awake(model, x)
        counts += torch.bincount(active.latents, minlength=latents)
        bins = (active.values * (BINS / highest)).long().clamp(0, BINS - 1)
        histogram += torch.bincount(active.latents * BINS + bins, minlength=latents * BINS)
        dense = torch.zeros(latents, len(x), device=device)
        dense[active.latents, active.rows] = active.values
        best.add(dense, start)
        worst.add(-(model.decoder @ x.T), start)
        on_chunk(start, active)
    return Portraits(
        counts.cpu().numpy(),
        best.rows_above(0.0),
        worst.rows_above(0.0),
        histogram.view(latents, BINS).cpu().numpy(),
        highest,
    )


def awake(model: SparseAutoencoder, x: Tensor) -> Active:
    """(n, dims) -> what is active, without those whose value is 0."""
    active = model.encode(x)
    kept = active.values > 0
    return Active(active.rows[kept], active.latents[kept], active.values[kept], active.n)


class _Extremes:
    """The `count` highest values that each latent had so far, and the rows they were in."""

    def __init__(self, latents: int, count: int, device: torch.device) -> None:
        self.values = torch.full((latents, count), -torch.inf, device=device)
        self.rows = torch.full((latents, count), -1, dtype=torch.long, device=device)

    def add(self, values: Tensor, start: int) -> None:
        """(latents, n) of the rows from `start` on."""
        found = values.topk(min(self.values.shape[1], values.shape[1]), dim=1)
        both = torch.cat([self.values, found.values], dim=1)
        rows = torch.cat([self.rows, found.indices + start], dim=1)
        kept = both.topk(self.values.shape[1], dim=1)
        self.values, self.rows = kept.values, rows.gather(1, kept.indices)

    def rows_above(self, least: float) -> npt.NDArray[np.int64]:
        found: npt.NDArray[np.int64] = torch.where(self.values > least, self.rows, -1).cpu().numpy()
        return found


@torch.no_grad()
def neighbours(directions: Tensor, alive: Tensor, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """directions (latents, dims) of unit norm, alive (latents,) bool -> near (latents, count) latents, the closest first, -1
    where there are fewer, and opposite (latents,), -1 where none points away. Never a dead one, nor itself."""
    latents = len(directions)
    most = min(count, latents)
    near = torch.full((latents, count), -1, dtype=torch.long)
    opposite = torch.full((latents,), -1, dtype=torch.long)
    size = max(16, DENSE // latents)
    for start in range(0, latents, size):
        cosines = directions[start : start + size] @ directions.T
        own = torch.arange(len(cosines), device=cosines.device)
        cosines[own, own + start] = 0.0
        cosines[:, ~alive] = 0.0
        found = cosines.topk(most, dim=1)
        near[start : start + size, :most] = torch.where(found.values > 0, found.indices, -1).cpu()
        lowest = cosines.min(dim=1)
        opposite[start : start + size] = torch.where(lowest.values < 0, lowest.indices, -1).cpu()
    return near.numpy(), opposite.numpy()


def unexplained_at(model: SparseAutoencoder, vectors: Vectors, scale: Scale, active: Sequence[int]) -> list[float]:
    """The share of variance that is missed with so many active latents in each vector, for each of `active`."""
    missed = []
    for k in active:
        other = copy.copy(model)  # the same weights
        other.config = replace(model.config, k=k, nested=())
        missed.append(measure_model(other, vectors, scale)[0].unexplained)
    return missed
