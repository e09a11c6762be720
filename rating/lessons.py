"""All that one person said on all axes, as places among memes with features: what networks learn from together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import User

from rating import bases
from rating.bayes import SOFT_TARGETS, Answers, Basis
from rating.ensemble import split
from rating.evidence import Evidence, Ids, evidence
from rating.models import Axis
from search.filters import among
from search.models import EmbeddingSpace, Meme

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

# Who picked the best of four said of three pairs as much as anybody can say of one.
PICKED = SOFT_TARGETS["much_left"]


@dataclass(frozen=True, eq=False)
class Lesson:
    """What was said on one axis: `left` and `right` (n,) places among the memes, `targets` (n,), of the best of four three
    each. The first `learned` of them may be learned from, the others were kept apart. `said`: the same, as it was said, in
    places."""

    axis: Axis
    left: Places
    right: Places
    targets: Array
    learned: int
    said: Evidence

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, eq=False)
class Lessons:
    """`memes` (memes,) ids, ascending, `features` (memes, k) and `folds` (memes,), the part that each is in; axes on which
    nothing was said are left out."""

    memes: Ids
    features: Array
    folds: Places
    by_axis: list[Lesson]

    @property
    def answers(self) -> int:
        """That may be learned from."""
        return sum(len(lesson.said) for lesson in self.by_axis)


def gather(rater: User, space: EmbeddingSpace, basis: Basis, folds: int) -> Lessons:
    """Memes that have no vector in `space`, or are gone, are left out with what was said of them."""
    found = [(axis, evidence(rater, axis), evidence(rater, axis, is_evaluation=True)) for axis in Axis.objects.in_use()]
    memes = np.unique(np.concatenate([np.zeros(0, np.int64), *(said.memes for _, *both in found for said in both)]))
    ids, features = bases.features_of(memes, space, basis)
    lessons = [_lesson(axis, _placed(said, ids), _placed(kept, ids)) for axis, said, kept in found]
    return Lessons(ids, features, parts(ids, folds), [lesson for lesson in lessons if len(lesson)])


def parts(meme_ids: Ids, folds: int) -> Places:
    """Which part of the library each of the memes (n,) is in, whatever is learned. Those that are gone are in part 0."""
    sha256 = dict(Meme.objects.filter(among(meme_ids.tolist())).values_list("pk", "sha256"))
    return np.array([split.fold(sha256[meme], folds) if meme in sha256 else 0 for meme in meme_ids.tolist()], np.intp)


def _placed(said: Evidence, ids: Ids) -> Evidence:
    """With places in `ids`, ascending, for ids, without what speaks of others."""
    pairs = np.isin(said.left, ids) & np.isin(said.right, ids)
    fours = np.isin(said.picked, ids) & np.isin(said.others, ids).all(1)
    left, right, picked, others = (
        np.searchsorted(ids, part)
        for part in (said.left[pairs], said.right[pairs], said.picked[fours], said.others[fours])
    )
    return Evidence(left, right, said.targets[pairs], picked, others)


def _lesson(axis: Axis, said: Evidence, kept: Evidence) -> Lesson:
    left, right, targets = (np.concatenate(parts) for parts in zip(_pairs(said), _pairs(kept), strict=True))
    return Lesson(axis, left, right, targets, len(_pairs(said)[0]), said)


def _pairs(said: Evidence) -> tuple[Places, Places, Array]:
    each = said.others.shape[1]
    return (
        np.concatenate([said.left, np.repeat(said.picked, each)]),
        np.concatenate([said.right, said.others.ravel()]),
        np.concatenate([said.targets, np.full(said.others.size, PICKED)]),
    )


def answers(said: Evidence, features: Array, without: npt.NDArray[np.bool_]) -> Answers:
    """For a taste that is a direction: what was said, in places, but nothing of the memes `without` (memes,)."""
    pairs = ~(without[said.left] | without[said.right])
    fours = ~(without[said.picked] | without[said.others].any(1))
    picked, others = said.picked[fours], said.others[fours]
    return Answers(
        features.shape[1],
        features[said.left[pairs]] - features[said.right[pairs]],
        said.targets[pairs],
        features[others] - features[picked][:, None],
    )
