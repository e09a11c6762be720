"""How much was answered, and what that brought."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from rating import comparisons, progress
from rating.models import Axis, Comparison, LearningCurve, Taste
from rating.progress import Counts, counts, curve
from search.models import Meme
from tests.rating.answering import answer, sent, take, take_four
from tests.rating.tasting import library, say, scores


@pytest.mark.django_db
def test_pairs_and_fours_that_were_judged_count_once_however_many_axes(
    alice: User, bob: User, axes: list[Axis], memes: list[Meme]
) -> None:
    assert counts(alice) == Counts(0, 0)
    (pair,) = take(alice)
    comparisons.answer(alice, pair.token, {axis.pk: "left" for axis in axes}, sent())
    answer(alice, axes[0], 1, "skip")
    for best in (0, None):
        (four,) = take_four(alice)
        comparisons.choose(alice, four.token, {axes[0].pk: best}, sent())
    assert (counts(alice), counts(bob)) == (Counts(2, 2), Counts(0, 0))
    Comparison.objects.update(answered_at=timezone.now() - timedelta(days=1))
    assert counts(alice) == Counts(1, 2)
    comparisons.undo(alice)
    comparisons.undo(alice)
    assert counts(alice) == Counts(0, 1)


@pytest.mark.django_db
def test_a_curve_shows_how_a_planted_taste_was_learned(
    alice: User, bob: User, axes: list[Axis], django_capture_on_commit_callbacks: Any
) -> None:
    liked = scores(library())
    say(alice, axes[0], liked, 64, django_capture_on_commit_callbacks)
    taste = Taste.objects.get(owner=alice)
    assert curve(alice, axes[0]) is None
    early = progress.measure(taste)
    assert early is not None
    assert (early.tested, early.needed, early.points, early.gain, early.milestone) == (0, 20, [], None, 100)
    tests = Comparison.objects.order_by("answered_at")[:24].values("pk")
    Comparison.objects.filter(pk__in=tests).update(is_evaluation=True)
    found = progress.measure(taste)
    assert found is not None
    assert found.answers == 64 - 24
    assert [point.answers for point in found.points] == [10, 20, 30, 40]
    assert found.accuracy is not None
    assert found.tested == found.accuracy.tested >= 20
    assert found.accuracy.right >= 0.7  # chance is .5
    assert found.gain is not None
    by = found.points[-1].accuracy.right - found.points[1].accuracy.right
    assert (found.gain.since, found.gain.by) == (20, pytest.approx(by))
    assert json.loads(json.dumps(asdict(found)))["points"][0]["answers"] == 10
    assert (curve(alice, axes[0]), curve(alice, axes[1]), curve(bob, axes[0])) == (found, None, None)


@pytest.mark.django_db
def test_a_curve_is_measured_once_for_the_same_answers_and_goes_with_its_taste(
    alice: User, axes: list[Axis], django_capture_on_commit_callbacks: Any
) -> None:
    liked = scores(library())
    say(alice, axes[0], liked, 8, django_capture_on_commit_callbacks)
    taste = Taste.objects.get(owner=alice)
    progress.measure(taste)
    before = LearningCurve.objects.get().measured_at
    progress.measure(taste)
    assert LearningCurve.objects.get().measured_at == before
    say(alice, axes[0], liked, 1, django_capture_on_commit_callbacks)
    progress.measure(Taste.objects.get())
    assert LearningCurve.objects.get().measured_at > before
    Taste.objects.all().delete()
    assert not LearningCurve.objects.exists()
