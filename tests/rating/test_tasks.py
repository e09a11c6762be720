"""Filling queues while nobody waits."""

import pytest
from django.contrib.auth.models import User

from rating import tasks
from rating.models import PairCandidate
from search.models import Meme

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
