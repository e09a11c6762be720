"""Learning what is popular: a direction and an ensemble on top of it, each post against the average one of its group.

The rank of a post is the chance that it beats another one of its group: a Bradley-Terry answer about it and the average
post, which is the origin of centred features. So what learns tastes learns this too, on two axes: the regressor follows the
rank, the classifier tells the best third from the worst one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from rating.bayes import Answers, Posterior, Prior, fit
from rating.ensemble import metrics
from rating.ensemble.metrics import Interval
from rating.ensemble.model import Config, Ensemble
from rating.ensemble.train import Examples, Schedule, train
from rating.popularity.ranks import BOTTOM, TOP, Array, Places, correlation

AXES = RANK, TOP_THIRD = ("rank", "top")
# Of the direction; the one with the largest evidence is taken.
VARIANCES = (0.01, 0.03, 0.1, 0.4, 1.5)
# Held-out posts end it after 5 to 30 epochs.
SCHEDULE = Schedule(rate=3e-3, most_epochs=40)


# Where a post is used: to learn from, to say when to stop, or only to test what came out.
LEARNED, STOPPING, TESTED = range(3)


@dataclass(frozen=True, eq=False)
class Posts:
    """`features` (n, k) of pictures, `ranks` (n,) in their groups, and `parts` (n,): LEARNED, STOPPING or TESTED.

    All posts of one picture belong in one part. Raises ValueError for other shapes and numbers that cannot be.
    """

    features: Array
    ranks: Array
    parts: Places

    def __post_init__(self) -> None:
        if self.features.ndim != 2 or {self.ranks.shape, self.parts.shape} != {(len(self.features),)}:
            raise ValueError(f"Posts have different shapes: {self.features.shape}, {self.ranks.shape}.")
        if not np.isfinite(self.features).all() or not ((self.ranks > 0) & (self.ranks < 1)).all():
            raise ValueError("Features must be finite and ranks between 0 and 1.")

    def examples(self) -> Examples:
        """Each against the origin: all for the regressor, then the best and the worst for the classifier."""
        told = np.flatnonzero((self.ranks > TOP) | (self.ranks < BOTTOM))
        posts = np.concatenate([np.arange(len(self.ranks)), told])
        return Examples(
            np.vstack([self.features, np.zeros((1, self.features.shape[1]))]),
            posts,
            np.full(len(posts), len(self.features)),
            np.repeat([0, 1], [len(self.ranks), len(told)]),
            np.concatenate([self.ranks, (self.ranks[told] > TOP).astype(float)]),
        )


@dataclass(frozen=True, eq=False)
class Learned:
    """The networks after the best of the epochs; `losses` after each one, in nats, of the posts that say when to stop."""

    model: Ensemble
    epochs: int
    losses: list[float]
    measures: Measures


@dataclass(frozen=True)
class Measures:
    """On the `tested` posts kept apart, of which `told` are in the best or worst third of their group.

    `accuracy` and `auroc` are the classifier's, beside `majority`, what naming the larger of the two thirds gives;
    `correlation` is Spearman's, of the regressor with the true ranks. None where nothing can be said.
    """

    tested: int
    told: int
    accuracy: Interval | None
    auroc: Interval | None
    majority: float | None
    correlation: float | None


def learn(
    posts: Posts,
    *,
    basis: str = "",
    schedule: Schedule | None = None,
    device: str = "cpu",
    heartbeat: Callable[[int], None] | None = None,
) -> Learned:
    """Networks of the posts to learn from, as they were when they predicted best those that say when to stop.

    The same posts and seed give the same networks on the same device. Raises ValueError with nothing to learn from.
    """
    examples = posts.examples()
    learned, stopping, tested = (examples.only(posts.parts[examples.left] == part) for part in range(3))
    if not len(learned):
        raise ValueError("Popularity cannot be learned from no posts.")
    directions = np.stack([direction(learned, axis).mean for axis in range(len(AXES))], axis=1)
    trained = train(
        Config(posts.features.shape[1], AXES, basis=basis), learned, stopping,
        directions=directions, schedule=schedule or SCHEDULE, device=device, heartbeat=heartbeat,
    )  # fmt: skip
    return Learned(trained.model, trained.epochs, trained.losses, measure(trained.model, tested))


def direction(examples: Examples, axis: int) -> Posterior:
    """The Laplace posterior of one axis, with the prior variance of VARIANCES that has the largest evidence."""
    mine = examples.only(examples.axis == axis)
    answers = Answers(mine.features.shape[1], mine.features[mine.left] - mine.features[mine.right], mine.targets)
    fits = [fit(answers, Prior.around_nothing(answers.size, variance)) for variance in VARIANCES]
    return max(fits, key=lambda one: one.log_evidence)


def measure(model: Ensemble, tested: Examples) -> Measures:
    if not len(tested):
        return Measures(0, 0, None, None, None, None)
    features = torch.from_numpy(tested.features)
    wins = model.predict(features[tested.left], features[tested.right]).double().cpu().numpy()
    is_told = tested.axis == 1
    found = correlation(wins[~is_told, 0], tested.targets[~is_told])
    said, best = wins[is_told, 1], tested.targets[is_told]
    has_both = 0 < best.sum() < len(best)
    return Measures(
        tested=int((~is_told).sum()),
        told=len(best),
        accuracy=metrics.accuracy_interval(said, best) if has_both else None,
        auroc=metrics.auroc_interval(said, best > 0.5) if has_both else None,
        majority=float(max(best.mean(), 1 - best.mean())) if has_both else None,
        correlation=None if np.isnan(found) else found,
    )
