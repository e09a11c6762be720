"""Planted tastes in tests: a small library whose vectors are known, and people who answer by a direction."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import User
from django.utils import timezone

from rating import bases, comparisons, tastes
from rating.models import Axis, Comparison, PairCandidate, Taste
from search import spaces
from search.models import Embedding, EmbeddingSpace
from search.vectors import to_array
from tests.rating.answering import sent, take
from tests.search.asking import rows

Array = npt.NDArray[np.float64]
Commits = Callable[..., AbstractContextManager[Any]]  # pytest-django's django_capture_on_commit_callbacks

SPREADS = 1 / np.arange(1, 25)  # of the directions in which memes differ: as in real spaces few say most


def library(count: int = 120, seed: int = 3) -> EmbeddingSpace:
    """Memes with vectors in the space `lite`, and a basis."""
    return _filled(spaces.ensure("lite"), count, seed)


def small_library(count: int = 120, seed: int = 3) -> EmbeddingSpace:
    """The same where nobody searches by words: in so few dimensions its basis is learned a hundred times as fast."""
    facts = {"dims": 32, "reads_text": True, "state": EmbeddingSpace.State.ACTIVE}
    space = EmbeddingSpace.objects.create(name="lite", revision="small", **facts)
    return _filled(space, count, seed)


def _filled(space: EmbeddingSpace, count: int, seed: int) -> EmbeddingSpace:
    dice = np.random.default_rng(seed)
    axes = np.linalg.qr(dice.normal(size=(space.dims, len(SPREADS) + 1)))[0].T
    vectors = axes[0] + (dice.normal(size=(count, len(SPREADS))) * SPREADS) @ axes[1:]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    memes = rows(count, derived_at=timezone.now())
    Embedding.objects.bulk_create(
        Embedding(space=space, meme=meme, vector=vector) for meme, vector in zip(memes, vectors, strict=True)
    )
    assert bases.learn(space)
    return space


def scores(space: EmbeddingSpace, seed: int = 4) -> dict[int, float]:
    """What somebody likes: a score for each meme, along one direction of the library, spread 1."""
    found = dict(Embedding.objects.filter(space=space).order_by("meme").values_list("meme", "vector"))
    vectors = np.stack([to_array(vector) for vector in found.values()]).astype(np.float64)
    centred = vectors - vectors.mean(0)
    main = np.linalg.svd(centred, full_matrices=False)[2][:6]
    liked = centred @ (np.random.default_rng(seed).normal(size=6) @ main)
    return dict(zip(found, (liked / liked.std()).tolist(), strict=True))


def outcome(difference: float) -> str:
    """Of five answers the one that says it: `difference` is left less right."""
    names = ("much_right", "right", "tie", "left", "much_left")
    return names[int(np.digitize(difference, (-1.5, -0.2, 0.2, 1.5)))]


def say(rater: User, axis: Axis, liked: dict[int, float], count: int, commits: Commits) -> None:
    """Answer `count` pairs as somebody with these scores would, each learned when it is kept; none is a test."""
    while count > 0:
        for pair in take(rater, min(8, count)):
            PairCandidate.objects.filter(pk=pair.pk).update(is_evaluation=False)
            with commits(execute=True):
                said = outcome(liked[pair.left_id] - liked[pair.right_id])
                comparisons.answer(rater, pair.token, {axis.pk: said}, sent())
            count -= 1


def tell(rater: User, axis: Axis, liked: dict[int, float], count: int, seed: int = 5) -> Taste:
    """The same as `say` in a fraction of the time: answers to random pairs that nobody asked, learned at once."""
    dice, memes, now = random.Random(seed), sorted(liked), timezone.now()
    pairs = {tuple(sorted(dice.sample(memes, 2))) for _ in range(2 * count)}
    Comparison.objects.bulk_create(
        Comparison(
            rater=rater, axis=axis, left_id=left, right_id=right, answered_at=now, policy="random",
            outcome=outcome(liked[left] - liked[right]),
        )
        for left, right in sorted(pairs)[:count]
    )  # fmt: skip
    taste = tastes.learn(rater, axis)
    assert taste is not None
    return taste
