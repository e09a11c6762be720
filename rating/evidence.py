"""What a taste is learned from, the standing answers of one person on one axis; and which taste they speak for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import User
from django.db.models import Q

from rating.models import PLACES, Axis, Choice, Comparison, DeepAxis, Taste
from search.models import EmbeddingSpace

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


def evidence(rater: User, axis: Axis, *, is_evaluation: bool = False, since: datetime | None = None) -> Evidence:
    """What `rater` said on `axis`, all of it or what was said `since` then: what may be learned from, or with `is_evaluation`
    what was kept apart to test it.

    Skipped ones, and fours of which none was best, compare nothing and are left out. Empty for somebody without answers.
    """
    mine = Q(rater=rater, axis=axis, is_evaluation=is_evaluation)
    if since is not None:
        mine &= Q(answered_at__gt=since)
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


@dataclass(frozen=True)
class Chosen:
    """What was learned of one person, or of everybody, on one axis in one space: `linear` a direction, `deep` by networks."""

    linear: Taste | None
    deep: DeepAxis | None  # the newest version that does not wait

    @property
    def uses_deep(self) -> bool:
        """Whether rankings follow the networks: on memes unseen they were better than the direction, beyond chance."""
        if self.deep is None or self.linear is None or self.linear.direction is None:
            return False
        return self.deep.is_better and self.deep.taste.basis == self.linear.basis


def chosen(owner: User | None, axis: Axis, space: EmbeddingSpace) -> Chosen:
    """Both tastes of `owner`, None being everybody, and by which of them is ranked. What cannot be used is not there."""
    linear = Taste.objects.filter(owner=owner, axis=axis, space=space).defer("posterior", "prior_mean").first()
    versions = DeepAxis.objects.filter(taste__owner=owner, taste__space=space, axis=axis)
    versions = versions.filter(taste__fault="", taste__waits_because="")
    usable = versions.exclude(taste__trained_at=None).select_related("taste")
    return Chosen(linear, None if owner is None else usable.order_by("-taste__version").first())
