"""How much was answered."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from rating import comparisons
from rating.models import Axis, Comparison
from rating.progress import Counts, counts
from search.models import Meme
from tests.rating.answering import answer, sent, take, take_four


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
