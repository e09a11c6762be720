import numpy as np
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from rating import deep, deep_scores
from rating.models import Axis, DeepAxis, DeepScore
from rating.scores import standing
from search import retrieval
from search.models import Embedding, EmbeddingSpace
from search.query import parse
from search.vectors import to_array
from tests.rating.bending import answer, bent, trained
from tests.rating.tasting import small_library
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return small_library(80)


def found(user: User, q: str) -> list[int]:
    return [hit.meme.pk for hit in retrieval.search(user, parse(q), limit=200).hits]


def by_networks(axis: DeepAxis, memes: list[int]) -> dict[int, float]:
    ids, said = deep.scores(axis, deep.networks(axis.taste), memes)
    return dict(zip(ids.tolist(), said.tolist(), strict=True))


def test_the_whole_library_is_put_in_order_and_chosen_by_what_networks_say(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    liked = bent(space)
    answer(alice, axes[0], liked, 150)
    along = found(alice, "sort:taste:useful")
    axis = trained(alice, axes[0], space)
    assert found(alice, "sort:taste:useful") == along, "until all are scored, the direction goes on"
    assert not deep_scores.fill()
    said = by_networks(axis, sorted(liked))
    assert found(alice, "sort:taste:useful") == sorted(liked, key=lambda meme: -said[meme])
    best = found(alice, "taste:useful>=75%")
    assert len(best) == pytest.approx(len(liked) / 4, abs=1)
    assert min(said[meme] for meme in best) > np.quantile(list(said.values()), 0.74)
    assert {one.meme_id for one in standing(alice, axis, sorted(liked)) if one.percentile >= 75} == set(best)

    (late,) = rows(1, start=900, derived_at=timezone.now())
    twin = Embedding.objects.get(meme=best[0])
    Embedding.objects.create(space=space, meme=late, vector=to_array(twin.vector))
    assert late.pk not in found(alice, "taste:useful>=75%")
    assert not deep_scores.fill()
    assert late.pk in found(alice, "taste:useful>=75%")
    assert DeepScore.objects.get(meme=late).score == pytest.approx(said[best[0]], abs=1e-4)


def test_scores_are_kept_of_the_version_that_is_followed_alone(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    answer(alice, axes[0], bent(space), 100)
    trained(alice, axes[0], space, is_better=False)
    assert not deep_scores.fill()
    assert not DeepScore.objects.exists(), "rankings follow the direction"
    DeepAxis.objects.update(is_better=True)
    deep_scores.fill()
    answer(alice, axes[0], bent(space), 50, seed=9)
    newest = trained(alice, axes[0], space)
    deep_scores.fill()
    assert set(DeepScore.objects.values_list("axis", flat=True)) == {newest.pk}
    assert DeepScore.objects.count() == 80
