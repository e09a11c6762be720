"""A small world of planted factors that a small model learns in a second or two."""

import numpy as np
import torch

from search.sae import Config, Schedule, Training, begin, train

CPU = torch.device("cpu")
DIMS, FACTORS = 24, 32


def factors() -> np.ndarray:
    rows = np.random.default_rng(1).standard_normal((FACTORS, DIMS))
    found: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


def vectors(count: int = 6000, seed: int = 0) -> np.ndarray:
    """(count, DIMS): two factors each, a common direction, a little noise."""
    rng = np.random.default_rng(seed)
    fires = np.zeros((count, FACTORS), np.float32)
    for row in fires:
        row[rng.choice(FACTORS, 2, replace=False)] = rng.uniform(0.7, 1.3, 2)
    found: np.ndarray = fires @ factors() + 0.5 + 0.02 * rng.standard_normal((count, DIMS))
    return found.astype(np.float32)


def config(**changes: object) -> Config:
    return Config(**{"dims": DIMS, "latents": 64, "k": 2, "dead_after": 3000, **changes})  # type: ignore[arg-type]  # checked by it


def trained(steps: int = 400, data: np.ndarray | None = None, **changes: object) -> Training:
    data = vectors() if data is None else data
    training = begin(config(**changes), data, device=CPU, generator=torch.Generator().manual_seed(0))
    train(training, data, Schedule(steps=steps, batch=256))
    return training
