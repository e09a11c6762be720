"""What is shown next."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from rating import asking
from search.models import Meme
from tests.rating.answering import take, take_four
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


def test_what_lost_a_meme_since_it_was_found_is_not_shown(alice: User) -> None:
    rows(5, derived_at=timezone.now())
    found = [*take(alice, 6), *take_four(alice, 5)]
    gone = found[0].meme_ids[0]
    Meme.objects.filter(pk=gone).update(state="trashed")
    left = asking.whole(found, asking.shown(alice, found))
    assert left == [candidate for candidate in found if gone not in candidate.meme_ids]
    assert 0 < len(left) < len(found)
