"""Searching by tastes."""

from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser, User

from rating import comparisons, tastes
from rating.models import Axis, Taste
from rating.terms import TasteKind
from search import retrieval
from search.directions import NothingToCompare
from search.models import EmbeddingSpace
from search.query import parse
from tests.rating.tasting import Commits, library, say, scores

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return library()


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Any) -> Commits:
    return django_capture_on_commit_callbacks  # type: ignore[no-any-return]  # pytest-django does not say


def found(user: User | AnonymousUser, q: str) -> list[int]:
    return [hit.meme.pk for hit in retrieval.search(user, parse(q), limit=200).hits]


def opposite(liked: dict[int, float]) -> dict[int, float]:
    return {meme: -score for meme, score in liked.items()}


def agreement(one: list[int], other: list[int]) -> float:
    """Spearman's rank correlation of two orders of the same memes."""
    assert set(one) == set(other)
    places = {meme: place for place, meme in enumerate(other)}
    return float(np.corrcoef(np.arange(len(one)), [places[meme] for meme in one])[0, 1])


def test_two_raters_with_opposite_tastes_see_opposite_orders_of_one_search(
    alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    liked = scores(space)
    say(alice, axes[0], liked, 40, commits)
    say(bob, axes[0], opposite(liked), 40, commits)
    assert agreement(found(alice, "taste:useful"), found(bob, "taste:useful")) < -0.6
    some = min(liked)
    assert agreement(found(alice, f"like:{some}"), found(bob, f"like:{some}")) == pytest.approx(1)
    assert agreement(found(alice, f"like:{some}^0.2 taste:Useful"), found(bob, f"like:{some}^0.2 taste:Useful")) < 0


def test_an_undone_answer_brings_the_order_back(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    liked = scores(space)
    say(alice, axes[0], liked, 10, commits)
    Taste.objects.all().delete()
    before = found(alice, "taste:useful")
    say(alice, axes[0], opposite(liked), 3, commits)
    assert found(alice, "taste:useful") != before
    for _ in range(3):
        with commits(execute=True):
            comparisons.undo(alice)
    assert found(alice, "taste:useful") == before


def test_anothers_taste_is_not_there_until_it_is_shared(
    alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    say(alice, axes[0], scores(space), 16, commits)
    hers = found(alice, "taste:useful")
    assert found(alice, "taste:alice/useful") == hers
    for stranger in (bob, AnonymousUser()):
        for name in ("alice/useful", "nobody/useful", "everyone/useful", "alice/nothing", "nothing"):
            with pytest.raises(NothingToCompare, match="no taste"):
                TasteKind().vector(stranger, space, name)
    with pytest.raises(NothingToCompare, match="compare a few memes first"):
        found(bob, "taste:useful")
    tastes.share(alice, axes[0], is_shared=True)
    assert found(bob, "taste:Alice/useful") == hers
    assert TasteKind().values(bob, "al") == ["alice/useful"]
    assert TasteKind().values(AnonymousUser(), "") == []
    with pytest.raises(NothingToCompare, match="no taste"):
        found(AnonymousUser(), "taste:alice/useful")
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert TasteKind().values(bob, "al") == []
    with pytest.raises(NothingToCompare, match="no taste"):
        found(bob, "taste:alice/useful")
    User.objects.filter(pk=alice.pk).update(is_active=True)
    tastes.share(alice, axes[0], is_shared=False)
    with pytest.raises(NothingToCompare, match="no taste"):
        found(bob, "taste:alice/useful")
    assert TasteKind().values(bob, "") == []
    assert TasteKind().values(alice, "us") == ["useful"]


def test_an_axis_that_is_retired_is_no_term(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    say(alice, axes[0], scores(space), 8, commits)
    Axis.objects.filter(pk=axes[0].pk).update(state=Axis.State.RETIRED)
    with pytest.raises(NothingToCompare, match="no taste"):
        found(alice, "taste:useful")
    assert TasteKind().values(alice, "") == []
