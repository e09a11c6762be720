"""How much was answered, and what that brought."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from rating import comparisons, progress
from rating.models import Axis, Comparison, LearningCurve, Taste
from rating.progress import Counts, counts, curve
from search.models import Meme
from tests.rating.answering import answer, sent, take, take_four
from tests.rating.tasting import library, say, scores, small_library, tell
from tests.search.asking import rows


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
def test_repeats_tell_how_steadily_somebody_answers_and_sides_whether_they_matter(
    alice_client: Client, alice: User, bob: User, axes: list[Axis]
) -> None:
    taste = tell(alice, axes[0], scores(small_library()), 20)
    Comparison.objects.update(outcome="left")
    assert progress.consistency(alice, axes[0]).same is None
    firsts = list(Comparison.objects.order_by("pk")[:5])
    facts = {"axis": axes[0], "answered_at": timezone.now(), "policy": "repeat", "is_repeat": True}
    for first, outcome in zip(firsts, ("right", "much_right", "left", "tie", "skip"), strict=True):
        for rater in (alice, bob):
            Comparison.objects.create(rater=rater, left=first.right, right=first.left, outcome=outcome, **facts)
    corrected = {**facts, "policy": "correction", "is_repeat": False}
    Comparison.objects.create(
        rater=alice, left=firsts[0].left, right=rows(1, start=5000)[0], outcome="much_left", **corrected
    )
    found = progress.consistency(alice, axes[0])
    assert found.same is not None
    assert found.left is not None
    assert (found.same.count, found.same.share) == (4, 0.5)
    assert found.same.low < 0.5 < found.same.high
    assert (found.left.count, found.left.share) == (23, 21 / 23)
    assert progress.consistency(bob, axes[0]).same is None
    told = alice_client.get(f"/api/v1/rating/tastes/{taste.axis}").json()["consistency"]
    assert told == asdict(found)
    page = alice_client.get(f"/tastes/{taste.axis}/").content.decode()
    assert "you said the same 50 % of 4 times" in page
    assert "on the left 91 % of the time" in page
    Comparison.objects.filter(pk=firsts[2].pk).update(voided_at=timezone.now())
    same = progress.consistency(alice, axes[0]).same
    assert same is not None
    assert same.count == 3
    assert same.share == pytest.approx(2 / 3)


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
    telling = Comparison.objects.exclude(outcome=Comparison.Outcome.TIE)  # ties cannot be predicted right or wrong
    tests = telling.order_by("answered_at")[:24].values("pk")
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
