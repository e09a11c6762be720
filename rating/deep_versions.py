"""Which version of a deep taste rankings follow: a new one unless it is worse than the last, or the one that somebody chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.db.models import QuerySet

from rating import deep, nudging
from rating.deep import Array, BadDeepTaste
from rating.ensemble import metrics
from rating.ensemble.metrics import Interval
from rating.ensemble.networks import Networks
from rating.evidence import Evidence, evidence
from rating.lessons import Lesson, Lessons
from rating.models import DeepAxis, DeepTaste
from search.models import EmbeddingSpace

FEWEST_TESTED = 50  # fewer say nothing of the noise either


class NotActivated(Exception):
    """Why rankings cannot follow a version, as people read it."""


@dataclass(frozen=True)
class Against:
    """A new version beside `version`, which rankings followed until then, on `tested` answers given since that was trained:
    by how many nats the new one is better, None with too few to tell."""

    version: int
    tested: int
    gain: Interval | None

    @property
    def reason(self) -> str:
        """Why the new one waits; empty when it does not: it is not worse beyond its noise, or there is too little to tell."""
        if self.gain is None or self.gain.high >= 0:
            return ""
        return (
            f"On {self.tested} answers given since version {self.version} was trained it predicts worse than that, by "
            f"{-self.gain.high:.3f} to {-self.gain.low:.3f} nats."
        )


def followed(taste: DeepTaste) -> DeepTaste | None:
    """The version that rankings follow, of the same person in the same space; `taste` may be another one, or the same."""
    return _kept(taste).filter(fault="", waits_because="").order_by("-version").first()


def _kept(taste: DeepTaste) -> QuerySet[DeepTaste]:
    return DeepTaste.objects.filter(owner=taste.owner_id, space=taste.space_id).exclude(trained_at=None)


def against(taste: DeepTaste, said: Lessons, wins: Sequence[Array]) -> Against | None:
    """`taste` is about to be kept; `wins`, for each lesson (n,), is what networks that never saw its memes said, NaN where
    nothing was. Both at their best scale on each axis.

    The new one is asked without two thirds of what it learned from, so it errs towards waiting. None if there is no version to
    compare with, it cannot be asked, or it is to go because somebody who taught it did.
    """
    older = followed(taste)
    if older is None or older.is_outdated or older.basis != taste.basis:
        return None
    try:
        known = deep.networks(older)
    except (BadDeepTaste, OSError):
        return None
    parts = [_predicted(older, known, said, *one) for one in zip(said.by_axis, wins, strict=True)]
    new, old, targets, memes = (np.concatenate(rows) for rows in zip(*parts, strict=True))
    gain = metrics.gain(new, old, targets, memes) if len(targets) >= FEWEST_TESTED else None
    return Against(older.version, len(targets), gain)


def _predicted(
    older: DeepTaste, known: Networks, said: Lessons, lesson: Lesson, wins: Array
) -> tuple[Array, Array, Array, npt.NDArray[np.intp]]:
    """Of the answers of one axis that are new to `older`: what both say and what was answered, (n,), and the memes, (n, 2)."""
    axis = str(lesson.axis.pk)
    tested = ~np.isnan(wins) & _is_since(older, said, lesson) & (axis in known.config.axes)
    left, right, targets = lesson.left[tested], lesson.right[tested], lesson.targets[tested]
    memes = np.stack([left, right], axis=1)
    if not len(targets):
        return targets, targets, targets, memes
    scores = known.scores(said.features)[:, known.config.axes.index(axis)]
    old = 0.5 * (1 + np.tanh(0.5 * (scores[left] - scores[right])))
    return metrics.at_best_scale(wins[tested], targets), metrics.at_best_scale(old, targets), targets, memes


def _is_since(older: DeepTaste, said: Lessons, lesson: Lesson) -> npt.NDArray[np.bool_]:
    """(n,): which answers were given after `older` was trained."""
    new = {
        pair
        for is_test in (False, True)
        for pair in _pairs(evidence(older.owner, lesson.axis, is_evaluation=is_test, since=older.trained_at))
    }
    shown = zip(said.memes[lesson.left].tolist(), said.memes[lesson.right].tolist(), strict=True)
    return np.array([pair in new for pair in shown], bool)


def _pairs(said: Evidence) -> set[tuple[int, int]]:
    """As they were shown; the best of four before each of the others."""
    fours = zip(np.repeat(said.picked, said.others.shape[1]).tolist(), said.others.ravel().tolist(), strict=True)
    return {*zip(said.left.tolist(), said.right.tolist(), strict=True), *fours}


def activate(taste: DeepTaste) -> None:
    """Let rankings follow this version, on all its axes, once all memes are scored by it; newer ones wait from then on.

    Repeated, nothing changes. Raises NotActivated for one that cannot be used, or is gone.
    """
    with transaction.atomic():
        rows = {
            one.pk: one for one in _kept(taste).select_for_update(of=("self",)).select_related("space").order_by("pk")
        }
        found = rows.get(taste.pk)
        if found is None:
            raise NotActivated("This version is no longer kept.")
        if found.space.state == EmbeddingSpace.State.RETIRED:
            raise NotActivated("It was learned in a space that is retired.")
        if found.fault or found.is_outdated:
            raise NotActivated(found.fault or "Somebody who taught it is gone: it is about to be learned anew.")
        before = followed(found)
        if before == found:
            return
        because = f"Version {found.version} was chosen instead."
        _kept(found).filter(version__gt=found.version).update(waits_because=because)
        DeepTaste.objects.filter(pk=found.pk).update(waits_because="")
        DeepAxis.objects.filter(taste=found).update(is_scored=False)  # its scores went when another one's were made
    nudging.nudge("score_memes", expires_s=60)
