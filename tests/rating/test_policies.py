"""Who chooses the next pairs, by what was learned of somebody."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User

from rating import bases, deep, tastes
from rating.models import Axis, Comparison
from rating.policies import LABELS, POLICIES, Pair, Wanted, answered_last, ordered
from search.models import Embedding, EmbeddingSpace
from tests.rating.bending import answer, bent, trained
from tests.rating.tasting import library, scores, tell

pytestmark = pytest.mark.django_db

TELLING = [name for name in POLICIES if name != "random"]


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return library()


def wanted(rater: User, axes: Sequence[Axis], space: EmbeddingSpace, **facts: Any) -> Wanted:
    ids = Embedding.objects.filter(space=space).order_by("meme").values_list("meme", flat=True)
    given = {"ids": list(ids), "used": set(), "count": 16, "rng": random.Random(0), **facts}
    return Wanted(rater, axes, **given)


def chosen(policy: str, asked: Wanted) -> list[Pair]:
    return [ordered(*proposal.pair) for proposal in POLICIES[policy](asked)]


def left_over(rater: User, axis: Axis, space: EmbeddingSpace, pairs: Sequence[Pair]) -> float:
    """How unsure one is of all memes once these pairs are answered: mean variance, in squared logits."""
    basis = bases.of(space)
    assert basis is not None
    ids, features = bases.features_of(np.asarray(sorted(scores(space)), np.int64), space, basis)
    places = np.searchsorted(ids, np.asarray(pairs))
    known = tastes.posterior(rater, axis, space, basis).expecting(features[places[:, 0]] - features[places[:, 1]])
    return float(known.variances(features).mean())


def test_everybody_is_offered_every_policy_in_words() -> None:
    assert list(LABELS) == list(POLICIES)
    assert len(set(LABELS.values())) == len(LABELS)


@pytest.mark.parametrize("policy", TELLING)
def test_different_pairs_are_chosen_none_of_them_used(
    alice: User, axes: list[Axis], space: EmbeddingSpace, policy: str
) -> None:
    first = chosen(policy, wanted(alice, axes, space))
    again = chosen(policy, wanted(alice, axes, space, used=set(first)))
    assert len(set(first)) == len(set(again)) == 16
    assert not set(first) & set(again)


def test_chosen_pairs_tell_more_than_random_ones_also_in_the_batch_behind(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    tell(alice, axes[0], scores(space), 20)
    first = chosen("epig", wanted(alice, axes, space))
    behind = chosen("epig", wanted(alice, axes, space, used=set(first), waiting=first))
    by_chance = chosen("random", wanted(alice, axes, space, count=32))
    assert left_over(alice, axes[0], space, first + behind) < 0.9 * left_over(alice, axes[0], space, by_chance)


def test_whoever_wants_the_best_is_asked_about_what_they_seem_to_love(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    liked = scores(space)
    tell(alice, axes[0], liked, 80)
    means = {
        policy: np.mean([liked[meme] for pair in chosen(policy, wanted(alice, axes, space)) for meme in pair])
        for policy in ("epig", "epig-best")
    }
    assert means["epig-best"] > means["epig"] + 0.1


def test_a_newcomer_is_asked_about_what_differs_most(alice: User, axes: list[Axis], space: EmbeddingSpace) -> None:
    by_chance = chosen("random", wanted(alice, axes, space))
    assert left_over(alice, axes[0], space, chosen("epig", wanted(alice, axes, space))) < 0.9 * left_over(
        alice, axes[0], space, by_chance
    )


def test_the_axes_of_the_last_answer_take_turns(alice: User, axes: list[Axis], space: EmbeddingSpace) -> None:
    assert answered_last(alice, axes) == axes[:1]
    assert answered_last(alice, []) == []
    tell(alice, axes[0], scores(space), 3)
    tell(alice, axes[2], scores(space, seed=9), 3)
    last = Comparison.objects.order_by("-pk")[:1].get()
    Comparison.objects.filter(axis=axes[1]).delete()
    Comparison.objects.create(
        rater=alice, axis=axes[1], left=last.left, right=last.right, outcome="left", policy="random",
        key=last.key, answered_at=last.answered_at,
    )  # fmt: skip
    assert answered_last(alice, axes) == axes[1:]
    assert answered_last(alice, axes[:1]) == axes[:1]
    both = chosen("epig", wanted(alice, axes, space))
    alone = [chosen("epig", wanted(alice, [axis], space)) for axis in axes[1:]]
    assert both[0] == alone[0][0]
    assert len(set(both)) == 16


def test_the_original_policy_asks_networks_where_there_are_some(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    answer(alice, axes[0], bent(space), 100)
    tastes.learn(alice, axes[0])
    before = chosen("variance", wanted(alice, axes, space))
    newest = trained(alice, axes[0], space)
    basis = bases.of(space)
    assert basis is not None
    ids, features = bases.features_of(np.asarray(sorted(scores(space)), np.int64), space, basis)
    said = deep.networks(newest.taste).by_member(features, str(axes[0].pk))
    asked = chosen("variance", wanted(alice, axes, space))
    assert asked != before
    left, right = np.searchsorted(ids, np.asarray(asked)).T
    doubts, others = (
        (1 / (1 + np.exp(said[rights] - said[lefts]))).var(1)
        for lefts, rights in (
            (left, right),
            np.random.default_rng(0).permuted(np.tile(np.arange(len(ids)), (2, 1)), axis=1),
        )
    )
    assert doubts.min() > np.quantile(others, 0.95)


def test_without_vectors_chance_decides(alice: User, axes: list[Axis], space: EmbeddingSpace) -> None:
    asked = wanted(alice, axes, space)
    Embedding.objects.all().delete()
    proposals = POLICIES["epig"](asked)
    assert len(proposals) == 16
    assert all(proposal.is_random for proposal in proposals)


def test_when_all_telling_pairs_are_used_up_the_rest_is_asked_too(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    asked = wanted(alice, axes, space)
    few = asked.ids[:4]
    found = chosen("epig", wanted(alice, axes, space, ids=few, used={ordered(few[0], few[1])}))
    assert len(found) == len(set(found)) == 5
    assert chosen("epig", wanted(alice, axes, space, ids=few[:1])) == []
