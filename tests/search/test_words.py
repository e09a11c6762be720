"""Memes found by their words: what comes first, what is left out, and how little a strange query costs."""

import pytest
from django.contrib.auth.models import User

from search import words
from search.models import Meme
from search.query import parse
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


def said(*texts: str, **facts: object) -> None:
    for number, text in enumerate(texts):
        rows(1, start=1000 + Meme.objects.count() + number, title="", text=text, **facts)


def ranked(user: User, text: str, depth: int = 100) -> list[str]:
    ids = words.rank(Meme.objects.visible_to(user), parse(text), depth)
    memes = Meme.objects.in_bulk(ids)
    return [memes[pk].text or memes[pk].title for pk in ids]


def test_words_as_typed_come_before_their_other_forms_and_these_before_longer_words(alice: User) -> None:
    said("catalogue", "a cat", "two cats", "dogs")
    assert ranked(alice, "cats") == ["two cats", "a cat"]
    assert ranked(alice, "cat") == ["a cat", "two cats", "catalogue"]


def test_a_meme_that_says_what_is_refused_is_left_out(alice: User) -> None:
    said("cats and dogs", "cats and birds", "cats and a dog")
    assert ranked(alice, "cats -dogs") == ["cats and birds"]


def test_without_positive_words_there_is_nothing_to_rank(alice: User) -> None:
    said("cats")
    assert ranked(alice, "type:image") == []
    assert ranked(alice, "cats", depth=0) == []
