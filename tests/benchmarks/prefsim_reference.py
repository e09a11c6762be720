"""The original rater, re-made: an ensemble of networks trained one answer at a time. What tastes are compared with."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from tests.benchmarks.prefsim import Array, Indices

MEMBERS, EPOCHS, RATE = 16, 5, 3e-4


class Reference(nn.Module):
    """Linear(d, d), SiLU, Linear(d, 1) for each member; all members in one tensor, which changes the speed alone."""

    def __init__(self, dims: int, seed: int) -> None:
        super().__init__()
        drawn = torch.Generator().manual_seed(seed)
        bound = dims**-0.5  # what nn.Linear draws from

        def parameter(*shape: int) -> nn.Parameter:
            return nn.Parameter((torch.rand(MEMBERS, *shape, generator=drawn) * 2 - 1) * bound)

        self.inner, self.inner_bias = parameter(dims, dims), parameter(1, dims)
        self.outer, self.outer_bias = parameter(dims, 1), parameter(1, 1)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Scores (members, n) of `vectors` (members, n, dims)."""
        hidden = nn.functional.silu(torch.baddbmm(self.inner_bias, vectors, self.inner))
        return torch.baddbmm(self.outer_bias, hidden, self.outer)[..., 0]


def fit_reference(vectors: Array, left: Indices, right: Indices, targets: Array, seed: int) -> Reference:
    """Trained on pairs of places in `vectors` (memes, dims), in each member's own order, one pair at a step."""
    model = Reference(vectors.shape[1], seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0, fused=True)
    rng = np.random.default_rng(seed)
    orders = np.stack([np.concatenate([rng.permutation(len(left)) for _ in range(EPOCHS)]) for _ in range(MEMBERS)])
    shown, answered = torch.tensor(vectors, dtype=torch.float32), torch.tensor(targets, dtype=torch.float32)
    for step in orders.T:
        scores = model(shown[np.stack([left[step], right[step]], axis=1)])
        loss = nn.functional.binary_cross_entropy_with_logits(
            scores[:, 0] - scores[:, 1], answered[step], reduction="none"
        )
        optimizer.zero_grad()
        loss.sum().backward()  # type: ignore[no-untyped-call]  # members share nothing: each gets its own gradient
        optimizer.step()
    return model


@torch.no_grad()
def reference_scores(model: Reference, vectors: Array) -> Array:
    """Mean over the members, (memes,)."""
    shown = torch.tensor(vectors, dtype=torch.float32).expand(MEMBERS, -1, -1)
    return np.concatenate([model(part).mean(0).double().numpy() for part in torch.split(shown, 500, dim=1)])
