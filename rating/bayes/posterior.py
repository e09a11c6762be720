"""Linear Bradley-Terry with a Gaussian prior: Newton to the most likely weights, Laplace around them.

Each meme has the score `s = w @ x`; the left one of two wins with probability `sigmoid(s_left - s_right)` (Bradley and
Terry 1952), the picked one of several with the softmax of their scores (Luce 1959, Plackett 1975). A soft target t is the
cross-entropy `-t log p - (1 - t) log(1 - p)`. The Laplace approximation, its evidence and the moderated prediction are those
of MacKay, "The evidence framework applied to classification networks" (1992).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rating.bayes.answers import Answers

Array = npt.NDArray[np.float64]

MOST_STEPS = 50
# A step that changes no logit and no weight by more than this is the last one: what Newton leaves is its square.
TOLERANCE = 1e-5


@dataclass(frozen=True, eq=False)
class Prior:
    """Weights are N(mean, variance I): `mean` (k,), `variance` in squared logits (see `Basis` for its unit)."""

    mean: Array
    variance: float

    @classmethod
    def around_nothing(cls, size: int, variance: float = 1.5) -> Prior:
        return cls(np.zeros(size), variance)


@dataclass(frozen=True, eq=False)
class Posterior:
    """Weights are N(mean, covariance): (k,) and (k, k), float64; `log_evidence` in nats, of the last exact fit.

    `updates`: how many answers were learned one by one since then.
    """

    mean: Array
    covariance: Array
    log_evidence: float = 0.0
    updates: int = 0

    def predict(self, differences: Array) -> Array:
        """Moderated probabilities (n,) that the left meme wins, for `differences` left less right (n, k)."""
        return moderated(differences @ self.mean, self.variances(differences))

    def variances(self, differences: Array) -> Array:
        """Of the logits, (n,)."""
        return np.asarray(np.einsum("nk,nk->n", differences @ self.covariance, differences))

    def with_pair(self, difference: Array, target: float) -> Posterior:
        """After one more answer to a pair, left less right (k,). One Newton search along one line: O(k^2)."""
        self._check(difference)
        if not 0 <= target <= 1:
            raise ValueError("Targets are probabilities, from 0 to 1.")
        return self._with_rows(difference[None], np.asarray([target]))

    def with_best(self, others: Array) -> Posterior:
        """After the best of r + 1 was picked; `others` (r, k) as in `Answers.best`."""
        self._check(others)
        return self._with_rows(others, np.zeros(len(others)))

    def _check(self, rows: Array) -> None:
        if rows.shape[-1] != len(self.mean) or not np.isfinite(rows).all():
            raise ValueError(f"Expected {len(self.mean)} finite features, not {rows.shape}.")

    def _with_rows(self, rows: Array, targets: Array) -> Posterior:
        """The most likely weights given N(mean, covariance) and one answer, and the covariance there (Woodbury).

        The answer's logits z (r,) against a last choice at 0 move along `spread @ g`, where g = targets - softmax(z).
        """
        towards = rows @ self.covariance
        spread = towards @ rows.T
        start = rows @ self.mean
        gradient, shares = _most_likely(start, spread, targets)
        curvature = np.diag(shares) - np.outer(shares, shares)
        shrink = curvature @ np.linalg.inv(np.eye(len(rows)) + spread @ curvature)
        less = towards.T @ (shrink @ towards)
        covariance = self.covariance - (less + less.T) / 2
        return replace(self, mean=self.mean + gradient @ towards, covariance=covariance, updates=self.updates + 1)

    def expecting(self, differences: Array) -> Posterior:
        """As sure as it will be once pairs (n, k) are answered, whatever the answers: the mean stays."""
        covariance = self.covariance.copy()
        for row, logit in zip(differences, differences @ self.mean, strict=True):
            along = covariance @ row
            variance = max(float(row @ along), 0.0)
            chance = float(moderated(np.asarray(logit), np.asarray(variance)))
            doubt = chance * (1 - chance)
            covariance -= doubt / (1 + doubt * variance) * np.outer(along, along)
        return replace(self, covariance=covariance)


def moderated(logits: Array, variances: Array) -> Array:
    """sigmoid averaged over Gaussian logits, by MacKay's approximation; same shape as given."""
    return sigmoid(logits / np.sqrt(1 + np.pi * variances / 8))


def sigmoid(logits: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)))


def fit(answers: Answers, prior: Prior, start: Array | None = None) -> Posterior:
    """The Laplace posterior of the weights. `start` (k,) saves steps when it is close; the result is the same.

    Newton with halved steps: the loss is strictly convex, so it always arrives. No answers give the prior.
    """
    point = _at(answers, prior, prior.mean if start is None else start)
    for _ in range(MOST_STEPS):
        gradient, curvature = _slopes(answers, prior, point)
        step = np.asarray(-np.linalg.solve(curvature, gradient), np.float64)
        point, moved = _advance(answers, prior, point, step, float(gradient @ step))
        if moved <= TOLERANCE:
            break
    covariance = np.linalg.inv(curvature)
    log_determinant = float(np.linalg.slogdet(curvature)[1])
    evidence = -point.loss - 0.5 * len(step) * np.log(prior.variance) - 0.5 * log_determinant
    return Posterior(point.weights, (covariance + covariance.T) / 2, float(evidence))


@dataclass(frozen=True, eq=False)
class _Point:
    """Weights (k,), the logits there of pairs (n,) and of best-of-several (m, r), and the negative log posterior."""

    weights: Array
    pair_logits: Array
    best_logits: Array
    loss: float


def _at(answers: Answers, prior: Prior, weights: Array) -> _Point:
    return _point(answers, prior, weights, answers.pairs @ weights, answers.best @ weights)


def _point(answers: Answers, prior: Prior, weights: Array, pair_logits: Array, best_logits: Array) -> _Point:
    pairs = np.logaddexp(0, pair_logits).sum() - answers.targets @ pair_logits
    away = weights - prior.mean
    loss = pairs + _log_totals(best_logits).sum() + away @ away / (2 * prior.variance)
    return _Point(weights, pair_logits, best_logits, float(loss))


def _log_totals(logits: Array) -> Array:
    """log(1 + sum exp) over the last axis, the picked one being the one at 0."""
    most = np.maximum(logits.max(-1, initial=0.0), 0.0)
    return np.asarray(most + np.log(np.exp(-most) + np.exp(logits - most[..., None]).sum(-1)))


def _shares(logits: Array) -> Array:
    """Softmax over the last axis together with one more at 0, which is left out of the result."""
    return np.exp(logits - _log_totals(logits)[..., None])


def _slopes(answers: Answers, prior: Prior, point: _Point) -> tuple[Array, Array]:
    """Gradient (k,) and Hessian (k, k) of the negative log posterior."""
    wins, shares = sigmoid(point.pair_logits), _shares(point.best_logits)
    gradient = (point.weights - prior.mean) / prior.variance + answers.pairs.T @ (wins - answers.targets)
    gradient += np.einsum("mr,mrk->k", shares, answers.best)
    curvature = np.eye(len(gradient)) / prior.variance
    rows = answers.pairs * np.sqrt(wins * (1 - wins))[:, None]
    curvature += rows.T @ rows  # the same array twice: numpy computes one triangle only
    if len(answers.best):
        rows = _spread_rows(answers.best, shares)
        curvature += rows.T @ rows
    return gradient, curvature


def _spread_rows(best: Array, shares: Array) -> Array:
    """Rows ((r + 1) m, k) whose squares sum to the softmax's Hessian: distances from the mean of each set, weighted."""
    means = np.einsum("mr,mrk->mk", shares, best)
    others = (best - means[:, None]) * np.sqrt(shares)[..., None]
    picked = means * np.sqrt(np.maximum(1 - shares.sum(1), 0))[:, None]
    return np.concatenate([others.reshape(-1, best.shape[2]), picked])


def _advance(answers: Answers, prior: Prior, point: _Point, step: Array, slope: float) -> tuple[_Point, float]:
    """Along `step`, halved until the loss falls as it should (Armijo); and the largest change of a logit, or of a weight."""
    pairs, best = answers.pairs @ step, answers.best @ step
    moved = max(float(np.abs(change).max(initial=0.0)) for change in (pairs, best, step))
    length = 1.0
    while length > 1e-6:
        weights = point.weights + length * step
        reached = _point(answers, prior, weights, point.pair_logits + length * pairs, point.best_logits + length * best)
        if reached.loss <= point.loss + 1e-4 * length * slope:
            return reached, moved * length
        length /= 2
    return point, 0.0  # rounding alone is left


def _most_likely(start: Array, spread: Array, targets: Array) -> tuple[Array, Array]:
    """`g = targets - softmax(start + spread @ g)` (r,) and that softmax (r,), by Newton with halved steps."""

    def residual(logits: Array) -> tuple[Array, Array]:
        shares = _shares(logits)
        return logits - start - spread @ (targets - shares), shares

    logits = start
    off, shares = residual(logits)
    for _ in range(MOST_STEPS):
        if np.abs(off).max() < TOLERANCE**2:
            break
        slope = np.eye(len(start)) + spread @ (np.diag(shares) - np.outer(shares, shares))
        step, length = np.linalg.solve(slope, off), 1.0
        tried, tried_shares = residual(logits - step)
        while np.abs(tried).max() >= np.abs(off).max() and length > 1e-6:
            length /= 2
            tried, tried_shares = residual(logits - length * step)
        logits, off, shares = logits - length * step, tried, tried_shares
    return targets - shares, shares
