"""How far memes are on their way to being found."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from search import claims, indexing, library
from search.media.ocr import Reading
from search.models import Claim, Embedding, Meme
from search.readiness import Readiness, readiness
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db


def state_of(meme: Meme) -> Readiness:
    meme.refresh_from_db()
    return readiness([meme])[meme.pk]


def test_a_meme_passes_through_the_stages(alice: User) -> None:
    meme = take_in(alice, "red")
    assert state_of(meme) == Readiness("media")
    indexing.derive_media()
    assert state_of(meme) == Readiness("text")
    library.keep_reading(meme, Reading(text="", boxes=()))
    assert state_of(meme) == Readiness("embedding")
    indexing.embed_memes()
    assert state_of(meme) == Readiness("ready")
    assert state_of(meme).is_final


def test_a_stage_that_gave_up_says_why(alice: User) -> None:
    meme = take_in(alice, "red")
    claims.claim(Claim.Stage.MEDIA, 1)
    claims.fail(meme.pk, Claim.Stage.MEDIA, "The file is damaged.")
    assert state_of(meme) == Readiness("failed", "The file is damaged.")


def test_a_meme_whose_words_could_not_be_read_is_ready_without_them(alice: User) -> None:
    meme = take_in(alice, "red")
    indexing.derive_media()
    claims.claim(Claim.Stage.TEXT, 1)
    claims.fail(meme.pk, Claim.Stage.TEXT, "The reader died.")
    indexing.embed_memes()
    assert state_of(meme) == Readiness("ready")


def test_vectors_of_a_space_that_does_not_answer_searches_do_not_count(alice: User) -> None:
    meme = take_in(alice, "red")
    index()
    Embedding.objects.first().space.__class__.objects.update(state="building")
    assert state_of(meme) == Readiness("embedding")


def test_many_memes_cost_two_queries(alice: User, django_assert_num_queries: Any) -> None:
    memes = [take_in(alice, color) for color in ("red", "green", "blue")]
    Meme.objects.update(derived_at=timezone.now())
    with django_assert_num_queries(2):
        assert len(readiness(memes)) == 3
