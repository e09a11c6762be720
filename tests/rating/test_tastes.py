"""Tastes follow answers."""

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User

from rating import bases, comparisons, nudging, tastes
from rating.bayes import Posterior, fit, from_bytes
from rating.evidence import evidence
from rating.models import Axis, Comparison, Taste, TasteBasis
from search.models import Embedding, EmbeddingSpace
from search.vectors import Vector, to_array
from tests.rating.answering import sent, take
from tests.rating.tasting import Commits, library, say, scores, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return library()


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Any) -> Commits:
    return django_capture_on_commit_callbacks  # type: ignore[no-any-return]  # pytest-django does not say


def learned(rater: User, axis: Axis, space: EmbeddingSpace) -> Vector:
    found = tastes.direction(rater, axis, space)
    assert found is not None
    return found


def updates(rater: User, space: EmbeddingSpace) -> int:
    basis = bases.of(space)
    assert basis is not None
    return from_bytes(bytes(Taste.objects.get(owner=rater).posterior), basis.size).updates


def accuracy(direction: Vector, liked: dict[int, float], rater: User, axis: Axis, space: EmbeddingSpace) -> float:
    """Over all pairs of memes that `rater` was not asked about."""
    seen = set(evidence(rater, axis).memes.tolist())
    rows = Embedding.objects.filter(space=space).exclude(meme__in=seen).values_list("meme", "vector")
    found = {meme: float(to_array(vector) @ direction) for meme, vector in rows}
    assert len(found) > 30
    return float(np.mean([(found[a] > found[b]) == (liked[a] > liked[b]) for a, b in combinations(found, 2)]))


def test_a_planted_taste_is_learned_from_forty_answers(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    liked = scores(space)
    say(alice, axes[0], liked, 40, commits)
    direction = learned(alice, axes[0], space)
    assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-3)
    assert accuracy(direction, liked, alice, axes[0], space) >= 0.7  # chance is .5
    assert tastes.direction(alice, axes[1], space) is None


def test_updates_answer_by_answer_end_at_the_exact_fit(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    say(alice, axes[0], scores(space), 32, commits)
    basis = bases.of(space)
    assert basis is not None
    taste = Taste.objects.get(owner=alice, axis=axes[0])
    kept = from_bytes(bytes(taste.posterior), basis.size)
    exact = fit(bases.answers(evidence(alice, axes[0]), space, basis), tastes.prior_of(taste, basis))
    # Which pairs came is chance; one at a time leaves a few hundredths.
    assert np.abs(kept.mean - exact.mean).max() < 0.1 * np.abs(exact.mean).max()


def test_an_undone_answer_was_never_learned(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    liked = scores(space)
    say(alice, axes[0], liked, 16, commits)
    Taste.objects.all().delete()
    before = tastes.learn(alice, axes[0])
    assert before is not None
    say(alice, axes[0], liked, 1, commits)
    assert Taste.objects.get(owner=alice).learned_from != before.learned_from
    with commits(execute=True):
        comparisons.undo(alice)
    after = Taste.objects.get(owner=alice)
    assert (after.learned_from, bytes(after.posterior)) == (before.learned_from, before.posterior)


def test_exact_fits_become_rarer_with_more_answers() -> None:
    fitted = Posterior(np.zeros(2), np.eye(2))
    first_due = [
        next(count for count in range(1, 99) if tastes.is_due(replace(fitted, updates=count), answers))
        for answers in (10, 1000, 5000)
    ]
    assert first_due == [10, 10, 50]


def test_one_more_of_many_answers_is_an_update_and_an_exact_fit_is_left_to_a_task(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    liked = scores(space)
    tell(alice, axes[0], liked, 120)
    say(alice, axes[0], liked, 11, commits)
    assert updates(alice, space) == 11
    with commits(execute=True):
        comparisons.undo(alice)
    assert updates(alice, space) == 11, "what was taken back is not learned from again before the task has run"
    tastes.learn(alice, axes[0])
    assert (updates(alice, space), Taste.objects.get(owner=alice).answers) == (0, 130)


def test_where_nobody_takes_tasks_all_is_learned_at_once(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudging, "_resting_until", math.inf)  # as after a broker that did not answer
    liked = scores(space)
    tell(alice, axes[0], liked, 120)
    say(alice, axes[0], liked, 10, commits)
    assert updates(alice, space) == 0
    with commits(execute=True):
        comparisons.undo(alice)
    assert Taste.objects.get(owner=alice).answers == 129


def test_what_came_while_somebody_else_was_learning_is_caught_up_with(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    liked = scores(space)
    before = tell(alice, axes[0], liked, 120)
    for _ in range(3):
        (pair,) = take(alice)
        comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, sent())  # commits nothing: nothing is learned
    Comparison.objects.update(is_evaluation=False)
    say(alice, axes[0], liked, 1, commits)
    taste = Taste.objects.get(owner=alice)
    assert (before.answers, taste.answers, updates(alice, space)) == (120, 124, 4)


def test_a_newcomer_is_expected_to_like_nothing_in_particular(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    basis = bases.of(space)
    assert basis is not None
    assert not tastes.posterior(alice, axes[0], space, basis).mean.any()


def test_nothing_new_changes_nothing(alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits) -> None:
    say(alice, axes[0], scores(space), 5, commits)
    first = Taste.objects.get(owner=alice)
    tastes.learn(alice, axes[0])
    assert Taste.objects.get(owner=alice).learned_at == first.learned_at


def test_without_a_space_or_a_basis_answers_are_kept_and_learned_later(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    EmbeddingSpace.objects.update(state="building")
    say(alice, axes[0], scores(space), 8, commits)
    EmbeddingSpace.objects.update(state="active")
    TasteBasis.objects.all().delete()
    say(alice, axes[0], scores(space), 8, commits)
    assert not Taste.objects.exists()
    assert bases.learn(space)
    assert not bases.learn(space), "it stays until there is far more to learn from"
    taste = tastes.learn(alice, axes[0])
    assert taste is not None
    assert taste.answers == len(evidence(alice, axes[0])) > 8


def test_memes_without_a_vector_teach_nothing(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    liked = scores(space)
    Embedding.objects.all().delete()
    say(alice, axes[0], liked, 8, commits)
    taste = Taste.objects.get(owner=alice)
    assert (taste.answers, taste.direction) == (len(evidence(alice, axes[0])), None)


def test_another_space_learns_the_same_answers_anew(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    liked = scores(space)
    say(alice, axes[0], liked, 24, commits)
    tastes.share(alice, axes[0], is_shared=True)
    EmbeddingSpace.objects.update(state="retired")
    other = EmbeddingSpace.objects.create(
        name="lite", revision="another", dims=space.dims, state="active", reads_text=False
    )
    turned = [
        Embedding(space=other, meme_id=meme, vector=to_array(vector)[::-1])
        for meme, vector in Embedding.objects.filter(space=space).values_list("meme", "vector")
    ]
    Embedding.objects.bulk_create(turned)
    assert bases.learn(other)
    anew, old = learned(alice, axes[0], other), learned(alice, axes[0], space)
    assert float(anew[::-1] @ old) > 0.98
    assert Taste.objects.get(owner=alice, space=other).is_shared
