"""Tastes that no direction has, and people with enough answers for networks."""

import random

import numpy as np
from django.contrib.auth.models import User
from django.utils import timezone

from rating import bases, deep_learning
from rating.ensemble.train import Schedule
from rating.evidence import chosen
from rating.models import Axis, Comparison, DeepAxis
from search.models import Embedding, EmbeddingSpace
from tests.rating.tasting import outcome

QUICK = Schedule(rate=5e-3, most_epochs=4)


def bent(space: EmbeddingSpace) -> dict[int, float]:
    """Likes what lies on the same side along both of the first two components, or on neither: a score for each meme."""
    basis = bases.of(space)
    assert basis is not None
    memes = np.array(Embedding.objects.filter(space=space).values_list("meme", flat=True))
    ids, features = bases.features_of(memes, space, basis)
    sides = np.sign(features[:, :2] - np.median(features[:, :2], axis=0)).prod(1)
    return dict(zip(ids.tolist(), (1.5 * sides).tolist(), strict=True))


def answer(rater: User, axis: Axis, liked: dict[int, float], count: int, *, seed: int = 5, noise: float = 0.0) -> None:
    """Answers to random pairs that nobody asked and that were not answered before, not learned yet."""
    dice, memes, now = random.Random(seed), sorted(liked), timezone.now()
    before = set(Comparison.objects.filter(rater=rater, axis=axis).values_list("left", "right"))
    pairs = sorted({tuple(sorted(dice.sample(memes, 2))) for _ in range(4 * count)} - before)
    Comparison.objects.bulk_create(
        Comparison(
            rater=rater, axis=axis, left_id=left, right_id=right, answered_at=now, policy="random",
            outcome=outcome(liked[left] - liked[right] + dice.gauss(0, noise)),
        )
        for left, right in dice.sample(pairs, count)
    )  # fmt: skip


def trained(rater: User, axis: Axis, space: EmbeddingSpace, *, is_better: bool = True) -> DeepAxis:
    """The newest version, trained now, and taken for the better one whatever the evidence says."""
    assert deep_learning.train_next(QUICK)
    DeepAxis.objects.filter(taste__owner=rater, axis=axis).update(is_better=is_better)
    found = chosen(rater, axis, space).deep
    assert found is not None
    return found
