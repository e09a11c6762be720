"""PREFSIM-1: a drawn world of memes and people with known tastes, to measure how quickly a taste is learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rating.ensemble import metrics

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

MEMES, DIMS = 12_000, 768
POOL = 10_000  # the first ones are asked about, the rest is the test
CLUSTERS, SUBCLUSTERS, ATTRIBUTES, RESIDUAL = 24, 10, 32, 256
TEST_PAIRS = 20_000
GOOD_SHARE = 0.20
# How much of the variance of a taste each part holds; the last one is not in the embedding.
SHARES = {"cluster": 0.15, "subcluster": 0.25, "linear": 0.20, "net": 0.10, "interaction": 0.15, "unseen": 0.15}
# How often somebody prefers what they like more, over random pairs.
CONSISTENCY = 0.87
# Where the noisy difference of two memes, in logits, becomes "better" and "much better".
BETTER, MUCH_BETTER = 0.6, 3.5


def z_scored(values: Array) -> Array:
    return np.asarray((values - values.mean()) / values.std())


def sigmoid(logits: Array) -> Array:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))


class World:
    """Memes with the latents that made them: `vectors` (MEMES, DIMS) of unit norm, `clusters` and `subclusters` (MEMES,),
    `attributes` (MEMES, ATTRIBUTES)."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([1, seed])
        self.clusters: Indices = rng.choice(CLUSTERS, MEMES, p=_ranked(CLUSTERS, 0.7))
        within = np.stack([rng.permutation(_ranked(SUBCLUSTERS, 0.7)) for _ in range(CLUSTERS)])
        edges = within.cumsum(1)[self.clusters]
        inside = np.minimum((rng.random(MEMES)[:, None] > edges).sum(1), SUBCLUSTERS - 1)
        self.subclusters: Indices = self.clusters * SUBCLUSTERS + inside
        self.attributes: Array = rng.standard_normal((MEMES, ATTRIBUTES))
        self.vectors: Array = self._embed(rng)

    def _embed(self, rng: np.random.Generator) -> Array:
        centres, subcentres = _units(rng, CLUSTERS), _units(rng, CLUSTERS * SUBCLUSTERS)
        norms = np.arange(1, ATTRIBUTES + 1) ** -0.35
        loadings = _units(rng, ATTRIBUTES) * (norms / np.linalg.norm(norms))[:, None]
        directions = np.linalg.qr(rng.standard_normal((DIMS, RESIDUAL)))[0].T
        residual = (rng.standard_normal((MEMES, RESIDUAL)) * np.sqrt(_ranked(RESIDUAL, 1.0))) @ directions
        content = (
            np.sqrt(0.25) * centres[self.clusters]
            + np.sqrt(0.20) * subcentres[self.subclusters]
            + np.sqrt(0.25) * self.attributes @ loadings
            + np.sqrt(0.30) * residual
        )
        content -= content.mean(0)
        vectors = np.sqrt(0.45) * content + np.sqrt(0.55) * _units(rng, 1)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _ranked(count: int, power: float) -> Array:
    weights = np.arange(1, count + 1) ** -power
    return np.asarray(weights / weights.sum())


def _units(rng: np.random.Generator, count: int) -> Array:
    drawn = rng.standard_normal((count, DIMS))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def utility(world: World, rng: np.random.Generator) -> Array:
    """What one person likes: (MEMES,), mean 0 and variance 1."""
    sparse = rng.standard_normal(CLUSTERS * SUBCLUSTERS) * 3.0 * (rng.random(CLUSTERS * SUBCLUSTERS) < 0.15)
    linear = np.zeros(ATTRIBUTES)
    linear[rng.choice(ATTRIBUTES, 6, replace=False)] = rng.standard_normal(6)
    weights = rng.standard_normal((ATTRIBUTES, 12)) * 1.2 * (rng.random((ATTRIBUTES, 12)) < 0.25)
    crossed = rng.standard_normal((CLUSTERS, ATTRIBUTES)) * (rng.random((CLUSTERS, ATTRIBUTES)) < 0.10)
    parts = {
        "cluster": rng.standard_normal(CLUSTERS)[world.clusters],
        "subcluster": sparse[world.subclusters],
        "linear": world.attributes @ linear,
        "net": np.tanh(world.attributes @ weights) @ rng.standard_normal(12),
        "interaction": (crossed[world.clusters] * world.attributes).sum(1),
        "unseen": rng.standard_normal(MEMES),
    }
    total = sum((np.sqrt(SHARES[name]) * z_scored(part) for name, part in parts.items()), np.zeros(MEMES))
    return z_scored(total)


def temperature(liked: Array, rng: np.random.Generator) -> float:
    """At which somebody with the utility `liked` prefers the better of two random memes with CONSISTENCY."""
    left, right = rng.integers(0, len(liked), (2, 100_000))
    distances = np.abs(liked[left] - liked[right])
    low, high = 0.01, 10.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(distances / middle).mean() > CONSISTENCY else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True)
class Test:
    """What a taste is measured by: noisy answers to pairs of unseen memes, and which of those memes are good."""

    left: Indices
    right: Indices
    left_won: npt.NDArray[np.bool_]
    good: npt.NDArray[np.bool_]  # of the memes from POOL on

    def accuracy(self, scores: Array) -> float:
        """Of `scores` (MEMES,), larger is better."""
        return float(((scores[self.left] > scores[self.right]) == self.left_won).mean())

    def auroc(self, scores: Array) -> float:
        """How often a good meme scores above another one."""
        return metrics.auroc(scores[POOL:], self.good)

    def calibration_error(self, wins: Array) -> float:
        """Of the probabilities `wins` that the left one is picked, one for each test pair."""
        return metrics.calibration_error(wins, self.left_won.astype(float))

    def precision_at_100(self, scores: Array) -> float:
        return float(self.good[np.argsort(-scores[POOL:], kind="stable")[:100]].mean())


class Rater:
    """Somebody who answers: by chance, but rather for what they like more."""

    def __init__(self, world: World, seed: int, *, liked: Array | None = None, noise: float = 1.0) -> None:
        self.rng = np.random.default_rng([2, seed])
        self.liked: Array = utility(world, self.rng) if liked is None else liked
        self.temperature = temperature(self.liked, self.rng) * noise
        self.test = self._test()

    def _test(self) -> Test:
        left = self.rng.integers(POOL, MEMES, TEST_PAIRS)
        right = POOL + (left - POOL + self.rng.integers(1, MEMES - POOL, TEST_PAIRS)) % (MEMES - POOL)
        good = self.liked[POOL:] >= np.quantile(self.liked[POOL:], 1 - GOOD_SHARE)
        return Test(left, right, self.noisy(left, right) > 0, good)

    def noisy(self, left: Indices, right: Indices) -> Array:
        """How much better the left one seems, in logits; its sign is a Bradley-Terry answer. Shapes (n,)."""
        return np.asarray((self.liked[left] - self.liked[right]) / self.temperature + self.rng.logistic(size=len(left)))

    def prefers_left(self, left: Indices, right: Indices) -> Array:
        """1.0 where the left one is picked, else 0.0."""
        return (self.noisy(left, right) > 0).astype(float)

    def best(self, shown: Indices) -> Indices:
        """The place of the one picked among each row of `shown` (n, m); Gumbel noise makes it a softmax."""
        seen = self.liked[shown] / self.temperature + self.rng.gumbel(size=shown.shape)
        return np.asarray(seen.argmax(1))


def five_levels(noisy: Array) -> Indices:
    """Of a noisy difference: 0 much better left, 1 better left, 2 tie, 3 better right, 4 much better right."""
    return np.asarray(4 - np.digitize(noisy, [-MUCH_BETTER, -BETTER, BETTER, MUCH_BETTER]))


def random_pairs(rng: np.random.Generator, count: int) -> tuple[Indices, Indices]:
    """Of different memes of the pool; places of the left ones and of the right ones, (count,)."""
    left = rng.integers(0, POOL, count)
    return left, (left + rng.integers(1, POOL, count)) % POOL
