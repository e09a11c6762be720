"""What somebody answered, as the arrays that a taste is learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# How likely the left meme wins, said by an answer. The more it was preferred, the further from one half.
SOFT_TARGETS: Final[dict[str, float]] = {
    "much_left": 0.9,
    "left": 0.7,
    "tie": 0.5,
    "right": 0.3,
    "much_right": 0.1,
}


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers of one person on one axis, in features of `size` k, all float64.

    `pairs` (n, k): features of the left meme less those of the right one; `targets` (n,) in [0, 1]: how likely the left one
    wins. `best` (m, r, k): where one of r + 1 memes was picked, features of each other one less those of the picked one.
    Raises ValueError for shapes that do not belong together, for numbers that are not finite, and for targets that are no
    probabilities.
    """

    size: int
    pairs: Array = field(default_factory=lambda: np.zeros((0, 0)))
    targets: Array = field(default_factory=lambda: np.zeros(0))
    best: Array = field(default_factory=lambda: np.zeros((0, 0, 0)))

    def __post_init__(self) -> None:
        for name in ("pairs", "targets", "best"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float64))
        if not self.pairs.size:
            object.__setattr__(self, "pairs", np.zeros((len(self.targets), self.size)))
        if not self.best.size:
            object.__setattr__(self, "best", np.zeros((0, 1, self.size)))
        self._check()

    def _check(self) -> None:
        if self.pairs.shape != (len(self.targets), self.size) or self.best.ndim != 3 or self.best.shape[2] != self.size:
            raise ValueError(
                f"Answers in {self.size} features do not fit pairs {self.pairs.shape}, targets {self.targets.shape} and "
                f"best {self.best.shape}."
            )
        if not (np.isfinite(self.pairs).all() and np.isfinite(self.best).all()):
            raise ValueError("Features hold numbers that are not finite.")
        if not ((self.targets >= 0) & (self.targets <= 1)).all():
            raise ValueError("Targets are probabilities, from 0 to 1.")

    def __len__(self) -> int:
        """How many answers there are; picking the best of several is one."""
        return len(self.pairs) + len(self.best)


def gather(parts: Sequence[Answers]) -> Answers:
    """All answers of `parts` as one; they have the same features and pick the best of equally many."""
    if not parts:
        raise ValueError("There are no answers to gather, not even an empty set of them.")
    picks = [part.best for part in parts if len(part.best)] or [parts[0].best]
    return Answers(
        parts[0].size,
        np.concatenate([part.pairs for part in parts]),
        np.concatenate([part.targets for part in parts]),
        np.concatenate(picks),
    )
