"""Memes that nobody asked for."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from search import surprises
from search.models import Meme
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db


def test_the_last_ones_are_avoided_while_there_are_others(alice: User) -> None:
    memes = [take_in(alice, color).pk for color in ("red", "green", "blue")]
    index()
    seen: list[int] = []
    for _ in memes:
        meme = surprises.pick(alice, seen)
        assert meme is not None
        seen.append(meme.pk)
    assert sorted(seen) == sorted(memes)
    assert surprises.pick(alice, seen) is not None


def test_no_more_than_one_meme_is_read_at_a_time(alice: User) -> None:
    for color in ("red", "green", "blue"):
        take_in(alice, color)
    index()
    with CaptureQueriesContext(connection) as made:
        surprises.pick(alice)
    of_memes = [one["sql"] for one in made.captured_queries if 'FROM "search_meme"' in one["sql"]]
    assert len(of_memes) == 3
    assert all(sql.endswith("LIMIT 1") for sql in of_memes)


def test_nobody_is_surprised_with_what_is_not_theirs_to_see(alice: User, bob: User) -> None:
    take_in(bob, "red", is_private=True)
    nsfw = take_in(alice, "green")
    Meme.objects.filter(pk=nsfw.pk).update(is_nsfw=True)
    index()
    assert surprises.pick(alice) is None
    assert surprises.pick(AnonymousUser()) is None


def test_what_cannot_be_compared_yet_is_no_surprise(alice: User) -> None:
    take_in(alice, "red")
    assert surprises.pick(alice) is None
