"""Filling queues, and learning, while nobody waits."""

import pytest
from django.contrib.auth.models import User

from rating import tasks
from rating.models import Axis, DeepAxis, DeepScore, LearningCurve, PairCandidate, Taste
from search.models import Meme
from tests.rating.bending import answer
from tests.rating.tasting import library, scores, small_library, tell

pytestmark = pytest.mark.django_db


def test_a_queue_is_filled_and_not_overfilled(alice: User, memes: list[Meme]) -> None:
    for _ in range(2):
        tasks.fill_pairs(alice.pk, "", "random")
    assert PairCandidate.objects.filter(rater=alice, asked_at=None).count() == 16


@pytest.mark.parametrize(
    ("who", "q", "policy"), [(0, "", "random"), (None, "", "gone"), (None, "like:999999", "random")]
)
def test_what_is_gone_needs_no_pairs(alice: User, memes: list[Meme], who: int | None, q: str, policy: str) -> None:
    tasks.fill_pairs(alice.pk if who is None else who, q, policy)
    assert not PairCandidate.objects.exists()


def test_what_takes_long_is_learned_and_measured(alice: User, axes: list[Axis]) -> None:
    tell(alice, axes[0], scores(library()), 20)
    Taste.objects.all().delete()
    for _ in range(2):
        tasks.refit(alice.pk, [axes[0].pk])
    assert Taste.objects.get(owner=alice).answers == 20
    assert LearningCurve.objects.get().found["answers"] == 20
    tasks.refit(0, [axes[0].pk])
    tasks.refit(alice.pk, [0])


def test_what_was_learned_otherwise_is_measured_by_the_sweep(alice: User, axes: list[Axis]) -> None:
    tell(alice, axes[0], scores(library()), 20)
    tasks.learn_tastes()
    measured_at = LearningCurve.objects.get().measured_at
    tasks.learn_tastes()
    assert LearningCurve.objects.get().measured_at == measured_at


def test_telling_pairs_are_chosen_by_the_worker(alice: User, axes: list[Axis]) -> None:
    library()
    tasks.fill_pairs(alice.pk, "", "epig")
    assert PairCandidate.objects.filter(rater=alice, policy="epig").count() > 8


def test_networks_are_trained_and_every_meme_is_scored(alice: User, axes: list[Axis]) -> None:
    tasks.train_deep_tastes()  # there is nothing to learn in yet
    space = small_library(60)
    answer(alice, axes[0], scores(space), 100)
    tasks.train_deep_tastes()
    assert DeepAxis.objects.get().answers == 100
    DeepAxis.objects.update(is_better=True)
    tasks.score_memes()
    assert DeepScore.objects.count() == 60
    assert DeepAxis.objects.get().is_scored
    tasks.forget_old_deep_tastes()
