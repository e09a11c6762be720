"""The top-k sparse autoencoder: vectors in, a few active latents out, and back.

Gao et al., "Scaling and evaluating sparse autoencoders" (2024), arXiv:2406.04093; BatchTopK: Bussmann et al. (2024),
arXiv:2412.06410; nested widths: Bussmann et al., "Learning Multi-Level Features with Matryoshka SAEs" (2025), arXiv:2503.17547.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """Sizes and choices. `k` latents are active per vector: exactly, or on the average of a batch with `is_batch_topk`.

    `nested` widths, each smaller than `latents`, have to reconstruct by themselves: the first latents become the broadest.
    `aux_k` latents among the dead ones are fitted to what the others leave over, with weight `aux_weight`; dead is what was
    not active for `dead_after` vectors. Raises ValueError for sizes that cannot be.
    """

    dims: int
    latents: int
    k: int
    is_batch_topk: bool = False
    nested: tuple[int, ...] = ()
    aux_k: int = 64
    aux_weight: float = 1 / 32
    dead_after: int = 100_000

    def __post_init__(self) -> None:
        if self.dims < 1 or not 1 <= self.k <= self.latents:
            raise ValueError(f"{self.k} active of {self.latents} latents over {self.dims} dimensions cannot be.")
        if list(self.nested) != sorted(set(self.nested)) or any(
            not self.k <= one < self.latents for one in self.nested
        ):
            raise ValueError(f"Nested widths must rise from k={self.k} to below {self.latents}: {self.nested}.")

    @property
    def widths(self) -> tuple[int, ...]:
        return (*self.nested, self.latents)


class Active(NamedTuple):
    """What is active in n vectors: `values` (a,) >= 0 of the latents `latents` (a,) in the vectors `rows` (a,), rising."""

    rows: Tensor
    latents: Tensor
    values: Tensor
    n: int


class SparseAutoencoder(nn.Module):
    """latents = top_k(relu(encoder (x - pre_bias) + latent_bias)); recons = latents @ decoder + pre_bias.

    Rows of `decoder` have unit norm, and `encoder` begins equal to it. Vectors are centred and scaled by whoever calls.
    """

    def __init__(self, config: Config, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        start = torch.randn(config.latents, config.dims, generator=generator)
        start = start / start.norm(dim=1, keepdim=True)
        self.pre_bias = nn.Parameter(torch.zeros(config.dims))
        self.latent_bias = nn.Parameter(torch.zeros(config.latents))
        self.encoder = nn.Parameter(start.clone())  # (latents, dims)
        self.decoder = nn.Parameter(start)  # (latents, dims)
        # Above it a latent of a BatchTopK model counts as active when vectors come one by one.
        self.register_buffer("threshold", torch.zeros(()))
        self.threshold: Tensor

    def pre_activations(self, x: Tensor) -> Tensor:
        """(n, dims) -> (n, latents)"""
        return torch.addmm(self.latent_bias, x - self.pre_bias, self.encoder.T)

    def encode(self, x: Tensor) -> Active:
        """(n, dims) -> what is active. Gradients reach the active latents alone: that halves the time of a step."""
        with torch.no_grad():
            pre = self.pre_activations(x)
            rows, latents = self.choose(pre)
        values = torch.einsum("ad,ad->a", self.encoder[latents], (x - self.pre_bias)[rows]) + self.latent_bias[latents]
        return Active(rows, latents, values.relu(), len(x))

    def choose(self, pre: Tensor) -> tuple[Tensor, Tensor]:
        """(n, latents) -> rows (a,), rising, and latents (a,) of what is active."""
        n, k = len(pre), self.config.k
        if not self.config.is_batch_topk:
            chosen = pre.topk(k, dim=1, sorted=False).indices
            return torch.arange(n, device=pre.device).repeat_interleave(k), chosen.reshape(-1)
        if self.training:
            # The n k highest of a batch lie among each vector's 4 k highest but for a few: sorting all takes far longer.
            most = min(4 * k, self.config.latents)
            values, latents = pre.topk(most, dim=1, sorted=False)
            flat = values.reshape(-1).topk(n * k, sorted=False).indices.sort().values
            lowest = values.reshape(-1)[flat].min().clamp(min=0)
            self.threshold.lerp_(lowest, 0.01 if self.threshold > 0 else 1.0)
            return flat // most, latents.reshape(-1)[flat]
        rows, latents = (pre > self.threshold).nonzero(as_tuple=True)
        return rows, latents

    def decode(self, active: Active, width: int | None = None) -> Tensor:
        """-> (n, dims), from the first `width` latents, by default all."""
        rows, latents, values = active.rows, active.latents, active.values
        if width is not None and width < self.config.latents:
            inside = latents < width
            rows, latents, values = rows[inside], latents[inside], values[inside]
        offsets = torch.searchsorted(rows, torch.arange(active.n, device=rows.device))
        recons = nn.functional.embedding_bag(latents, self.decoder, offsets, mode="sum", per_sample_weights=values)
        return recons + self.pre_bias

    @torch.no_grad()
    def normalise(self) -> None:
        """Rows of the decoder to unit norm: otherwise small values with long rows would pass for sparse ones."""
        self.decoder.div_(self.decoder.norm(dim=1, keepdim=True).clamp(min=1e-8))
