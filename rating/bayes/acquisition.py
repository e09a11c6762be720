"""Which pairs to ask next: expected predictive information gain, and other policies to compare it with.

All work on memes of a pool, given as features (memes, k), and on pairs of places in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from rating.bayes.posterior import Posterior, moderated, sigmoid

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

CANDIDATES, TARGETS, BATCH = 16_384, 400, 16
# Pairs for which the gain is followed while a batch is put together; the others had less of it to begin with.
SHORTLIST = 1024
# What counts as the predicted top, when the questions are aimed at finding the best.
TOP_SHARE = 0.2
ENSEMBLE = 16


@dataclass(frozen=True, eq=False)
class Draw:
    """Pairs of places in a pool of memes: `left` and `right` (n,)."""

    left: Places
    right: Places

    def __len__(self) -> int:
        return len(self.left)

    def differences(self, features: Array) -> Array:
        """Left less right (n, k)."""
        return np.asarray(features[self.left] - features[self.right])

    def only(self, places: Places) -> Draw:
        return Draw(self.left[places], self.right[places])


def draw_pairs(pool: int, count: int, rng: np.random.Generator) -> Draw:
    """Of different memes among `pool`, each equally likely, on either side. ValueError if there are fewer than two."""
    if pool < 2:
        raise ValueError("It takes two memes to make a pair.")
    left = rng.integers(0, pool, count)
    return Draw(left, (left + rng.integers(1, pool, count)) % pool)


def draw_targets(scores: Array, count: int, rng: np.random.Generator, *, curating: bool) -> Draw:
    """The pairs whose answers one wants to predict: random ones, half of them among the best `scores` if curating."""
    aimed = count // 2 if curating else 0
    anywhere = draw_pairs(len(scores), count - aimed, rng)
    top = np.argsort(-scores, kind="stable")[: max(2, round(TOP_SHARE * len(scores)))]
    best = draw_pairs(len(top), aimed, rng)
    return Draw(np.concatenate([anywhere.left, top[best.left]]), np.concatenate([anywhere.right, top[best.right]]))


# --- policies: larger is asked sooner ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Known:
    """What a posterior says of candidate pairs: `logits`, `variances` and `wins` (n,), the last ones moderated.

    Computed by meme, not by pair: pairs among few memes are cheap. `rows` (m, k) are those memes, `left` and `right` (n,)
    places among them.
    """

    posterior: Posterior
    rows: Array
    left: Places
    right: Places
    logits: Array
    variances: Array
    wins: Array

    @classmethod
    def of(cls, posterior: Posterior, features: Array, candidates: Draw) -> Known:
        memes, places = np.unique(np.concatenate([candidates.left, candidates.right]), return_inverse=True)
        left, right = places[: len(candidates)], places[len(candidates) :]
        rows = features[memes]
        scores = rows @ posterior.mean
        logits, variances = scores[left] - scores[right], _squares(rows, left, right, posterior.covariance)
        return cls(posterior, rows, left, right, logits, variances, moderated(logits, variances))

    def differences(self, places: Places | slice = slice(None)) -> Array:
        return np.asarray(self.rows[self.left[places]] - self.rows[self.right[places]])


def _squares(rows: Array, left: Places, right: Places, form: Array) -> Array:
    """`d @ form @ d` (n,) of each difference d between a left and a right row; `form` (k, k) symmetric, no negative squares."""
    formed = rows @ form
    own = np.einsum("mk,mk->m", formed, rows)
    return np.asarray(np.maximum(own[left] + own[right] - 2 * np.einsum("nk,nk->n", formed[left], rows[right]), 0.0))


def random_order(pairs: Known, rng: np.random.Generator) -> Array:
    return rng.random(len(pairs.wins))


def near_even(pairs: Known, rng: np.random.Generator) -> Array:
    """Uncertainty sampling: closest to one half first."""
    return -np.abs(pairs.wins - 0.5)


def gradient_norm(pairs: Known, rng: np.random.Generator) -> Array:
    """Expected length of the gradient that the answer would have (Settles and Craven 2008)."""
    return np.asarray(2 * pairs.wins * (1 - pairs.wins) * np.linalg.norm(pairs.differences(), axis=1))


def ensemble_variance(pairs: Known, rng: np.random.Generator) -> Array:
    """How much ENSEMBLE draws of the weights disagree about the probability."""
    root = np.linalg.cholesky(pairs.posterior.covariance)
    drawn = root @ rng.standard_normal((len(root), ENSEMBLE))
    return np.asarray(sigmoid(pairs.logits[:, None] + pairs.differences() @ drawn).var(1))


def bald(pairs: Known, rng: np.random.Generator) -> Array:
    """Information between answer and weights (Houlsby et al. 2011): entropy of the mean less mean of the entropies."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(16)
    wins = sigmoid(pairs.logits[:, None] + np.sqrt(pairs.variances)[:, None] * nodes)
    share = weights / weights.sum()
    return np.asarray(_entropy(wins @ share) - _entropy(wins) @ share)


def _entropy(probability: Array) -> Array:
    safe = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.asarray(-safe * np.log(safe) - (1 - safe) * np.log(1 - safe))


Policy = Callable[[Known, np.random.Generator], Array]

# By the name an answer is stored with; `epig` is put together pair by pair and stands apart.
SCORES: Final[Mapping[str, Policy]] = MappingProxyType(
    {
        "random": random_order,
        "variance": ensemble_variance,
        "bald": bald,
        "near-even": near_even,
        "gradient": gradient_norm,
    }
)
POLICIES: Final = ("epig", *SCORES)


def choose(
    policy: str,
    posterior: Posterior,
    features: Array,
    candidates: Draw,
    *,
    targets: Array,
    rng: np.random.Generator,
    count: int = BATCH,
    members: Array | None = None,
) -> Draw:
    """The `count` of `candidates` to ask next, the most telling first; all if there are fewer.

    `features` (m, k) is what the places of the candidates speak of; `targets` (t, k) are differences of pairs whose answers
    one wants to know, of the same or any other memes. Only `epig` reads them. `members` (m, e), what each network of an
    ensemble says of the same memes in logits, is read by `variance` alone, which does without if there are none.
    """
    if policy == "variance" and members is not None:
        told = disagreement(candidates, members)
    elif policy == "epig":
        return candidates.only(epig(Known.of(posterior, features, candidates), targets, count))
    else:
        told = SCORES[policy](Known.of(posterior, features, candidates), rng)
    return candidates.only(np.argsort(-told, kind="stable")[:count])


def disagreement(candidates: Draw, members: Array) -> Array:
    """Variance over the members of an ensemble of how likely the left one wins: what the original rater asked by."""
    return np.asarray(sigmoid(candidates.differences(members)).var(1))


def epig(pairs: Known, targets: Array, count: int) -> Places:
    """Places of the pairs whose answers say most about those to `targets` (t, k), each given the ones before it.

    Expected predictive information gain (Bickford Smith et al. 2023) to second order: for a pair a and a target t with
    logit covariance c, `W / (1 + W v_a) * sum_t p_t (1 - p_t) c^2`, where `W = p_a (1 - p_a)`. The sum is one quadratic form
    in a, whatever the number of targets. After each pick the covariance shrinks as if it had been answered, so that a batch
    does not ask the same thing twice.
    """
    covariance = pairs.posterior.covariance
    spread = targets @ covariance
    chances = moderated(targets @ pairs.posterior.mean, np.einsum("tk,tk->t", spread, targets))
    weighted = targets * np.sqrt(chances * (1 - chances))[:, None]
    wanted = weighted.T @ weighted
    sums = _squares(pairs.rows, pairs.left, pairs.right, covariance @ wanted @ covariance)
    certainty = pairs.wins * (1 - pairs.wins)
    gains = certainty / (1 + certainty * pairs.variances) * sums
    short = np.argsort(-gains, kind="stable")[: max(SHORTLIST, count)]
    return np.asarray(short[_greedy(pairs, short, sums[short], wanted, count)])


def _greedy(pairs: Known, short: Places, sums: Array, wanted: Array, count: int) -> Places:
    """Places in `short`, whose `sums` (s,) of squared covariances shrink with each pick; `wanted` (k, k): the targets."""
    rows, variances, certainty = pairs.differences(short), pairs.variances[short], pairs.wins[short]
    certainty = certainty * (1 - certainty)
    covariance, picked = pairs.posterior.covariance.copy(), list[int]()
    for _ in range(min(count, len(short))):
        gains = certainty / (1 + certainty * variances) * sums
        gains[picked] = -np.inf
        place = int(gains.argmax())
        picked.append(place)
        along = covariance @ rows[place]
        shrink = certainty[place] / (1 + certainty[place] * variances[place])
        reached, towards = rows @ along, wanted @ along
        sums = (
            sums - 2 * shrink * reached * (rows @ (covariance @ towards)) + (shrink * reached) ** 2 * (along @ towards)
        )
        variances = np.maximum(variances - shrink * reached**2, 0.0)
        covariance -= shrink * np.outer(along, along)
    return np.asarray(picked, dtype=np.intp)
