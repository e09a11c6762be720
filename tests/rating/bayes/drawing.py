"""A small drawn library and somebody who likes one direction of it."""

from __future__ import annotations

import numpy as np

from rating.bayes import Answers
from rating.bayes.posterior import Array, sigmoid

FEATURES = 8


def features(seed: int = 0, memes: int = 300) -> Array:
    """(memes, FEATURES), later features smaller, mean squared norm 1."""
    drawn = np.random.default_rng(seed).standard_normal((memes, FEATURES)) * np.arange(1, FEATURES + 1) ** -0.5
    return np.asarray(drawn / np.sqrt((drawn**2).sum(1).mean()))


def planted(seed: int = 1, strength: float = 4.0) -> Array:
    """Weights (FEATURES,) of somebody who knows what they like."""
    drawn = np.random.default_rng(seed).standard_normal(FEATURES)
    return np.asarray(drawn * strength / np.linalg.norm(drawn))


def answers(weights: Array, count: int, seed: int = 2) -> Answers:
    """Of somebody with these weights, to random pairs, by chance as Bradley and Terry say."""
    rng = np.random.default_rng(seed)
    memes = features()
    pairs = memes[rng.integers(0, len(memes), count)] - memes[rng.integers(0, len(memes), count)]
    return Answers(FEATURES, pairs, (rng.random(count) < sigmoid(pairs @ weights)).astype(float))


def cosine(one: Array, other: Array) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
