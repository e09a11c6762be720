"""Which concepts set some memes apart from the library, and which would split them best."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.concepts import reading
from search.models import Concept, ConceptModel

FEWEST = 2  # of the memes: what is seen in one alone says nothing of all
SHOWN = 8
# Added to counts, so that a rare concept seen twice does not pass for certain.
PRIOR = 0.5


@dataclass(frozen=True)
class Mark:
    """A concept that `share` of the memes have, 0 to 1."""

    concept: Concept
    share: float


def setting_apart(
    model: ConceptModel, meme_ids: Sequence[int], *, without: Collection[str] = (), most: int = SHOWN
) -> list[Mark]:
    """Seen in more of these memes than chance would have: by the information that each gives about where one is from."""
    share, seen = _shares(model, meme_ids)
    usual = np.clip(reading.table(model).frequency, 1e-6, 1.0)
    gain = np.where(share > usual, share * np.log(np.maximum(share, 1e-6) / usual), 0.0)
    gain[seen < FEWEST] = 0.0
    return _named(model, gain, share, without, most)


def splitting(
    model: ConceptModel, meme_ids: Sequence[int], *, without: Collection[str] = (), most: int = 1
) -> list[Mark]:
    """Those by which these memes differ most: the variance of how active they are."""
    _, latents, values, count = reading.activations(model, meme_ids)
    if count < FEWEST:
        return []
    size = model.latents
    total, squares = np.bincount(latents, values, size), np.bincount(latents, np.square(values), size)
    variance = squares / count - np.square(total / count)
    seen = np.bincount(latents, minlength=size)
    variance[(seen < FEWEST) | (seen == count)] = 0.0
    return _named(model, variance, seen / count, without, most)


def _shares(model: ConceptModel, meme_ids: Sequence[int]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """By latent: the share of the memes that have it, a little lower than counted, and how many those are."""
    places, latents, _, count = reading.activations(model, meme_ids)
    once = np.unique(places * model.latents + latents) % model.latents  # merged ones may come twice
    seen = np.bincount(once, minlength=model.latents)
    return np.maximum(seen - PRIOR, 0.0) / (count + 2 * PRIOR), seen


def _named(
    model: ConceptModel,
    scores: npt.NDArray[np.float64],
    share: npt.NDArray[np.floating],
    without: Collection[str],
    most: int,
) -> list[Mark]:
    """The concepts with the highest scores above 0."""
    count = min(most + len(without), len(scores))
    best = np.argpartition(-scores, count - 1)[:count] if count else np.empty(0, np.int64)
    best = best[np.argsort(-scores[best])]
    wanted = [int(latent) for latent in best if scores[latent] > 0]
    found = {concept.latent: concept for concept in reading.of(model).filter(latent__in=wanted)}
    marks = [Mark(found[latent], float(share[latent])) for latent in wanted if latent in found]
    return [mark for mark in marks if mark.concept.label not in without][:most]
