"""How well networks predict somebody, beside the direction learned of the same answers; evidence decides between the two."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.contrib.auth.models import User

from rating import bases, lessons, samples, tastes
from rating.bayes import Basis, Posterior, fit, from_bytes
from rating.deep import Array, Library
from rating.ensemble import metrics
from rating.ensemble.metrics import Interval
from rating.ensemble.networks import Networks
from rating.lessons import Lesson, Lessons
from rating.models import DeepAxis, DeepTaste, Taste

# Fewer say nothing of the noise either.
FEWEST_TESTED = 50
STEPS = 200  # of the library's quantiles


@dataclass(frozen=True, eq=False)
class Instant:
    """The taste on one axis that is a direction, and the same as it would be without the memes of each part of the library."""

    lesson: Lesson
    direction: Array  # (k,) in logits
    without: dict[int, Posterior]


def instants(owner: User, said: Lessons, basis: Basis) -> list[Instant]:
    """In the order of the lessons."""
    return [_instant(owner, said, lesson, basis) for lesson in said.by_axis]


def _instant(owner: User, said: Lessons, lesson: Lesson, basis: Basis) -> Instant:
    taste = tastes.learn(owner, lesson.axis)
    assert taste is not None  # there are answers, and a basis
    return instant(taste, said, lesson, basis)


def instant(taste: Taste, said: Lessons, lesson: Lesson, basis: Basis) -> Instant:
    """`taste` was learned of the lesson, in coordinates of `basis`."""
    prior = tastes.prior_of(taste, basis)
    folds = np.unique(said.folds).tolist()
    without = {fold: fit(lessons.answers(lesson.said, said.features, said.folds == fold), prior) for fold in folds}
    return Instant(lesson, from_bytes(bytes(taste.posterior), basis.size).mean, without)


def report(taste: DeepTaste, said: Lessons, instant: Instant, wins: Array, known: Networks) -> DeepAxis:
    """What one axis of the networks `known` is worth, not saved. `wins` (n,): what was said of each answer of the lesson by
    networks that never saw its memes, NaN where nothing was."""
    lesson = instant.lesson
    found, gain = compared(lesson, wins, unseen(said, instant))
    return DeepAxis(
        taste=taste, axis=lesson.axis, answers=len(lesson.said), metrics=found,
        is_better=found["tested"] >= FEWEST_TESTED and gain.low > 0,
        library=asdict(_library(taste, instant, known)),
    )  # fmt: skip


def unseen(said: Lessons, instant: Instant) -> Array:
    """(n,): the same of the taste that is a direction."""
    lesson, wins = instant.lesson, np.full(len(instant.lesson), np.nan)
    for fold, direction in instant.without.items():
        inside = said.folds == fold
        within = inside[lesson.left] & inside[lesson.right]
        wins[within] = direction.predict(said.features[lesson.left[within]] - said.features[lesson.right[within]])
    return wins


def compared(lesson: Lesson, wins: Array, reference: Array) -> tuple[dict[str, Any], Interval]:
    """Measures of both over the same answers, as JSON, and by how many nats `wins` are better.

    Each at its best scale: a ranking is no better for being surer.
    """
    tested = ~(np.isnan(wins) | np.isnan(reference))
    if not tested.any():
        return {"tested": 0}, Interval(0.0, -math.inf, math.inf)
    targets = lesson.targets[tested]
    memes = np.stack([lesson.left[tested], lesson.right[tested]], axis=1)
    ours, theirs = (metrics.at_best_scale(said[tested], targets) for said in (wins, reference))
    gain = metrics.gain(ours, theirs, targets, memes)
    measured = {
        "tested": len(targets),
        "gain": asdict(gain),
        "deep": measures(wins[tested], targets),
        "direction": measures(reference[tested], targets),
    }
    return measured, gain


def measures(wins: Array, targets: Array) -> dict[str, Any]:
    """Accuracy and AUROC with their intervals, log loss in nats and calibration error; None where nothing can be said."""
    decided = targets != 0.5
    area = Interval(math.nan, math.nan, math.nan)
    if decided.any():
        area = metrics.auroc_interval(wins[decided], targets[decided] > 0.5)
    found = {
        "accuracy": asdict(metrics.accuracy_interval(wins, targets)),
        "auroc": asdict(area),
        "log_loss": metrics.log_loss(wins, targets),
        "calibration_error": metrics.calibration_error(wins, targets),
    }
    return {name: _finite(value) for name, value in found.items()}


def _finite(value: Any) -> Any:
    """As JSON has it, which knows no NaN."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    return value if math.isfinite(value) else None


def _library(taste: DeepTaste, instant: Instant, known: Networks) -> Library:
    basis = bases.of(taste.space)
    assert basis is not None
    sample = samples.of_library(taste.owner)
    _, features = bases.features_of(np.asarray(sample, np.int64), taste.space, basis)
    if not len(features) or not instant.direction.any():
        return Library(0.0, 0.0, 0.0, [])
    scores = known.scores(features)[:, known.config.axes.index(str(instant.lesson.axis.pk))]
    cosines = (features @ instant.direction) / (basis.scale * np.linalg.norm(instant.direction))
    quantiles = np.quantile(scores, np.linspace(0, 1, STEPS + 1))
    return Library(float(scores.mean()), float(scores.std()), float(cosines.std()), quantiles.tolist())
