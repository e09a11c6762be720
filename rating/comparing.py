"""Two tastes side by side: how far they agree, and about which memes they do not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.contrib.auth.models import User

from rating import bases, samples
from rating.bayes import Posterior, from_bytes
from rating.models import Taste
from rating.samples import Array
from search import preferences
from search.filters import among
from search.models import Meme, Preference

SIZE = 1000  # memes
DRAWS = 200
SHOWN = 6
SPARE = 4  # times as many are looked at: some are gone, or not what the viewer wants to see
LOW, MIDDLE, HIGH = 0.025, 0.5, 0.975
NARROW = 0.3  # an interval around nothing that says there is nothing


@dataclass(frozen=True)
class Apart:
    """A meme, and the shares of the library, 0 to 1, that either taste likes less."""

    meme: Meme
    mine: float
    theirs: float


@dataclass(frozen=True)
class Agreement:
    """Spearman's rank correlation over `memes` of the library, -1 to 1, and the interval that holds it in 95 of 100 cases.

    That of the tastes which the answers allow, not of the two likeliest ones: those of two people who answered the same
    question alike are the same, and say little. The memes being a sample is in it too.
    """

    memes: int
    correlation: float
    low: float
    high: float
    only_mine: Sequence[Apart]
    only_theirs: Sequence[Apart]

    @property
    def word(self) -> str:
        """For people; careful while the interval holds nothing at all."""
        if self.low <= 0 <= self.high:
            return "Unrelated" if self.high - self.low < NARROW else "Too early to tell"
        bounds = ((0.6, "Much alike"), (0.25, "Somewhat alike"), (0.0, "A little alike"), (-0.25, "A little opposed"))
        return next((word for bound, word in bounds if self.correlation > bound), "Opposed")


def compare(viewer: User, mine: Taste, theirs: Taste) -> Agreement | None:
    """Of memes that everybody may see; None while there are too few, or one of the tastes is of other coordinates."""
    basis = bases.of(mine.space)
    if basis is None or not mine.basis == theirs.basis == basis.checksum or mine.space_id != theirs.space_id:
        return None
    ids, vectors = samples.vectors(mine.space, samples.of_library(viewer, SIZE))
    if len(ids) < 3:
        return None
    features = basis.project(vectors)
    posteriors = {taste.pk: from_bytes(bytes(taste.posterior), basis.size) for taste in (mine, theirs)}
    in_order = [posteriors[pk] for pk in sorted(posteriors)]  # both people are told the same numbers
    low, correlation, high = np.quantile(_drawn(in_order, features), (LOW, MIDDLE, HIGH))
    shares = [_ranks(features @ posteriors[taste.pk].mean) / (len(ids) - 1) for taste in (mine, theirs)]
    further = shares[0] - shares[1]
    shown = {int(ids[place]): (float(shares[0][place]), float(shares[1][place])) for place in range(len(ids))}
    return Agreement(
        len(ids), float(correlation), float(low), float(high),
        _apart(viewer, ids[np.argsort(-further, kind="stable")].tolist(), shown, 1),
        _apart(viewer, ids[np.argsort(further, kind="stable")].tolist(), shown, -1),
    )  # fmt: skip


def _apart(viewer: User, best: Sequence[int], shares: dict[int, tuple[float, float]], sign: int) -> list[Apart]:
    """Those that one likes better than most and the other does not."""
    found = [pk for pk in best if sign * (shares[pk][0] - 0.5) > 0 > sign * (shares[pk][1] - 0.5)][: SPARE * SHOWN]
    memes = Meme.objects.visible_to(viewer).filter(among(found)).defer("text_boxes", "words")
    if preferences.of(viewer).nsfw == Preference.Nsfw.HIDE:
        memes = memes.filter(is_nsfw=False)
    by_id = memes.in_bulk()
    return [Apart(by_id[pk], *shares[pk]) for pk in found if pk in by_id][:SHOWN]


def _ranks(scores: Array) -> Array:
    """(..., n) -> (..., n): 0 for the smallest. Scores of different memes are never the same."""
    return scores.argsort(-1).argsort(-1).astype(np.float64)


def _correlation(one: Array, other: Array) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def _drawn(posteriors: Sequence[Posterior], features: Array) -> Array:
    """(DRAWS,): the correlations of tastes that the answers allow, each on memes drawn again."""
    dice = np.random.default_rng(0)  # the same two tastes agree the same at each look
    one, other = (_weights(posterior, dice) @ features.T for posterior in posteriors)
    again = dice.integers(len(features), size=one.shape)
    ranks = (_ranks(np.take_along_axis(scores, again, axis=1)) for scores in (one, other))
    return np.array([_correlation(*rows) for rows in zip(*ranks, strict=True)])


def _weights(posterior: Posterior, dice: np.random.Generator) -> Array:
    """(DRAWS, k)."""
    values, directions = np.linalg.eigh(posterior.covariance)
    spread = directions * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(posterior.mean + dice.normal(size=(DRAWS, len(values))) @ spread.T)
