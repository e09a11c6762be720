"""Tastes learned in PREFSIM-1: what each is fitted to, how good it gets, how many answers that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rating.bayes import (
    SOFT_TARGETS,
    Answers,
    Learner,
    Posterior,
    Prior,
    choose,
    draw_pairs,
    draw_targets,
    fit,
    learn_basis,
    prior_alone,
)
from rating.bayes.acquisition import BATCH, CANDIDATES, TARGETS
from tests.benchmarks.prefsim import POOL, TEST_PAIRS, Array, Indices, Rater, World, five_levels, random_pairs

BASIS_SAMPLE = 4000
# Candidates are drawn among as many memes anew for every batch.
MEMES_CONSIDERED = 2048
LEVELS = np.asarray(list(SOFT_TARGETS.values()))


@lru_cache(maxsize=1)
def drawn_world(seed: int) -> tuple[World, Array]:
    """The world and the features (memes, k) of its memes; one at a time is kept, they are large."""
    world = World(seed)
    return world, learn_basis(world.vectors[:BASIS_SAMPLE]).project(world.vectors)


@dataclass(frozen=True, eq=False)
class Subject:
    """One person, and the features of the memes that they are asked about."""

    world: World
    features: Array
    rater: Rater

    @classmethod
    def numbered(cls, seed: int) -> Subject:
        """Raters 0 and 1 live in world 0, 2 and 3 in world 1, and so on."""
        world, features = drawn_world(seed // 2)
        return cls(world, features, Rater(world, seed))

    @property
    def prior(self) -> Prior:
        return Prior.around_nothing(self.features.shape[1])

    def differences(self, left: Indices, right: Indices) -> Array:
        return np.asarray(self.features[left] - self.features[right])

    def answered(self, left: Indices, right: Indices, targets: Array) -> Answers:
        return Answers(self.features.shape[1], self.differences(left, right), targets)

    def random_answers(self, count: int) -> Answers:
        left, right = random_pairs(self.rater.rng, count)
        return self.answered(left, right, self.rater.prefers_left(left, right))

    def accuracy(self, taste: Posterior) -> float:
        return self.rater.test.accuracy(self.features @ taste.mean)

    def auroc(self, taste: Posterior) -> float:
        return self.rater.test.auroc(self.features @ taste.mean)

    def calibration_error(self, taste: Posterior) -> float:
        test = self.rater.test
        parts = np.array_split(np.arange(TEST_PAIRS), 10)
        return test.calibration_error(
            np.concatenate([taste.predict(self.differences(test.left[part], test.right[part])) for part in parts])
        )

    def precision_at_100(self, taste: Posterior) -> float:
        return self.rater.test.precision_at_100(self.features @ taste.mean)


def first(answers: Answers, count: int) -> Answers:
    return Answers(answers.size, answers.pairs[:count], answers.targets[:count])


def learned(subject: Subject, answers: Answers, counts: Sequence[int]) -> list[Posterior]:
    """The taste after each of `counts` of the answers, with the prior that somebody has who is alone."""
    parts = [first(answers, count) for count in counts]
    return [fit(part, prior_alone(part)) for part in parts]


def by_levels(subject: Subject, count: int) -> tuple[Posterior, Posterior]:
    """From the same noisy differences: answered with two levels, and with five."""
    left, right = random_pairs(subject.rater.rng, count)
    noisy = subject.rater.noisy(left, right)
    two, five = (noisy > 0).astype(float), LEVELS[five_levels(noisy)]
    return fit(subject.answered(left, right, two), subject.prior), fit(
        subject.answered(left, right, five), subject.prior
    )


def by_fours(subject: Subject, clicks: int) -> Posterior:
    """From picking the best of four."""
    shown = np.stack([subject.rater.rng.choice(POOL, 4, replace=False) for _ in range(clicks)])
    picked = np.take_along_axis(shown, subject.rater.best(shown)[:, None], 1)
    others = shown[shown != picked].reshape(clicks, 3)
    return fit(
        Answers(subject.features.shape[1], best=subject.features[others] - subject.features[picked]), subject.prior
    )


def asked(
    subject: Subject, policy: str, count: int, *, batch: int = BATCH, curating: bool = False
) -> tuple[Array, Posterior]:
    """Accuracy after each batch of questions that the policy chose, and the taste after all `count`."""
    rng = np.random.default_rng(subject.rater.rng.integers(2**32))
    learner, reached = Learner(subject.prior), []
    for _ in range(0, count, batch):
        left, right = next_pairs(subject, learner.posterior, policy, rng, batch=batch, curating=curating)
        learner.add(subject.answered(left, right, subject.rater.prefers_left(left, right)))
        reached.append(subject.accuracy(learner.posterior))
    return np.asarray(reached), learner.posterior


def next_pairs(
    subject: Subject,
    taste: Posterior,
    policy: str,
    rng: np.random.Generator,
    *,
    batch: int = BATCH,
    curating: bool = False,
) -> tuple[Indices, Indices]:
    """What the policy asks next, chosen from CANDIDATES pairs."""
    pool = subject.features[:POOL]
    memes = rng.choice(POOL, MEMES_CONSIDERED, replace=False)
    targets = draw_targets(pool @ taste.mean, TARGETS, rng, curating=curating)
    candidates = draw_pairs(MEMES_CONSIDERED, CANDIDATES, rng)
    chosen = choose(policy, taste, pool[memes], candidates, targets=targets.differences(pool), rng=rng, count=batch)
    return memes[chosen.left], memes[chosen.right]
