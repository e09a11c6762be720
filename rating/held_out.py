"""What tastes say of memes that they never learned from, beside what people said of these: by this they are measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import User

from rating import bases, deep, deep_reports, lessons, samples
from rating.bayes import Basis, from_bytes
from rating.deep_reports import Instant
from rating.ensemble.split import FOLDS
from rating.evidence import Ids
from rating.lessons import Lessons
from rating.models import PLACES, Axis, Choice, Comparison, DeepAxis, Taste, Verdict
from rating.scores import Standing, standing

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class NotMeasurable(Exception):
    """Why nothing can be said of a taste, as people read it."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Memes that are good, or not, and where a taste that never saw them puts them.

    All (n,): `scores` in standard deviations above the library's mean, `percentiles` of the library, 0 to 100. `left_out`:
    how many were judged too, but taught the taste or have no vector.
    """

    scores: Array
    percentiles: Array
    good: Mask
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.scores)


@dataclass(frozen=True, eq=False)
class Answered:
    """Comparisons (n,) of memes that a taste never saw: its chance that the left one wins, and what was answered, 0 to 1."""

    wins: Array
    targets: Array

    def __len__(self) -> int:
        return len(self.wins)


class Examinee(Protocol):
    """A taste, or a version of one, that can be asked about what it never saw."""

    def standings(self, meme_ids: Sequence[int]) -> list[Standing]:
        """Of those of the memes that have a vector and taught it nothing, in the order given."""
        ...

    def answered(self) -> Answered:
        """What was compared, of memes both of which taught it nothing."""
        ...


@dataclass(frozen=True, eq=False)
class Direction:
    """The taste that is a direction. Of each third of the library speaks the one that was learned without its memes."""

    viewer: User
    taste: Taste
    basis: Basis
    said: Lessons
    instant: Instant | None  # None: nothing that was compared is left

    def standings(self, meme_ids: Sequence[int]) -> list[Standing]:
        ids, features = bases.features_of(np.asarray(meme_ids, np.int64), self.taste.space, self.basis)
        sample = np.asarray(samples.of_library(self.viewer), np.int64)
        library = bases.features_of(sample, self.taste.space, self.basis)[1]
        if not len(ids) or not len(library):
            return []
        places, found = lessons.parts(ids, FOLDS), dict[int, Standing]()
        for part in np.unique(places).tolist():
            inside, mean = places == part, self._without(part)
            found |= _placed(ids[inside], features[inside] @ mean, np.sort(library @ mean))
        return [found[meme] for meme in meme_ids if meme in found]

    def _without(self, part: int) -> Array:
        """Of a part in which nothing was compared, everything may speak."""
        if self.instant is None or part not in self.instant.without:
            return from_bytes(bytes(self.taste.posterior), self.basis.size).mean
        return self.instant.without[part].mean

    def answered(self) -> Answered:
        if self.instant is None:
            return Answered(np.zeros(0), np.zeros(0))
        wins = deep_reports.unseen(self.said, self.instant)
        is_tested = ~np.isnan(wins)
        return Answered(wins[is_tested], self.instant.lesson.targets[is_tested])


def _placed(ids: Ids, said: Array, library: Array) -> dict[int, Standing]:
    """`library` ascends."""
    spread = float(library.std()) or 1.0
    scores = (said - library.mean()) / spread
    # What is in the library beats all but itself, though sums in another order end in other digits.
    shares = 100 * np.searchsorted(library, said - 1e-9 * spread) / len(library)
    rows = zip(ids.tolist(), scores.tolist(), shares.tolist(), strict=True)
    return {meme: Standing(meme, score, share) for meme, score, share in rows}


@dataclass(frozen=True, eq=False)
class Version:
    """A version of the networks: asked about memes of which nothing had been said when its training began."""

    viewer: User
    axis: DeepAxis
    taught: frozenset[int]

    def standings(self, meme_ids: Sequence[int]) -> list[Standing]:
        return standing(self.viewer, self.axis, [meme for meme in meme_ids if meme not in self.taught])

    def answered(self) -> Answered:
        known, basis = deep.usable(self.axis), bases.of(self.axis.taste.space)
        nothing = Answered(np.zeros(0), np.zeros(0))
        if known is None or basis is None or basis.checksum != known.config.basis:
            return nothing
        said = lessons.gather(self.axis.taste.owner, self.axis.taste.space, basis, FOLDS)
        lesson = next((one for one in said.by_axis if one.axis == self.axis.axis), None)
        if lesson is None:
            return nothing
        is_new = ~np.isin(said.memes, list(self.taught))
        is_tested = is_new[lesson.left] & is_new[lesson.right]
        scores = known.scores(said.features)[:, known.config.axes.index(str(self.axis.axis_id))]
        differences = (scores[lesson.left] - scores[lesson.right])[is_tested]
        return Answered(0.5 * (1 + np.tanh(0.5 * differences)), lesson.targets[is_tested])


def direction(viewer: User, taste: Taste) -> Direction:
    """Of a person's taste in the space that search uses. Raises NotMeasurable while it is learned anew."""
    basis = bases.of(taste.space)
    if taste.owner is None or basis is None or basis.checksum != taste.basis:
        raise NotMeasurable("This taste is being learned anew: look again in a minute.")
    said = lessons.gather(taste.owner, taste.space, basis, FOLDS)
    lesson = next((one for one in said.by_axis if one.axis == taste.axis), None)
    found = None if lesson is None else deep_reports.instant(taste, said, lesson, basis)
    return Direction(viewer, taste, basis, said, found)


def version(viewer: User, axis: DeepAxis) -> Version:
    """Raises NotMeasurable for one that cannot be used: its space is retired, its files are gone."""
    if axis.taste.space.state == axis.taste.space.State.RETIRED:
        raise NotMeasurable("This version was learned in a space that is retired: it can no longer be asked.")
    if deep.usable(axis) is None:
        raise NotMeasurable("The files of this version cannot be read: it cannot be asked.")
    return Version(viewer, axis, frozenset(taught(axis)))


def taught(axis: DeepAxis) -> set[int]:
    """The memes about which `axis`'s owner had said anything on any axis before it was trained, even if it was taken back."""
    mine = {"rater": axis.taste.owner_id, "answered_at__lte": axis.taste.trained_at}
    pairs = Comparison.objects.filter(**mine).values_list("left", "right")
    fours = Choice.objects.filter(**mine).values_list(*PLACES)
    return {meme for rows in (pairs, fours) for row in rows for meme in row}


def judged(examinee: Examinee, good: dict[int, bool]) -> Judged:
    """By what is `good`, by meme."""
    found = examinee.standings(list(good))
    return Judged(
        np.array([one.score for one in found]),
        np.array([one.percentile for one in found]),
        np.array([good[one.meme_id] for one in found], bool),
        len(good) - len(found),
    )


def verdicts(viewer: User, owner: User, axis: Axis) -> dict[int, bool]:
    """What was kept (True) or rejected in queues of `viewer` that go by this taste: the last word on each meme."""
    fed = {"item__queue__axis": axis, "item__queue__taste_of": owner, "item__queue__is_by_everyone": False}
    decided = Verdict.objects.standing().visible_to(viewer).filter(**fed).exclude(outcome=Verdict.Outcome.SKIP)
    rows: Iterable[tuple[int, str]] = decided.order_by("decided_at", "pk").values_list("item__meme", "outcome")
    return {meme: outcome == Verdict.Outcome.KEEP for meme, outcome in rows}
