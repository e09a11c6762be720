"""What a taste is learned from."""

import pytest
from django.contrib.auth.models import User

from rating import comparisons
from rating.evidence import evidence
from rating.models import Axis, Comparison
from search.models import Meme
from tests.rating.answering import answer, sent, take, take_four

pytestmark = pytest.mark.django_db


def test_nothing_was_said(alice: User, axes: list[Axis]) -> None:
    found = evidence(alice, axes[0])
    assert (len(found), len(found.memes), found.others.shape) == (0, 0, (0, 3))


def test_pairs_carry_how_likely_the_left_one_wins(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    pairs = [pair for outcome in Comparison.Outcome.values for pair in answer(alice, axes[0], 1, outcome)]
    Comparison.objects.update(is_evaluation=False)
    found = evidence(alice, axes[0])
    assert found.targets.tolist() == [0.9, 0.7, 0.5, 0.3, 0.1]
    assert found.left.tolist() == [pair.left_id for pair in pairs[:5]]
    assert found.right.tolist() == [pair.right_id for pair in pairs[:5]]
    assert len(evidence(alice, axes[1])) == 0


def test_the_best_of_four_was_picked_from_the_others(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    fours = take_four(alice, 4)
    for four, best in zip(fours, (3, 0, None, 1), strict=True):
        comparisons.choose(alice, four.token, {axes[0].pk: best}, sent())
    found = evidence(alice, axes[0])
    first, last = fours[0].meme_ids, fours[3].meme_ids
    assert found.picked.tolist() == [first[2], last[0]]
    assert found.others.tolist() == [[first[0], first[1], first[3]], list(last[1:])]
    assert found.memes.tolist() == sorted({*first, *last})


def test_what_is_kept_apart_is_never_learned_from(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    answer(alice, axes[0], 60)
    learned, kept = evidence(alice, axes[0]), evidence(alice, axes[0], is_evaluation=True)
    assert len(learned) + len(kept) == 60
    assert len(kept) == Comparison.objects.filter(is_evaluation=True).count() > 0


def test_what_was_taken_back_and_what_others_said_is_not_there(
    alice: User, bob: User, axes: list[Axis], memes: list[Meme]
) -> None:
    (pair,) = take(alice)
    comparisons.answer(alice, pair.token, {axes[0].pk: "left"}, sent())
    comparisons.undo(alice)
    answer(bob, axes[0], 3)
    assert len(evidence(alice, axes[0])) == len(evidence(alice, axes[0], is_evaluation=True)) == 0
