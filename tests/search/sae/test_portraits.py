"""What latents stand for."""

import numpy as np
import torch

from search.sae import Config, Scale, SparseAutoencoder, neighbours, portray
from search.sae.model import Active
from search.sae.portraits import DENSE

DIMS, K = 512, 8


def test_the_vectors_at_both_ends_are_found_without_much_memory() -> None:
    model = SparseAutoencoder(Config(DIMS, 64, K), torch.Generator().manual_seed(0)).eval()
    vectors = np.random.default_rng(0).standard_normal((5000, DIMS)).astype(np.float32)
    scale = Scale(np.zeros(DIMS, np.float32), 1.0)
    numbers: list[int] = []

    def count(start: int, active: Active) -> None:
        numbers.append(active.n * K * DIMS)

    found = portray(model, vectors, scale, shown=3, on_chunk=count)
    assert max(numbers) <= DENSE
    assert sum(numbers) == 5000 * K * DIMS
    with torch.no_grad():
        along = (torch.from_numpy(vectors) @ model.decoder.T).numpy()
        active = model.encode(torch.from_numpy(vectors))
    dense = np.zeros((5000, 64), np.float32)
    dense[active.rows, active.latents] = active.values
    assert found.strongest.tolist() == np.argsort(-dense, axis=0)[:3].T.tolist()
    assert found.farthest.tolist() == np.argsort(along, axis=0)[:3].T.tolist()
    assert found.counts.tolist() == (dense > 0).sum(axis=0).tolist()
    assert found.histogram.sum(axis=1).tolist() == found.counts.tolist()


def test_neighbours_are_neither_dead_nor_oneself() -> None:
    directions = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.6, 0.8], [-1.0, 0.0], [0.0, 1.0]])
    alive = torch.tensor([True, True, False, True, True])
    near, opposite = neighbours(directions, alive, 2)
    assert near[0].tolist() == [1, -1]
    assert near[1].tolist() == [0, 4]
    assert opposite.tolist()[:2] == [3, 3]
    assert opposite[4] == -1
