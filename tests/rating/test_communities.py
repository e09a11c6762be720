"""What everybody likes."""

from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser, User

from rating import bases, forgetting, tasks, tastes
from rating.bayes import community_variance, fit_community
from rating.evidence import evidence
from rating.models import Axis, Taste, TasteBasis
from rating.terms import TasteKind
from search.models import EmbeddingSpace
from tests.rating.tasting import Commits, library, say, scores, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return library()


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Any) -> Commits:
    return django_capture_on_commit_callbacks  # type: ignore[no-any-return]  # pytest-django does not say


def test_the_first_basis_learns_what_was_answered_before(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    TasteBasis.objects.all().delete()
    say(alice, axes[0], scores(space), 8, commits)
    assert not Taste.objects.exists()
    tasks.learn_basis()
    assert TasteBasis.objects.get().sampled == 120
    assert tastes.direction(alice, axes[0], space) is not None


def test_everybodys_variance_is_chosen_once_and_who_leaves_loses_their_prior(
    alice: User, bob: User, charlie: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    people = [alice, bob, charlie, User.objects.create(username="dora")]
    for number, rater in enumerate(people):
        tell(rater, axes[0], scores(space), 16, seed=number)
    tasks.learn_tastes()
    basis = bases.of(space)
    assert basis is not None
    said = [bases.answers(evidence(rater, axes[0]), space, basis) for rater in people]
    variance = community_variance(said)
    for place, rater in enumerate(people):
        others = fit_community(said[:place] + said[place + 1 :], variance).mean
        mean = tastes.prior_of(Taste.objects.get(owner=rater), basis).mean
        share = float(mean @ others / (others @ others))
        assert share > 0
        assert np.allclose(mean, share * others)
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    tasks.learn_tastes()
    together = Taste.objects.filter(is_prior_of_others=True).values_list("owner__username", flat=True)
    assert set(together) == {"alice", "bob", "dora"}
    assert Taste.objects.get(owner=charlie).learned_from


def test_what_three_people_share_is_everybodys_and_goes_with_one_who_is_forgotten(
    alice: User, bob: User, charlie: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    for rater in (alice, bob):
        say(rater, axes[0], scores(space), 16, commits)
    tasks.learn_tastes()
    assert not Taste.objects.filter(owner=None).exists(), "two people would know each other's"
    say(charlie, axes[0], scores(space), 16, commits)
    tasks.learn_tastes()
    everyones = TasteKind().vector(AnonymousUser(), space, "everyone/useful")
    hers = tastes.direction(alice, axes[0], space)
    assert hers is not None
    assert float(np.dot(everyones, hers)) > 0.7
    assert Taste.objects.filter(is_prior_of_others=True).count() == 3
    learned_at = Taste.objects.get(owner=None).learned_at
    tasks.learn_tastes()
    assert Taste.objects.get(owner=None).learned_at == learned_at
    forgetting.forget(charlie)
    assert set(Taste.objects.values_list("owner", flat=True)) == {alice.pk, bob.pk}
    tasks.learn_tastes()
    assert not Taste.objects.filter(is_prior_of_others=True).exists()
