"""The autoencoder of "Sparse autoencoders for meme retrieval", made again: what ours is measured beside."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

RATE, BATCH = 3e-4, 64


class Original(nn.Module):
    """Linear up, ReLU, the k highest by `kthvalue`, linear down; the way up begins as the transpose of the way down."""

    def __init__(self, dims: int, latents: int, k: int, generator: torch.Generator) -> None:
        super().__init__()
        self.up = nn.Linear(dims, latents)
        self.down = nn.Linear(latents, dims)
        self.k = k
        with torch.no_grad():
            start = torch.randn(dims, latents, generator=generator)
            self.down.weight.copy_(start / start.norm(dim=0, keepdim=True))
            self.up.weight.copy_(self.down.weight.T)

    def latents(self, x: Tensor) -> Tensor:
        """(n, dims) -> (n, latents), all but the k highest zero"""
        up = self.up(x).relu()
        least = torch.kthvalue(up, up.shape[1] - self.k + 1, dim=1, keepdim=True).values
        found: Tensor = up * (up >= least)
        return found

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.down(self.latents(x))
        return found


def train_original(
    vectors: Tensor, latents: int, k: int, seconds: float, clock: Callable[[], float] = time.process_time
) -> Original:
    """Until so many seconds of `clock` are over; no auxiliary loss, no schedule, vectors as they are."""
    generator = torch.Generator().manual_seed(0)
    model = Original(vectors.shape[1], latents, k, generator)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    started = clock()
    while True:
        for rows in torch.split(torch.randperm(len(vectors), generator=generator), BATCH):
            if clock() - started >= seconds:
                return model.eval()
            x = vectors[rows]
            loss = nn.functional.mse_loss(model(x), x)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimizer.step()
