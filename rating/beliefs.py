"""What a taste believes, for the person whose it is: how well it predicts them, and what they would love and hate."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.contrib.auth.models import User

from rating import bases
from rating.bayes import from_bytes
from rating.bayes.curves import Accuracy, accuracy, are_right
from rating.evidence import evidence
from rating.models import Axis, Taste
from rating.progress import FEWEST_TESTS, milestone
from rating.terms import TasteKind
from search import retrieval
from search.models import EmbeddingSpace, Meme
from search.query import KindTerm, Query
from search.query.printer import write_value
from search.retrieval import NothingToCompare

SHOWN = 5


@dataclass(frozen=True)
class Belief:
    """On one axis. `accuracy` is None while there are too few pairs to tell; `milestone` when there is none left."""

    axis: Axis
    answers: int
    milestone: int | None
    accuracy: Accuracy | None
    loved: Sequence[Meme]
    hated: Sequence[Meme]

    @property
    def term(self) -> str:
        """As it is written in a search."""
        return f"taste:{write_value(TasteKind.key, self.axis.name)}"


def beliefs(rater: User, axes: Sequence[Axis]) -> list[Belief]:
    """Of those `axes` on which something was learned in the active space; the rest is left out."""
    known = Taste.objects.filter(owner=rater, axis__in=axes, space__state=EmbeddingSpace.State.ACTIVE)
    tastes = {taste.axis_id: taste for taste in known.filter(direction__isnull=False).select_related("space")}
    return [_belief(rater, axis, tastes[axis.pk]) for axis in axes if axis.pk in tastes]


def _belief(rater: User, axis: Axis, taste: Taste) -> Belief:
    loved, hated = (guesses(rater, axis.name, weight) for weight in (1.0, -1.0))
    return Belief(axis, taste.answers, milestone(taste.answers), accuracy_now(rater, axis, taste), loved, hated)


def guesses(
    viewer: User, value: str, weight: float, count: int = SHOWN, *, without: Collection[int] = ()
) -> list[Meme]:
    """What a taste puts first, or last with a negative `weight`, of what `viewer` may see; `value` as in a search."""
    query = Query((KindTerm(TasteKind.key.name, value, weight),))
    try:
        hits = retrieval.search(viewer, query, limit=count + len(without)).hits
    except NothingToCompare:  # it was taken back a moment ago
        return []
    return [hit.meme for hit in hits if hit.meme.derived_at and hit.meme.pk not in without][:count]


def accuracy_now(rater: User, axis: Axis, taste: Taste) -> Accuracy | None:
    """None while there are too few pairs to test it with."""
    basis = bases.of(taste.space)
    if basis is None or basis.checksum != taste.basis:
        return None
    tests = bases.answers(evidence(rater, axis, is_evaluation=True), taste.space, basis)
    is_better = tests.targets != 0.5
    logits = tests.pairs[is_better] @ from_bytes(bytes(taste.posterior), basis.size).mean
    right = int(np.sum(are_right(logits, tests.targets[is_better] > 0.5)))
    return accuracy(right, len(logits)) if len(logits) >= FEWEST_TESTS else None
