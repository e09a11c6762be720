"""What a taste says of itself."""

from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client

from rating import bases
from rating.bayes import Posterior, to_bytes
from rating.beliefs import accuracy_now, beliefs
from rating.models import Axis, Comparison
from rating.progress import FEWEST_TESTS
from search.models import EmbeddingSpace
from tests.rating.tasting import library, say, scores, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return library()


def test_without_answers_there_is_nothing_to_believe(
    alice: User, alice_client: Client, axes: list[Axis], space: EmbeddingSpace
) -> None:
    assert beliefs(alice, axes) == []
    for address in ("/rate/", "/rate/beliefs/?axis=useful"):
        assert 'class="belief"' not in alice_client.get(address).content.decode()


def test_a_taste_that_points_nowhere_predicts_nothing(alice: User, axes: list[Axis], space: EmbeddingSpace) -> None:
    taste = tell(alice, axes[0], scores(space), FEWEST_TESTS + 10)
    Comparison.objects.exclude(outcome="tie").update(is_evaluation=True)
    known = bases.of(taste.space)
    assert known is not None
    size = known.size
    taste.posterior = to_bytes(Posterior(np.zeros(size), np.eye(size)))
    found = accuracy_now(alice, axes[0], taste)
    assert found is not None
    assert found.right == 0


def test_the_page_shows_what_is_loved_and_hated_and_how_sure_that_is(
    alice: User,
    alice_client: Client,
    axes: list[Axis],
    space: EmbeddingSpace,
    django_capture_on_commit_callbacks: Any,
) -> None:
    liked = scores(space)
    say(alice, axes[0], liked, 40, django_capture_on_commit_callbacks)
    (belief,) = beliefs(alice, axes)
    assert (belief.axis, belief.accuracy, belief.milestone) == (axes[0], None, 100)
    assert len(belief.loved) == len(belief.hated) == 5
    assert min(liked[meme.pk] for meme in belief.loved) > max(liked[meme.pk] for meme in belief.hated)
    page = alice_client.get("/rate/").content.decode()
    assert "too early to tell" in page
    assert 'href="/?q=taste%3Auseful"' in page
    assert alice_client.get("/rate/beliefs/?axis=useful&axis=nothing").content.decode().strip() in page
    Comparison.objects.update(is_evaluation=True)
    accuracy = beliefs(alice, axes)[0].accuracy
    assert accuracy is not None
    assert FEWEST_TESTS <= accuracy.tested <= 40
    assert accuracy.low < accuracy.right <= accuracy.high
    assert accuracy.right > 0.8
    assert "pairs kept apart to test it" in alice_client.get("/rate/").content.decode()
