"""How well latents stand for vectors: what they leave unexplained, how many are used, and principal components beside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from search.sae.data import CHUNK, Scale, Vectors
from search.sae.model import SparseAutoencoder

HISTOGRAM_BINS = 20
ACTIVE_NUMBERS = 2**24  # of the encoder's rows for what is active, in memory at once: 64 MB, twice
LOG_LOWEST = -6.0  # the decade of a latent that is active once in a million vectors


@dataclass(frozen=True)
class Measures:
    """Over some vectors. `unexplained`: the share of their variance that the reconstruction misses, 0 to 1 and worse.

    `active`: latents per vector (L0). `dead`: the share of latents that none of them woke. `histogram`: how many latents are
    active in which share of the vectors, in `HISTOGRAM_BINS` steps of its logarithm from `LOG_LOWEST` to 0.
    """

    unexplained: float
    active: float
    dead: float
    histogram: tuple[int, ...]


def measure_model(
    model: SparseAutoencoder, vectors: Vectors, scale: Scale, *, width: int | None = None
) -> tuple[Measures, npt.NDArray[np.int64]]:
    """vectors (n, dims) -> the measures and, for each latent, in how many vectors it was active, (latents,)."""
    device = model.decoder.device
    size = max(64, ACTIVE_NUMBERS // (model.config.k * model.config.dims))
    counts = torch.zeros(model.config.latents, dtype=torch.long, device=device)
    missed = total = 0.0
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for start in range(0, len(vectors), size):
            x = torch.from_numpy(scale.apply(vectors[start : start + size])).to(device)
            active = model.encode(x)
            missed += float((model.decode(active, width) - x).square().sum())
            total += float(x.square().sum())  # of centred vectors: their variance
            counts += torch.bincount(active.latents[active.values > 0], minlength=len(counts))
    model.train(was_training)
    found = counts.cpu().numpy()
    share = found / max(len(vectors), 1)
    dead = float((found == 0).mean())
    return Measures(missed / total, float(share.sum()), dead, _histogram(share)), found


def _histogram(share: npt.NDArray[np.float64]) -> tuple[int, ...]:
    logs = np.log10(share[share > 0])
    counts, _ = np.histogram(logs.clip(LOG_LOWEST, 0), bins=HISTOGRAM_BINS, range=(LOG_LOWEST, 0))
    return tuple(int(count) for count in counts)


def principal_axes(vectors: Vectors, scale: Scale, count: int) -> npt.NDArray[np.float64]:
    """(dims, count) of unit norm, those with the largest variance first; all there are, if `count` is more. Either sign is as
    good: the largest loading of each is positive, so that the same vectors give the same axes everywhere."""
    covariance = np.zeros((vectors.shape[1], vectors.shape[1]))
    for start in range(0, len(vectors), CHUNK):
        rows = scale.apply(vectors[start : start + CHUNK]).astype(np.float64)
        covariance += rows.T @ rows
    found: npt.NDArray[np.float64] = np.linalg.eigh(covariance)[1][:, ::-1][:, :count]
    found *= np.sign(found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])])
    return found


def unexplained_along(axes: npt.NDArray[np.float64], held_out: Vectors, scale: Scale) -> npt.NDArray[np.float64]:
    """axes (dims, count) -> the share of variance in `held_out` that the first 1, 2, ... of them miss, (count,)."""
    rows = scale.apply(held_out[:]).astype(np.float64)
    along = np.square(rows @ axes).sum(axis=0).cumsum()
    missed: npt.NDArray[np.float64] = 1 - along / np.square(rows).sum()
    return missed


def unexplained_by_components(vectors: Vectors, held_out: Vectors, scale: Scale, components: int) -> float:
    """The share of variance in `held_out` that so many principal components of `vectors` miss: the baseline that spends as
    many numbers on a vector."""
    return float(unexplained_along(principal_axes(vectors, scale, components), held_out, scale)[-1])
