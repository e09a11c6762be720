"""Which version of the networks rankings follow."""

from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client
from django.utils import timezone

from rating import bases, deep_claims, deep_scores, deep_versions, lessons, registry
from rating.deep_versions import Against, NotActivated
from rating.ensemble.metrics import Interval
from rating.ensemble.split import FOLDS
from rating.evidence import chosen
from rating.models import Axis, Comparison, DeepAxis, DeepScore, DeepTaste
from search.models import EmbeddingSpace
from tests.rating.bending import answer, bent, trained
from tests.rating.tasting import scores, small_library, tell

pytestmark = pytest.mark.django_db
PAGE, API = "/tastes/useful/versions/", "/api/v1/rating/tastes/useful/versions"


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return small_library(80)


@pytest.fixture
def two(alice: User, axes: list[Axis], space: EmbeddingSpace) -> list[DeepAxis]:
    """Version 1, and version 2 of more answers."""
    liked = bent(space)
    tell(alice, axes[0], liked, 100)
    first = trained(alice, axes[0], space)
    answer(alice, axes[0], liked, 60, seed=9)
    return [first, trained(alice, axes[0], space)]


def test_a_version_waits_only_if_it_is_worse_beyond_its_noise() -> None:
    assert Against(1, 20, None).reason == "", "too few to tell"
    assert Against(1, 80, Interval(-0.02, -0.05, 0.01)).reason == ""
    assert Against(1, 80, Interval(0.02, 0.01, 0.03)).reason == ""
    assert Against(3, 80, Interval(-0.02, -0.03, -0.01)).reason == (
        "On 80 answers given since version 3 was trained it predicts worse than that, by 0.010 to 0.030 nats."
    )


def test_a_new_version_is_measured_on_what_was_answered_since_the_last(
    alice: User, axes: list[Axis], space: EmbeddingSpace, two: list[DeepAxis]
) -> None:
    first, second = two
    assert first.taste.facts["against"] is None, "there was none before it"
    assert second.taste.facts["against"]["version"] == 1
    assert 0 < second.taste.facts["against"]["tested"] < deep_versions.FEWEST_TESTED
    assert second.taste.facts["against"]["gain"] is None
    assert second.taste.waits_because == ""

    answer(alice, axes[0], bent(space), 300, seed=11)
    Comparison.objects.filter(answered_at__gt=second.taste.trained_at).update(
        answered_at=timezone.now() + timedelta(seconds=1)
    )
    basis = bases.of(space)
    assert basis is not None
    said = lessons.gather(alice, space, basis, FOLDS)
    (lesson,) = said.by_axis
    sure_and_right, sure_and_wrong = 0.1 + 0.8 * lesson.targets, 0.9 - 0.8 * lesson.targets
    better = deep_versions.against(second.taste, said, [sure_and_right])
    worse = deep_versions.against(second.taste, said, [sure_and_wrong])
    assert better is not None
    assert worse is not None
    assert better.tested == worse.tested == 300, "nothing of what it had learned from"
    assert better.gain is not None
    assert better.gain.low > 0
    assert better.reason == ""
    assert "On 300 answers given since version 2" in worse.reason
    unsaid = deep_versions.against(second.taste, said, [np.full(len(lesson), np.nan)])
    assert unsaid == Against(2, 0, None)

    DeepTaste.objects.update(is_outdated=True)
    assert deep_versions.against(second.taste, said, [sure_and_wrong]) is None, "it is to go"


def test_rankings_follow_the_newest_that_does_not_wait_and_go_back_by_hand(
    alice: User, axes: list[Axis], space: EmbeddingSpace, two: list[DeepAxis]
) -> None:
    first, second = two
    deep_scores.fill()
    assert set(DeepScore.objects.values_list("axis", flat=True)) == {second.pk}
    deep_versions.activate(first.taste)
    deep_versions.activate(first.taste)
    found = chosen(alice, axes[0], space)
    assert found.deep == first
    assert deep_scores.scale(found) is None, "until all memes are scored by it"
    deep_scores.fill()
    assert set(DeepScore.objects.values_list("axis", flat=True)) == {first.pk}
    assert deep_scores.scale(chosen(alice, axes[0], space)) is not None
    assert DeepTaste.objects.get(version=2).waits_because == "Version 1 was chosen instead."

    deep_versions.activate(second.taste)
    assert chosen(alice, axes[0], space).deep == second
    deep_scores.fill()
    assert DeepScore.objects.filter(axis=second).count() == 80


def row(alice: User, space: EmbeddingSpace, version: int, **facts: str) -> DeepTaste:
    now = timezone.now()
    said = {"answers": 100, "basis": "any", "trained_at": now, "leased_until": now, **facts}
    return DeepTaste.objects.create(owner=alice, space=space, version=version, **said)


def test_a_version_that_learned_nonsense_waits_and_rankings_stay(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    liked = scores(space)
    answer(alice, axes[0], liked, 200)
    first = trained(alice, axes[0], space)
    answer(alice, axes[0], liked, 200, seed=9)
    # As if somebody with the opposite taste had given the first half.
    before = Comparison.objects.filter(answered_at__lt=first.taste.trained_at)
    before.update(left=F("right"), right=F("left"))
    assert trained(alice, axes[0], space) == first
    second = DeepTaste.objects.get(version=2)
    assert second.facts["against"]["tested"] >= deep_versions.FEWEST_TESTED
    assert "since version 1 was trained it predicts worse" in second.waits_because


def test_the_followed_version_is_kept_however_many_newer_ones_wait(alice: User, space: EmbeddingSpace) -> None:
    for version in range(1, 6):
        last = row(alice, space, version, waits_because="" if version == 1 else "It is worse.")
    deep_claims.prune(last)
    assert set(DeepTaste.objects.values_list("version", flat=True)) == {1, 3, 4, 5}


def test_what_cannot_be_used_is_not_activated(alice: User, space: EmbeddingSpace) -> None:
    first = row(alice, space, 1, fault="Its files are gone.")
    with pytest.raises(NotActivated, match="files are gone"):
        deep_versions.activate(first)
    DeepTaste.objects.filter(pk=first.pk).update(fault="")
    EmbeddingSpace.objects.filter(pk=space.pk).update(state=EmbeddingSpace.State.RETIRED)
    with pytest.raises(NotActivated, match="retired"):
        deep_versions.activate(first)
    DeepTaste.objects.filter(pk=first.pk).delete()
    with pytest.raises(NotActivated, match="no longer kept"):
        deep_versions.activate(first)


def test_the_registry_tells_versions_and_who_moved(alice: User, alice_client: Client, two: list[DeepAxis]) -> None:
    page = " ".join(alice_client.get(PAGE).content.decode().split())
    assert "too few to tell, so it was not held back" in page
    assert f"{two[1].metrics['deep']['auroc']['value']:.3f}" in page
    told = alice_client.get(API).json()
    assert [(one["version"], one["is_followed"], one["waits_because"]) for one in told] == [
        (2, True, ""),
        (1, False, ""),
    ]
    assert told[0]["losses"] == two[1].taste.facts["losses"]
    moved = registry.moved(alice, two[0], two[1])
    assert moved.memes == 80
    rise = [one.after - one.before for one in moved.up]
    assert rise == sorted(rise, reverse=True)
    assert min(rise) > 0 > max(one.after - one.before for one in moved.down)
    compared = alice_client.get(f"{PAGE}?before=1&after=2").content.decode()
    assert "Rose most" in compared
    assert f'href="{moved.up[0].meme.get_absolute_url()}"' in compared
    for junk in ("before=1", "before=1&after=9", "before=x&after=%00"):
        assert alice_client.get(f"{PAGE}?{junk}").status_code == 404

    assert "Rankings follow version 1" in alice_client.post(f"{PAGE}1/activate/", follow=True).content.decode()
    assert "Waits. Version 1 was chosen instead." in alice_client.get(PAGE).content.decode()
    assert alice_client.post(f"{API}/2/activate").status_code == 204
    assert alice_client.get(API).json()[0]["is_followed"]
    DeepTaste.objects.filter(version=1).update(is_outdated=True)
    assert alice_client.post(f"{API}/1/activate").status_code == 409
    assert alice_client.post(f"{API}/7/activate").status_code == 404
    assert alice_client.post(f"{PAGE}7/activate/").status_code == 404


def test_versions_are_their_owners_alone(alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace) -> None:
    liked = scores(space)
    for person in (alice, bob):
        tell(person, axes[0], liked, 20)
    DeepAxis.objects.create(taste=row(alice, space, 1), axis=axes[0], answers=1, is_better=True, metrics={}, library={})
    client = Client()
    client.force_login(bob)
    assert "Networks have learned nothing yet" in client.get(PAGE).content.decode()
    assert client.get(API).json() == []
    assert client.post(f"{PAGE}1/activate/").status_code == 404
    assert client.post(f"{API}/1/activate").status_code == 404
