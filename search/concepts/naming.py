"""Which word fits a direction best, and whether it fits well enough to be its name."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

# Standard deviations above what other words have with a concept, and other concepts with a word. Of four thousand words that
# mean nothing to it, the best has 3.5.
LEAST_MATCH = 4.0
LEAST_MARGIN = 0.1  # of these, above the best word that shares no part with the first
CHUNK = 2048  # concepts


@dataclass(frozen=True)
class Fit:
    """The best word for one concept, `match` in standard deviations, `margin` how much better than another word."""

    name: str
    match: float
    margin: float

    @property
    def is_good(self) -> bool:
        return self.match >= LEAST_MATCH and self.margin >= LEAST_MARGIN


def fit(directions: Array, names: Sequence[str], words: Array) -> list[Fit]:
    """directions (n, dims) and words (m, dims), of unit norm; a `Fit` for each direction, without a name where m is 0.

    What all words have in common, and what a word has with all concepts, is taken off: encoders give it to everything.
    """
    if not names:
        return [Fit("", 0.0, 0.0)] * len(directions)
    centred = words - words.mean(axis=0)
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
    usual = directions.mean(axis=0) @ centred.T
    found: list[Fit] = []
    for start in range(0, len(directions), CHUNK):
        scores = directions[start : start + CHUNK] @ centred.T - usual
        spread = np.maximum(scores.std(axis=1, keepdims=True), 1e-6)
        found += [_best(row, names) for row in (scores - scores.mean(axis=1, keepdims=True)) / spread]
    return found


def _best(scores: Array, names: Sequence[str]) -> Fit:
    order = np.argsort(-scores)[:50]
    first = int(order[0])
    others = (float(scores[place]) for place in order[1:] if not _overlap(names[first], names[place]))
    second = next(others, float(scores[order[-1]]))
    return Fit(names[first], float(scores[first]), float(scores[first]) - second)


def _overlap(one: str, other: str) -> bool:
    """“cat” and “cats”, “grumpy cat”: another form of the same is no rival."""
    return any(ours.startswith(theirs) or theirs.startswith(ours) for ours in one.split() for theirs in other.split())


def labels(fits: Sequence[Fit], latents: Sequence[int], taken: Iterable[str] = ()) -> list[str]:
    """A label for each, none twice: its name if that is good, with a number for whom it fits less well; else its number."""
    used = set(taken)
    found = [""] * len(fits)
    for place in sorted(range(len(fits)), key=lambda place: -fits[place].match):
        name = fits[place].name if fits[place].is_good else f"unnamed-{latents[place]}"
        found[place] = unique(name, used)
        used.add(found[place])
    return found


def unique(name: str, used: Set[str]) -> str:
    """`name`, or with the first number from 2 on that is free."""
    label, number = name, 1
    while label in used:
        number += 1
        label = f"{name}-{number}"
    return label
