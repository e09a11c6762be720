"""Answering pairs and fours."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.utils import timezone

from rating import comparisons
from rating.comparisons import AlreadyAnswered, MemeGone, NotAsked, Refused
from rating.models import Axis, Choice, Comparison, PairCandidate
from search.models import Meme
from tests.rating.answering import answer, sent, take, take_four

pytestmark = pytest.mark.django_db


def test_an_answer_is_one_row_for_each_axis_with_what_was_shown(
    alice: User, axes: list[Axis], memes: list[Meme]
) -> None:
    (pair,) = take(alice)
    key = uuid.uuid4()
    outcomes = {axes[0].pk: "much_left", axes[1].pk: "tie"}
    assert comparisons.answer(alice, pair.token, outcomes, sent(key=key, took_ms=1200))
    found = Comparison.objects.order_by("axis__position")
    assert [row.outcome for row in found] == ["much_left", "tie"]
    for row in found:
        assert (row.left_id, row.right_id, row.candidate, row.key) == (pair.left_id, pair.right_id, pair, key)
        assert (row.rater, row.policy, row.took_ms, row.voided_at) == (alice, pair.policy, 1200, None)
        assert row.asked_at is not None
        assert row.asked_at < row.answered_at


@pytest.mark.parametrize(
    ("outcome", "wins"),
    [
        ("much_left", 0.9), ("left", 0.7), ("tie", 0.5), ("right", 0.3), ("much_right", 0.1),
        ("skip", None), ("both_bad", None), ("cant_judge", None),
    ],
)  # fmt: skip
def test_much_left_says_most_for_the_left_one_and_much_right_least(outcome: str, wins: float | None) -> None:
    assert Comparison(outcome=outcome).soft_target == wins


def test_every_outcome_is_stored_as_it_was_given(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    for outcome in Comparison.Outcome.values:
        answer(alice, axes[0], 1, outcome)
    assert list(Comparison.objects.order_by("pk").values_list("outcome", flat=True)) == Comparison.Outcome.values


def test_the_same_answer_sent_twice_counts_once(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    (pair,) = take(alice)
    once = sent()
    assert comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, once)
    assert not comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, once)
    assert Comparison.objects.count() == 1


def test_an_answer_that_was_taken_back_does_not_return_when_it_is_sent_again(
    alice: User, axes: list[Axis], memes: list[Meme]
) -> None:
    (pair,) = take(alice)
    once = sent()
    comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, once)
    comparisons.undo(alice, once.key)
    assert not comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, once)
    assert not Comparison.objects.standing().exists()


def test_two_people_may_use_the_same_key(alice: User, bob: User, axes: list[Axis], memes: list[Meme]) -> None:
    once = sent()
    for rater in (alice, bob):
        (pair,) = take(rater)
        assert comparisons.answer(rater, pair.token, {axes[0].pk: "left"}, once)
    assert Comparison.objects.count() == 2


def test_a_pair_that_was_never_asked_is_refused(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    pair = PairCandidate.objects.create(rater=alice, left=memes[0], right=memes[1], policy="random")
    for token in (pair.token, uuid.uuid4()):
        with pytest.raises(NotAsked):
            comparisons.answer(alice, token, {axes[0].pk: "left"}, sent())
    assert not Comparison.objects.exists()


def test_a_pair_of_somebody_else_is_refused(alice: User, bob: User, axes: list[Axis], memes: list[Meme]) -> None:
    (pair,) = take(bob)
    with pytest.raises(NotAsked):
        comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, sent())


def test_a_second_answer_to_a_pair_is_refused(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    (pair,) = answer(alice, axes[0], 1)
    with pytest.raises(AlreadyAnswered):
        comparisons.answer(alice, pair.token, {axes[0].pk: "right"}, sent())
    assert Comparison.objects.get().outcome == "left"


def test_an_answer_after_the_lease_ran_out_counts(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    (pair,) = take(alice)
    PairCandidate.objects.filter(pk=pair.pk).update(leased_until=timezone.now() - timedelta(hours=1))
    assert comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, sent())


def test_of_two_tabs_that_answer_the_same_pair_the_first_one_counts(
    alice: User, axes: list[Axis], memes: list[Meme]
) -> None:
    (pair,) = take(alice, tab="one")
    PairCandidate.objects.filter(pk=pair.pk).update(leased_until=timezone.now() - timedelta(hours=1))
    assert pair in take(alice, 16, tab="other")
    comparisons.answer(alice, pair.token, {axes[0].pk: "right"}, sent())
    with pytest.raises(AlreadyAnswered):
        comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, sent())


@pytest.mark.parametrize("facts", [{"state": "trashed"}, {"state": "hidden"}, {"private": True}])
def test_memes_that_are_gone_are_refused(
    alice: User, bob: User, axes: list[Axis], memes: list[Meme], facts: dict[str, object]
) -> None:
    (pair,) = take(alice)
    changed = {"private_to": bob} if facts.pop("private", False) else facts
    Meme.objects.filter(pk=pair.right_id).update(**changed)
    with pytest.raises(MemeGone):
        comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, sent())
    assert not Comparison.objects.exists()


def test_an_answer_is_recorded_on_all_axes_or_on_none(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    (pair,) = take(alice)
    retired = Axis.objects.create(name="old", question="Which is older?", state="retired")
    wrong: list[dict[int, str]] = [
        {}, {axes[0].pk: "left", retired.pk: "left"}, {axes[0].pk: "left", 10**9: "left"}, {axes[0].pk: "LEFT"},
    ]  # fmt: skip
    for outcomes in wrong:
        with pytest.raises(Refused):
            comparisons.answer(alice, pair.token, outcomes, sent())
    assert not Comparison.objects.exists()
    assert comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, sent())


def test_a_night_in_front_of_a_pair_is_not_taken_for_thinking(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    (pair,) = take(alice)
    comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, sent(took_ms=10**12))
    assert Comparison.objects.get().took_ms == comparisons.MAX_TOOK_MS


def test_undo_goes_back_as_far_as_one_likes(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    answered = answer(alice, axes[0], 5, "much_right")
    for pair in reversed(answered):
        undone = comparisons.undo(alice)
        assert undone is not None
        assert (undone.candidate, undone.said) == (pair, {axes[0].pk: "much_right"})
    assert comparisons.undo(alice) is None
    assert Comparison.objects.exclude(voided_at=None).count() == 5


def test_what_was_taken_back_comes_first_and_can_be_answered_anew(
    alice: User, axes: list[Axis], memes: list[Meme]
) -> None:
    (pair,) = answer(alice, axes[0], 1)
    comparisons.undo(alice, tab="tab")
    assert take(alice) == [pair]
    comparisons.answer(alice, pair.token, {axes[0].pk: "right"}, sent())
    assert Comparison.objects.standing().get().outcome == "right"
    assert Comparison.objects.count() == 2


def test_taking_one_answer_back_twice_leaves_the_one_before(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    answer(alice, axes[0], 2)
    newest = Comparison.objects.latest("pk")
    assert comparisons.undo(alice, newest.key) is not None
    assert comparisons.undo(alice, newest.key) is None
    assert Comparison.objects.standing().count() == 1


def test_nobody_takes_back_the_answers_of_others(alice: User, bob: User, axes: list[Axis], memes: list[Meme]) -> None:
    answer(alice, axes[0], 1)
    assert comparisons.undo(bob) is None
    assert comparisons.undo(bob, Comparison.objects.get().key) is None


def test_the_best_of_four_is_kept_with_the_order_in_which_they_were_shown(
    alice: User, axes: list[Axis], memes: list[Meme]
) -> None:
    (four,) = take_four(alice)
    assert comparisons.choose(alice, four.token, {axes[0].pk: 3}, sent())
    choice = Choice.objects.get()
    assert (choice.meme_ids, choice.best, choice.rater) == (four.meme_ids, 3, alice)
    undone = comparisons.undo(alice)
    assert undone is not None
    assert (undone.candidate, undone.said) == (four, {axes[0].pk: 3})
    assert take_four(alice) == [four]


def test_choosing_is_refused_like_answering(alice: User, bob: User, axes: list[Axis], memes: list[Meme]) -> None:
    (four,) = take_four(alice)
    for best in (-1, 5):
        with pytest.raises(Refused):
            comparisons.choose(alice, four.token, {axes[0].pk: best}, sent())
    with pytest.raises(NotAsked):
        comparisons.choose(bob, four.token, {axes[0].pk: 1}, sent())
    once = sent()
    assert comparisons.choose(alice, four.token, {axes[0].pk: 0}, once)
    assert not comparisons.choose(alice, four.token, {axes[0].pk: 0}, once)
    with pytest.raises(AlreadyAnswered):
        comparisons.choose(alice, four.token, {axes[0].pk: None}, sent())
    assert Choice.objects.get().best == 0


def test_undo_takes_back_the_newest_whether_pair_or_four(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    (pair,) = answer(alice, axes[0], 1)
    (four,) = take_four(alice)
    comparisons.choose(alice, four.token, {axes[0].pk: 1}, sent())
    first, second = comparisons.undo(alice), comparisons.undo(alice)
    assert first is not None
    assert second is not None
    assert (first.candidate, second.candidate) == (four, pair)


def test_a_meme_is_not_compared_with_itself(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    one = memes[0]
    with pytest.raises(IntegrityError):
        Comparison.objects.create(
            rater=alice, axis=axes[0], left=one, right=one, outcome="tie", policy="", answered_at=timezone.now()
        )
