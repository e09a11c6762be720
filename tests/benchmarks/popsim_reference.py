"""The two originals, re-made: upvotes divided by the largest, and the most against the least upvoted; networks with dropout."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from tests.benchmarks.prefsim import Array

HIDDEN, DROPOUT, RATE, BATCH = 256, 0.5, 1e-3, 64
MOST_EPOCHS, PATIENCE, STOPPING_SHARE = 60, 6, 0.1

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class Original:
    """Linear, ReLU, dropout, linear; stopped where it predicts a tenth of the posts, kept apart, best."""

    def __init__(self, vectors: Array, targets: Array, loss: Loss, seed: int) -> None:
        torch.manual_seed(seed)
        self._network = nn.Sequential(
            nn.Linear(vectors.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, 1)
        )
        self._optimizer = torch.optim.Adam(self._network.parameters(), lr=RATE)
        self._loss = loss
        self._fit(torch.tensor(vectors, dtype=torch.float32), torch.tensor(targets, dtype=torch.float32), seed)

    @classmethod
    def by_share_of_most(cls, vectors: Array, upvotes: Array, seed: int) -> Original:
        """Squared error of upvotes divided by the largest number of them."""
        return cls(vectors, upvotes / upvotes.max(), nn.functional.mse_loss, seed)

    @classmethod
    def by_most_and_least(cls, vectors: Array, upvotes: Array, seed: int) -> Original:
        """Whether a post is in the most or in the least upvoted third of all."""
        least, most = np.quantile(upvotes, [1 / 3, 2 / 3])
        told = (upvotes <= least) | (upvotes >= most)
        is_most = (upvotes[told] >= most).astype(float)
        return cls(vectors[told], is_most, nn.functional.binary_cross_entropy_with_logits, seed)

    @torch.no_grad()
    def scores(self, vectors: Array) -> Array:
        self._network.eval()
        said = self._network(torch.tensor(vectors, dtype=torch.float32))[:, 0]
        return np.asarray(said.double().numpy())

    def _fit(self, vectors: torch.Tensor, targets: torch.Tensor, seed: int) -> None:
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(targets))
        stopping, learned = np.split(order, [int(STOPPING_SHARE * len(order))])
        best, kept, since = float("inf"), self._network.state_dict(), 0
        for _ in range(MOST_EPOCHS):
            self._epoch(vectors, targets, rng.permutation(learned))
            self._network.eval()
            with torch.no_grad():
                loss = float(self._loss(self._network(vectors[stopping])[:, 0], targets[stopping]))
            since += 1
            if loss < best:
                best, since = loss, 0
                kept = {name: value.clone() for name, value in self._network.state_dict().items()}
            if since >= PATIENCE:
                break
        self._network.load_state_dict(kept)

    def _epoch(
        self, vectors: torch.Tensor, targets: torch.Tensor, order: np.ndarray[tuple[int], np.dtype[np.intp]]
    ) -> None:
        self._network.train()
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            self._optimizer.zero_grad()
            self._loss(self._network(vectors[rows])[:, 0], targets[rows]).backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()
