"""Where a meme stands in the library."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

from rating import forgetting, marks, samples
from rating.models import Axis, Taste
from search.models import EmbeddingSpace, Meme
from tests.rating.tasting import Commits, scores, small_library, tell
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return small_library()


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Any) -> Commits:
    return django_capture_on_commit_callbacks  # type: ignore[no-any-return]  # pytest-django does not say


def test_a_mark_says_how_much_of_the_library_is_liked_less(
    alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    liked = scores(space)
    in_order = sorted(liked, key=lambda meme: liked[meme])
    hers = tell(alice, axes[0], liked, 60)
    hers.refresh_from_db()
    Taste.objects.create(
        axis=axes[0], owner=None, space=space, direction=[-part for part in hers.direction], learned_from="x"
    )
    worst, best = (Meme.objects.get(pk=in_order[place]) for place in (0, -1))
    own, everybodys = marks.marks(alice, best)
    assert (own.owner, everybodys.owner, own.axis) == (alice, None, axes[0])
    assert own.beaten > 0.85
    assert own.score > 1
    assert everybodys.beaten == pytest.approx(1 - own.beaten, abs=0.02)
    assert marks.marks(alice, worst)[0].beaten < 0.15
    assert [mark.owner for mark in marks.marks(bob, best)] == [None]
    (unread,) = rows(1, start=900)
    assert marks.marks(alice, unread) == []


def test_what_is_kept_is_looked_at_again_when_the_taste_changes_and_goes_with_it(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits, django_assert_max_num_queries: Any
) -> None:
    liked = scores(space)
    best = Meme.objects.get(pk=max(liked, key=lambda meme: liked[meme]))
    tell(alice, axes[0], liked, 8)
    taste = Taste.objects.get(owner=alice)
    first = marks.marks(alice, best)
    with django_assert_max_num_queries(4):
        assert marks.marks(alice, best) == first
    cache.set(
        f"library-scores:{taste.pk}", {"of": f"{taste.learned_from} {taste.learned_at.timestamp()}", "scores": "?"}
    )
    assert marks.marks(alice, best) == first
    tell(alice, axes[0], liked, 8, seed=6)
    assert marks.marks(alice, best) != first
    assert cache.get(f"library-scores:{taste.pk}")
    with commits(execute=True):
        forgetting.forget(alice)
    assert marks.marks(alice, best) == []
    assert cache.get(f"library-scores:{taste.pk}") is None


def test_the_sample_is_what_everybody_may_see_and_stays_the_same(
    alice: User, bob: User, memes: list[Meme], monkeypatch: pytest.MonkeyPatch
) -> None:
    hers = Meme.objects.earliest("pk")
    Meme.objects.filter(pk=hers.pk).update(private_to=alice)
    ids = samples.of_library(alice)
    assert hers.pk not in ids
    assert len(ids) == 29
    assert samples.of_library(alice, 6) == samples.of_library(bob, 6)
    assert len(set(samples.of_library(alice, 6))) == 6
    monkeypatch.setattr(samples, "MOST_LISTED", 0)  # as in a library too large to list
    assert set(samples.of_library(alice, 6)) < set(ids)
    assert samples.of_library(alice, 200) == ids
