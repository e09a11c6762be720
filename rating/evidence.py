"""What a taste is learned from: the standing answers of one person on one axis, as arrays of meme ids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import User
from django.db.models import Q

from rating.fours import PLACES
from rating.models import Axis, Choice, Comparison

Ids = npt.NDArray[np.int64]
Targets = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Answers that compare something, in the order in which they were given.

    `left`, `right` (n,) int64: meme ids of pairs; `targets` (n,) float64 in [0, 1]: how likely the left one wins, as said.
    `picked` (m,) int64: the best of each four, `others` (m, 3) int64: those it was picked from.
    """

    left: Ids
    right: Ids
    targets: Targets
    picked: Ids
    others: Ids

    def __len__(self) -> int:
        """How many answers; the best of four is one."""
        return len(self.targets) + len(self.picked)

    @property
    def memes(self) -> Ids:
        """The ids of all memes in it, each once, ascending."""
        return np.unique(np.concatenate([self.left, self.right, self.picked, self.others.ravel()]))


def evidence(rater: User, axis: Axis, *, is_evaluation: bool = False) -> Evidence:
    """What `rater` said on `axis`: what may be learned from, or with `is_evaluation` what was kept apart to test it.

    Skipped ones, and fours of which none was best, compare nothing and are left out. Empty for somebody without answers.
    """
    mine = Q(rater=rater, axis=axis, is_evaluation=is_evaluation)
    pairs = (
        Comparison.objects.standing().filter(mine, outcome__in=Comparison.SOFT_TARGETS).order_by("answered_at", "pk")
    )
    fours = Choice.objects.standing().filter(mine, best__gt=0).order_by("answered_at", "pk")
    compared = list(pairs.values_list("left", "right", "outcome"))
    shown = list(fours.values_list("best", *PLACES))
    ids = np.array([row[1:] for row in shown], np.int64).reshape(-1, len(PLACES))
    is_picked = np.arange(1, len(PLACES) + 1) == np.array([row[0] for row in shown], np.int64).reshape(-1, 1)
    return Evidence(
        left=np.array([left for left, _, _ in compared], np.int64),
        right=np.array([right for _, right, _ in compared], np.int64),
        targets=np.array([Comparison.SOFT_TARGETS[outcome] for _, _, outcome in compared], np.float64),
        picked=ids[is_picked],
        others=ids[~is_picked].reshape(-1, len(PLACES) - 1),
    )
