"""How good predictions of answers are: accuracy, log loss, AUROC with its interval, calibration error.

`wins` (n,) are predicted probabilities that the left meme wins, `targets` (n,) what was answered, from 0 to 1 (soft targets
included). All raise ValueError for no answers, different shapes and numbers that are not finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

BINS = 10
RESAMPLES = 1000
WIDEST = 7.0  # logarithms of the factors that are tried: from a thousandth to a thousand


@dataclass(frozen=True)
class Interval:
    """A value and the ends between which it lies with 95 % confidence."""

    value: float
    low: float
    high: float


def accuracy(wins: Array, targets: Array) -> float:
    """Share of answers whose winner was predicted. Ties answered are left out, ties predicted count half; nan if all tie."""
    check(wins, targets)
    decided = targets != 0.5
    if not decided.any():
        return float("nan")
    right = np.sign(wins[decided] - 0.5) * np.sign(targets[decided] - 0.5)
    return float((right + 1).mean() / 2)


def log_loss(wins: Array, targets: Array) -> float:
    """Mean cross-entropy in nats; ln 2 is what knowing nothing gives. Certainties that were wrong cost 1e-12's logarithm."""
    check(wins, targets)
    return float(_losses(wins, targets).mean())


def _losses(wins: Array, targets: Array) -> Array:
    sure = np.clip(wins, 1e-12, 1 - 1e-12)
    return np.asarray(-(targets * np.log(sure) + (1 - targets) * np.log(1 - sure)))


def gain(wins: Array, reference: Array, targets: Array, memes: npt.NDArray[np.integer]) -> Interval:
    """By how many nats `wins` (n,) predict better than `reference` (n,): the mean difference of log losses, and its noise.

    `memes` (n, 2) are those that were compared. Answers that share a meme are not independent: the variance is the one of
    Aronow, Samii and Assenova, "Cluster-robust variance estimation for dyadic data" (2015). It holds from about 50 answers.
    """
    check(wins, targets)
    check(reference, targets)
    differences = _losses(reference, targets) - _losses(wins, targets)
    value = float(differences.mean())
    off = differences - value
    by_meme = np.bincount(memes.ravel(), weights=np.repeat(off, 2))
    pairs = np.unique(np.sort(memes, axis=1), axis=0, return_inverse=True)[1].ravel()
    # Answers to the same pair share both memes, and were counted twice.
    squares = float(by_meme @ by_meme - (np.bincount(pairs, weights=off) ** 2).sum())
    reach = 1.959964 * np.sqrt(max(squares, float(off @ off))) / len(off)
    return Interval(value, value - float(reach), value + float(reach))


def at_best_scale(wins: Array, targets: Array) -> Array:
    """`wins` (n,) with all logits multiplied by the one factor that suits the answers best: the order of memes stays as it is.

    Two tastes of which one is only surer than the other become equally good. Temperature scaling: Guo et al., "On calibration
    of modern neural networks" (2017).
    """
    check(wins, targets)
    sure = np.clip(wins, 1e-12, 1 - 1e-12)
    logits = np.log(sure / (1 - sure))

    def slope(log_factor: float) -> float:
        scaled = np.exp(log_factor) * logits
        return float(logits @ (0.5 * (1 + np.tanh(0.5 * scaled)) - targets))

    low, high = -WIDEST, WIDEST  # convex: the slope rises
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return np.asarray(0.5 * (1 + np.tanh(0.5 * np.exp(low) * logits)))


def auroc(scores: Array, positive: npt.NDArray[np.bool_]) -> float:
    """Chance that a positive one scores above a negative one, ties half (Mann-Whitney U); nan if all are of one kind."""
    check(scores, positive)
    return _auroc(_ranks(scores), np.asarray(positive, bool))


def auroc_interval(scores: Array, positive: npt.NDArray[np.bool_], *, seed: int = 0) -> Interval:
    """With a percentile bootstrap over positives and negatives apart (RESAMPLES draws); the same for the same seed."""
    value = auroc(scores, positive)
    if np.isnan(value):
        return Interval(value, value, value)
    rng = np.random.default_rng(seed)
    kinds = [scores[np.asarray(positive, bool)], scores[~np.asarray(positive, bool)]]
    labels = np.arange(len(scores)) < len(kinds[0])
    drawn = [
        _auroc(_ranks(np.concatenate([rng.choice(kind, len(kind)) for kind in kinds])), labels)
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def accuracy_interval(wins: Array, targets: Array) -> Interval:
    """Wilson's, which also means something with few answers or all right."""
    value, count = accuracy(wins, targets), int((targets != 0.5).sum())
    return share(value * count, count) if count else Interval(value, 0.0, 1.0)


def share(right: float, count: int) -> Interval:
    """`right` of `count` > 0, with Wilson's interval (1927)."""
    z, value = 1.959964, right / count
    centre = (value + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * np.sqrt(value * (1 - value) / count + z**2 / (4 * count**2))
    return Interval(value, max(0.0, float(centre - reach)), min(1.0, float(centre + reach)))


def calibration_error(wins: Array, targets: Array, bins: int = BINS) -> float:
    """Expected calibration error (Naeini et al. 2015) of the predicted winner, over `bins` equal steps of confidence.

    Which side a meme was shown on is chance, so probabilities below one half speak of the right one instead.
    """
    check(wins, targets)
    confidence = np.maximum(wins, 1 - wins)
    right = np.where(wins >= 0.5, targets, 1 - targets)
    places = np.minimum(((confidence - 0.5) * 2 * bins).astype(int), bins - 1)
    counts = np.bincount(places, minlength=bins)
    gaps = np.bincount(places, weights=right - confidence, minlength=bins)
    return float(np.abs(gaps[counts > 0]).sum() / len(wins))


def _ranks(scores: Array) -> Array:
    """From 1, ties share their mean."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return np.asarray((last - (counts - 1) / 2)[places])


def _auroc(ranks: Array, positive: npt.NDArray[np.bool_]) -> float:
    count = int(positive.sum())
    others = len(positive) - count
    if not count or not others:
        return float("nan")
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


def check(predicted: npt.NDArray[np.generic], actual: npt.NDArray[np.generic]) -> None:
    """Raises ValueError unless both are (n,) with n > 0, and finite."""
    if predicted.shape != actual.shape or predicted.ndim != 1 or not len(predicted):
        raise ValueError(
            f"Expected as many predictions as answers, and some; not {predicted.shape} and {actual.shape}."
        )
    if not (np.isfinite(predicted).all() and np.isfinite(actual).all()):
        raise ValueError("Predictions or answers hold numbers that are not finite.")
