"""Telling a taste that it is wrong."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from rating import corrections, exchange, intake, pairs
from rating.comparisons import MemeGone
from rating.marks import marks
from rating.models import Axis, Comparison, PairCandidate, Taste
from rating.pairs import Asked
from rating.pool import Pool
from search.models import EmbeddingSpace, Meme
from tests.rating.tasting import Commits, scores, small_library, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return small_library()


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Any) -> Commits:
    return django_capture_on_commit_callbacks  # type: ignore[no-any-return]  # pytest-django does not say


def test_a_correction_moves_the_meme_and_taken_back_moves_it_back(
    alice: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    liked = scores(space)
    tell(alice, axes[0], liked, 20)
    best = Meme.objects.get(pk=max(liked, key=lambda meme: liked[meme]))
    before, keys = marks(alice, best)[0].beaten, [uuid.uuid4() for _ in range(3)]
    for key in (keys[0], keys[0], *keys[1:]):
        with commits(execute=True):
            corrections.correct(alice, axes[0], best, is_loved=False, key=key)
    said = Comparison.objects.filter(policy=corrections.POLICY)
    assert {(row.left_id, row.outcome, row.is_evaluation) for row in said} == {(best.pk, "much_right", False)}
    assert len({row.right_id for row in said}) == 3
    assert corrections.corrected(alice, axes[0]) == {best.pk: False}
    monkeypatch.setattr(pairs, "REPEAT_AFTER", 0)
    assert pairs.fill(Asked(Pool(alice), "random", axes[:1]))
    assert not PairCandidate.objects.filter(is_repeat=True).exists()  # nobody saw these two beside each other
    assert marks(alice, best)[0].beaten < before - 0.1
    for key in keys:
        with commits(execute=True):
            assert corrections.take_back(alice, key) is not None
            assert corrections.take_back(alice, key) is None
    assert corrections.corrected(alice, axes[0]) == {}
    assert not PairCandidate.objects.filter(policy=corrections.POLICY).exists()  # nobody is asked about these pairs
    assert marks(alice, best)[0].beaten == pytest.approx(before, abs=0.02)


def test_a_correction_that_is_undone_where_one_rates_is_not_asked_about(
    alice_client: Client, alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    meme, key = Meme.objects.earliest("pk"), uuid.uuid4()
    corrections.correct(alice, axes[0], meme, is_loved=True, key=key)
    undone = alice_client.post("/api/v1/rating/undo", {"tab": "one"}, content_type="application/json").json()
    assert undone == {"key": str(key), "mode": None, "question": None, "said": {"useful": "much_left"}}
    assert not PairCandidate.objects.exists()
    corrections.correct(alice, axes[0], meme, is_loved=True, key=uuid.uuid4())
    Comparison.objects.standing().update(outcome="left")  # as it was answered where the pair was asked about
    assert corrections.corrected(alice, axes[0]) == {}


def test_a_correction_can_be_taken_along(
    alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace, commits: Commits
) -> None:
    meme = Meme.objects.earliest("pk")
    with commits(execute=True):
        assert corrections.correct(alice, axes[0], meme, is_loved=True, key=uuid.uuid4())
    assert Taste.objects.get(owner=alice).answers == 1
    assert marks(alice, meme)[0].beaten > 0.5  # how far depends on the meme that chance compared it with
    intake.bring_in(bob, exchange.as_jsonl(alice))
    assert corrections.corrected(bob, axes[0]) == {meme.pk: True}


def test_what_cannot_be_seen_or_compared_is_not_corrected(
    alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    meme = Meme.objects.earliest("pk")
    Meme.objects.filter(pk=meme.pk).update(private_to=bob)
    with pytest.raises(MemeGone):
        corrections.correct(alice, axes[0], meme, is_loved=True, key=uuid.uuid4())
    Meme.objects.exclude(pk=meme.pk).update(state=Meme.State.HIDDEN)
    with pytest.raises(MemeGone, match="no other meme"):
        corrections.correct(bob, axes[0], meme, is_loved=True, key=uuid.uuid4())
    assert not Comparison.objects.exists()
