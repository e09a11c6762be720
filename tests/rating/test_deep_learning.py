from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser, User

from rating import bases, deep, deep_learning, tastes
from rating.ensemble.train import Schedule
from rating.evidence import chosen
from rating.models import Axis, DeepAxis, DeepTaste
from rating.scores import standing
from rating.terms import TasteKind
from search import retrieval
from search.models import Embedding, EmbeddingSpace
from search.query import parse
from search.vectors import to_array
from tests.rating.bending import QUICK, answer, bent, trained
from tests.rating.tasting import scores, small_library

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return small_library(160)


def found(user: User, q: str) -> list[int]:
    return [hit.meme.pk for hit in retrieval.search(user, parse(q), limit=200).hits]


def test_evidence_picks_networks_where_no_direction_will_do(
    alice: User, bob: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    crooked, straight = bent(space), scores(space)
    answer(alice, axes[0], crooked, 300)
    answer(alice, axes[1], straight, 300, noise=1.0)
    assert deep_learning.train_next(Schedule(rate=5e-3, most_epochs=25))

    on_crooked, on_straight = (chosen(alice, axis, space) for axis in axes[:2])
    assert on_crooked.uses_deep
    assert not on_straight.uses_deep
    assert on_crooked.deep is not None
    measured = on_crooked.deep.metrics
    assert measured["tested"] > 50
    assert measured["gain"]["value"] > 0.03
    assert measured["deep"]["accuracy"]["value"] > measured["direction"]["accuracy"]["value"] + 0.2
    assert {"auroc", "log_loss", "calibration_error"} <= set(measured["deep"])

    loved = [crooked[meme] > 0 for meme in found(alice, "taste:useful")]
    assert np.mean(loved[:40]) > 0.9, "what was said to be much better comes first"
    assert np.mean(loved[-40:]) < 0.1
    with pytest.raises(retrieval.NothingToCompare, match="no taste"):
        found(bob, "taste:alice/useful")
    assert not TasteKind().is_deep(AnonymousUser(), space, "alice/useful")
    tastes.share(alice, axes[0], is_shared=True)
    assert found(bob, "taste:alice/useful") == found(alice, "taste:useful")

    best, worst = max(crooked, key=crooked.__getitem__), min(crooked, key=crooked.__getitem__)
    high, low = standing(alice, on_crooked.deep, [best, worst, 0])
    assert (high.meme_id, low.meme_id) == (best, worst)
    assert high.percentile > 50 > low.percentile
    assert high.score > 0 > low.score
    assert on_straight.linear is not None
    ends = sorted(straight, key=straight.__getitem__)
    low, high = standing(alice, on_straight.linear, [ends[0], ends[-1]])
    assert (low.percentile < 20, high.percentile > 80) == (True, True)


def test_what_networks_say_weighs_as_much_in_a_search_as_a_direction(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    answer(alice, axes[0], scores(space), 150)
    axis = trained(alice, axes[0], space)
    memes = np.array(sorted(scores(space)))
    said = TasteKind().scores(alice, space, "useful", np.append(memes, 10**9))
    assert said[-1] == 0, "nothing can be said of a meme that is not there"
    vectors = np.stack([to_array(Embedding.objects.get(meme=meme).vector) for meme in memes.tolist()])
    cosines = vectors @ TasteKind().vector(alice, space, "useful")
    assert said[:-1].std() == pytest.approx(cosines.std(), rel=0.02)
    assert np.corrcoef(said[:-1], cosines)[0, 1] > 0.9
    assert axis.taste.answers == 150


def test_each_answer_counts_at_once_though_networks_are_trained_later(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    liked = scores(space)
    answer(alice, axes[0], liked, 120)
    trained(alice, axes[0], space)
    before = found(alice, "taste:useful")
    answer(alice, axes[0], {meme: -score for meme, score in liked.items()}, 40, seed=8)
    tastes.learn(alice, axes[0])
    assert DeepTaste.objects.get().answers == 120
    assert found(alice, "taste:useful") != before


def test_a_retired_space_is_refused_and_the_new_one_is_learned_from_the_same_answers(
    alice: User, axes: list[Axis], space: EmbeddingSpace
) -> None:
    answer(alice, axes[0], bent(space), 120)
    before = trained(alice, axes[0], space)
    EmbeddingSpace.objects.filter(pk=space.pk).update(state=EmbeddingSpace.State.RETIRED)
    vectors = Embedding.objects.filter(space=space).values_list("meme", "vector")
    new = EmbeddingSpace.objects.create(
        name="lite", revision="new", dims=32, reads_text=True, state=EmbeddingSpace.State.ACTIVE
    )
    Embedding.objects.bulk_create(Embedding(space=new, meme_id=meme, vector=vector) for meme, vector in vectors)
    old = DeepAxis.objects.select_related("taste__space").get(pk=before.pk)
    with pytest.raises(deep.BadDeepTaste, match="retired"):
        deep.networks(old.taste)
    assert not deep_learning.train_next(QUICK), "there are no coordinates to learn in yet"
    assert bases.learn(new)
    assert not TasteKind().is_deep(alice, new, "useful")
    assert trained(alice, axes[0], new).taste.version == 1
    assert TasteKind().is_deep(alice, new, "useful")


FAULTS: dict[str, Any] = {
    "truncated": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "flipped": lambda data: data[:-2] + bytes([data[-2] ^ 1]) + data[-1:],
    "gone": lambda data: None,
}


def test_files_that_cannot_be_read_leave_the_direction_and_are_trained_again(
    alice: User, axes: list[Axis], space: EmbeddingSpace, media_dir: Any
) -> None:
    answer(alice, axes[0], bent(space), 120)
    by_direction = found(alice, "taste:useful")
    axis = trained(alice, axes[0], space)
    file = media_dir / deep.key(axis.taste.file, deep.WEIGHTS)
    data = file.read_bytes()
    for name, damage in FAULTS.items():
        deep.forget_read()
        DeepTaste.objects.update(fault="")
        file.unlink(missing_ok=True)
        if (damaged := damage(data)) is not None:
            file.write_bytes(damaged)
        assert found(alice, "taste:useful") == by_direction, name
        assert DeepTaste.objects.get().fault, name
        assert not chosen(alice, axes[0], space).uses_deep
    assert standing(alice, axis, [min(bent(space))]) == []
    again = trained(alice, axes[0], space).taste
    assert again.version == 2
    assert not DeepTaste.objects.exclude(pk=again.pk).exists(), "what cannot be used is not kept"


def test_files_of_another_version_or_space_are_refused(
    alice: User, axes: list[Axis], space: EmbeddingSpace, media_dir: Any
) -> None:
    answer(alice, axes[0], bent(space), 120)
    taste = trained(alice, axes[0], space).taste
    other = DeepTaste(space=space, file="0" * 64, basis=taste.basis)
    for kind in (deep.WEIGHTS, deep.DESCRIPTION):
        target = media_dir / deep.key(other.file, kind)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((media_dir / deep.key(taste.file, kind)).read_bytes())
    with pytest.raises(deep.BadDeepTaste, match="another version"):
        deep.networks(other)
    with pytest.raises(deep.BadDeepTaste, match="another space"):
        deep.networks(DeepTaste(space=space, file=taste.file, basis="elsewhere"))
