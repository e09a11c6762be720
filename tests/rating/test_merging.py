"""What people answered about a meme that turns out to be another one."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from rating import comparisons, corrections, pairs
from rating.comparisons import AlreadyAnswered, MemeGone, Sent
from rating.models import Axis, Choice, Comparison, PairCandidate
from rating.pairs import Asked
from rating.pool import Pool
from search import merging
from search.models import Meme
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def axis() -> Axis:
    return Axis.objects.in_use()[0]


@pytest.fixture
def memes() -> list[Meme]:
    return rows(6)


def answer(rater: User, axis: Axis, left: Meme, right: Meme, outcome: str) -> Comparison:
    return Comparison.objects.create(
        rater=rater, axis=axis, left=left, right=right, outcome=outcome, policy="random", answered_at=timezone.now()
    )


def said(rater: User) -> set[tuple[int, str, int]]:
    return set(Comparison.objects.standing().filter(rater=rater).values_list("left", "outcome", "right"))


def test_answers_are_said_again_of_the_one_that_is_kept_and_parted_with_it(
    alice: User, bob: User, charlie: User, axis: Axis, memes: list[Meme]
) -> None:
    kept, gone, third, fourth, *_ = memes
    answer(alice, axis, gone, third, "left")
    answer(alice, axis, fourth, gone, "much_right")
    answer(alice, axis, kept, gone, "tie")  # of one picture with itself: says nothing
    answer(bob, axis, kept, third, "right")
    answer(bob, axis, third, gone, "left")  # has said it of the other one already
    before = said(alice), said(bob)
    merge = merging.merge(kept, gone, charlie)
    assert said(alice) == {(kept.pk, "left", third.pk), (fourth.pk, "much_right", kept.pk)}
    assert said(bob) == {(kept.pk, "right", third.pk)}
    assert Comparison.objects.count() == 7  # nothing was changed or deleted
    merging.undo(merge, charlie)
    assert (said(alice), said(bob)) == before
    merging.merge(kept, gone, charlie)
    assert said(bob) == {(kept.pk, "right", third.pk)}


def test_what_was_said_of_the_one_that_goes_is_not_asked_of_the_one_that_is_kept(
    alice: User, charlie: User, axis: Axis
) -> None:
    kept, gone, third = rows(3, derived_at=timezone.now())
    now, asked = timezone.now(), {"rater": alice, "right": third, "policy": "random"}
    before = PairCandidate.objects.create(left=gone, asked_at=now, answered_at=now, **asked)
    Comparison.objects.filter(pk=answer(alice, axis, gone, third, "left").pk).update(candidate=before)
    merging.merge(kept, gone, charlie)
    assert pairs.fill(Asked(Pool(alice))) == 0
    waiting = PairCandidate.objects.create(left=kept, asked_at=now, **asked)
    with pytest.raises(AlreadyAnswered):
        comparisons.answer(alice, waiting.token, {axis.pk: "right"}, Sent(uuid.uuid4()))
    waiting.refresh_from_db()
    assert waiting.answered_at
    assert said(alice) == {(kept.pk, "left", third.pk)}
    waiting.delete()
    with pytest.raises(MemeGone, match="no other meme"):
        corrections.correct(alice, axis, kept, is_loved=True, key=uuid.uuid4())


def test_what_somebody_took_back_meanwhile_stays_taken_back(
    alice: User, charlie: User, axis: Axis, memes: list[Meme]
) -> None:
    kept, gone, third, *_ = memes
    answer(alice, axis, gone, third, "left")
    merge = merging.merge(kept, gone, charlie)
    Comparison.objects.standing().update(voided_at=timezone.now())
    merging.undo(merge, charlie)
    assert said(alice) == set()


def test_answers_of_several_axes_stay_together(alice: User, charlie: User, memes: list[Meme]) -> None:
    kept, gone, third, *_ = memes
    key = uuid.uuid4()
    for axis in Axis.objects.in_use()[:2]:
        row = answer(alice, axis, gone, third, "left")
        Comparison.objects.filter(pk=row.pk).update(key=key)
    merging.merge(kept, gone, charlie)
    keys = Comparison.objects.standing().values_list("key", flat=True)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert key not in keys


def test_the_best_of_four_is_the_one_that_is_kept(alice: User, charlie: User, axis: Axis, memes: list[Meme]) -> None:
    kept, gone, *others = memes
    facts = {"rater": alice, "axis": axis, "policy": "random", "answered_at": timezone.now()}
    Choice.objects.create(first=gone, second=others[0], third=others[1], fourth=others[2], best=1, **facts)
    Choice.objects.create(first=gone, second=kept, third=others[1], fourth=others[2], best=2, **facts)
    merge = merging.merge(kept, gone, charlie)
    (row,) = Choice.objects.standing()
    assert (row.meme_ids, row.best) == ((kept.pk, *(meme.pk for meme in others[:3])), 1)
    merging.undo(merge, charlie)
    assert {row.first_id for row in Choice.objects.standing()} == {gone.pk}
