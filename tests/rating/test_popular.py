"""The model of what is popular: trained of what everybody may see, asked in the web process."""

from datetime import UTC, datetime

import numpy as np
import pytest
from django.contrib.auth.models import User

from rating import bases, popular, popular_learning, tasks
from rating.ensemble.train import Schedule
from rating.models import PopularityModel, TasteBasis
from rating.popularity import learning
from rating.popularity.ranks import correlation
from search.models import EmbeddingSpace, Meme, Sighting, Source
from tests.rating.tasting import scores, small_library

pytestmark = pytest.mark.django_db
COUNT = 260


@pytest.fixture
def space(monkeypatch: pytest.MonkeyPatch) -> EmbeddingSpace:
    monkeypatch.setattr(learning, "SCHEDULE", Schedule(rate=3e-3, most_epochs=4))  # it is asked for, not measured here
    return small_library(COUNT)


def post_all(space: EmbeddingSpace) -> dict[int, float]:
    """Each meme once, in one of two communities of which one has a thousand times the readers; what each picture is worth."""
    worth, source = scores(space), Source.objects.create(kind="reddit", name="r/all", root="r/all")
    dice = np.random.default_rng(1)
    Sighting.objects.bulk_create(
        Sighting(
            meme_id=meme, source=source, locator=str(meme), community=("small", "large")[meme % 2],
            score=int(np.exp(value + 0.3 * dice.normal()) * (10, 10_000)[meme % 2]),
            posted_at=datetime(2026, 1 + meme % 3, 5, tzinfo=UTC),
        )
        for meme, value in worth.items()
    )  # fmt: skip
    return worth


def test_popular_pictures_are_told_whatever_their_community(space: EmbeddingSpace) -> None:
    worth = post_all(space)
    tasks.train_popularity()
    model = popular.newest(space)
    assert model is not None
    assert model.posts == COUNT
    assert model.facts["groups"] == 6
    assert sum(model.facts["upvotes"]["counts"]) == COUNT
    assert model.metrics["tested"] > 0
    found = popular.of_memes(model, list(worth))
    ranks = np.array([found[meme].rank for meme in worth])
    assert correlation(ranks, np.array(list(worth.values()))) > 0.6
    assert 0 <= min(one.beaten for one in found.values()) < 0.1 < 0.9 < max(one.beaten for one in found.values()) <= 1
    best = max(worth, key=lambda meme: found[meme].rank)
    assert found[best].top > 0.5


def test_it_is_trained_again_only_when_posts_have_changed(space: EmbeddingSpace) -> None:
    post_all(space)
    assert popular_learning.train() is not None
    assert popular_learning.train() is None
    Sighting.objects.filter(pk=Sighting.objects.first().pk).update(score=77_777)  # type: ignore[union-attr]  # there are some
    assert popular_learning.train() is not None
    assert PopularityModel.objects.count() == 2


def test_private_memes_taken_out_ones_and_posts_without_a_score_teach_nothing(
    space: EmbeddingSpace, django_user_model: type[User]
) -> None:
    post_all(space)
    before = len(popular_learning.upvoted().memes)
    hers, hidden, unscored = Meme.objects.order_by("pk")[:3]
    Meme.objects.filter(pk=hers.pk).update(private_to=django_user_model.objects.create_user("alice"))
    Meme.objects.filter(pk=hidden.pk).update(state="hidden")
    Sighting.objects.filter(meme=unscored).update(score=None)
    assert len(popular_learning.upvoted().memes) == before - 3


def test_with_too_few_posts_or_without_coordinates_nothing_is_trained(space: EmbeddingSpace) -> None:
    assert popular_learning.train() is None
    post_all(space)
    Sighting.objects.filter(pk__in=Sighting.objects.values("pk")[popular_learning.FEWEST - 1 :]).delete()
    assert popular_learning.train() is None
    TasteBasis.objects.all().delete()
    assert popular_learning.train() is None
    assert not PopularityModel.objects.exists()


def test_a_model_of_other_coordinates_or_damaged_says_nothing(space: EmbeddingSpace) -> None:
    worth = post_all(space)
    model = popular_learning.train()
    assert model is not None
    PopularityModel.objects.update(weights=b"rubbish")
    assert popular.of_memes(model, list(worth)[:3]) == {}
    basis = bases.of(space)
    assert basis is not None
    assert popular.of_features(model, np.zeros((1, basis.size)), "another") == []
    assert popular.of_memes(model, []) == {}
