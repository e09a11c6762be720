"""The nearest memes without the sidecar: which way is taken, and that it finds what there is."""

from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from search import postgres_index
from search.models import EmbeddingSpace, Meme
from search.postgres_search import comparing, nearest, prepare_walk, walking
from search.vectors import Vector
from tests.search.planted import DIMS, MIXTURE, plant, plant_space
from tests.search.sidecar.mixture import nearest as brute_force

pytestmark = pytest.mark.django_db(transaction=True)
COUNT, K = 2000, 50
# Below this the graph is not used; the real bound would need ten thousand memes here.
FEW = 100
VECTORS = MIXTURE.draw(COUNT, 1)
QUERIES = [*MIXTURE.draw(5, 10**9), *MIXTURE.draw_unlike(5, 10**9)]


@pytest.fixture
def space(settings: Any, transactional_db: None) -> EmbeddingSpace:
    settings.POSTGRES_INDEX_FROM = FEW
    space = plant_space()
    plant(space, VECTORS)
    return space


@pytest.fixture
def indexed(space: EmbeddingSpace) -> Any:
    postgres_index.keep()
    assert postgres_index.is_ready(space)
    yield space
    EmbeddingSpace.objects.all().delete()
    postgres_index.keep()


def every(step: int) -> QuerySet[Meme]:
    first = Meme.objects.order_by("pk").values_list("pk", flat=True)[0]
    return Meme.objects.extra(where=["(id - %s) %% %s = 0"], params=[first, step])


def recall(space: EmbeddingSpace, step: int) -> float:
    """Against brute force, over all queries; a page that is too short counts as not found."""
    first = Meme.objects.order_by("pk").values_list("pk", flat=True)[0]
    rows = np.arange(0, COUNT, step)
    found = 0
    for query in QUERIES:
        truth = {first + row for row in brute_force(VECTORS, query, K, rows)}
        found += len(truth & set(nearest(space, query, every(step), K, compared_up_to=FEW))) / len(truth)
    return found / len(QUERIES)


# --- which way it takes --------------------------------------------------------------------------------------------


def walk_plan(space: EmbeddingSpace, matching: QuerySet[Meme]) -> str:
    with transaction.atomic():
        prepare_walk(K)
        return str(walking(space, QUERIES[0], matching)[:K].explain())


@pytest.mark.parametrize("step", [1, 2, 20, 1000])
def test_a_walk_follows_the_index_and_sorts_nothing(indexed: EmbeddingSpace, step: int, alice: User) -> None:
    plan = walk_plan(indexed, every(step).visible_to(alice))
    assert f"Index Scan using {postgres_index.name(indexed)}" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("among", ["memes", "ids"])
def test_comparing_never_uses_the_index(indexed: EmbeddingSpace, among: str) -> None:
    chosen = Meme.objects.all() if among == "memes" else list(Meme.objects.values_list("pk", flat=True)[:FEW])
    assert postgres_index.PREFIX not in comparing(indexed, QUERIES[0], chosen)[:K].explain()


def test_the_settings_of_a_walk_end_with_it(indexed: EmbeddingSpace) -> None:
    nearest(indexed, QUERIES[0], Meme.objects.all(), K, compared_up_to=FEW)
    plan = Meme.objects.order_by("title")[:5].explain()
    assert "Disabled: true" not in plan


# --- what it finds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "least"), [(1, 0.98), (2, 0.98), (10, 0.97), (100, 1.0), (1000, 1.0)])
def test_what_brute_force_finds_is_found_under_every_filter(indexed: EmbeddingSpace, step: int, least: float) -> None:
    assert recall(indexed, step) >= least


@pytest.mark.parametrize("step", [1, 10])
def test_without_an_index_the_answer_is_exact(space: EmbeddingSpace, step: int) -> None:
    assert recall(space, step) == 1.0


def test_scores_are_cosines_and_fall(indexed: EmbeddingSpace) -> None:
    found = nearest(indexed, QUERIES[0], Meme.objects.all(), K, compared_up_to=FEW)
    first = min(Meme.objects.values_list("pk", flat=True))
    assert list(found.values()) == sorted(found.values(), reverse=True)
    for meme_id, score in found.items():
        assert score == pytest.approx(float(VECTORS[meme_id - first] @ QUERIES[0]), abs=1e-3)


@pytest.mark.parametrize("depth", [1, 500, COUNT, COUNT + 5])
def test_pages_are_full_as_long_as_memes_are_there(indexed: EmbeddingSpace, depth: int) -> None:
    found = nearest(indexed, QUERIES[0], Meme.objects.all(), depth, compared_up_to=FEW)
    assert len(found) == min(depth, COUNT)


@pytest.mark.parametrize("is_far", [False, True])
def test_a_page_is_full_when_what_fits_is_far_away(indexed: EmbeddingSpace, is_far: bool) -> None:
    """The hardest filter for a graph: only what is least like the query fits."""
    query = QUERIES[0]
    first = min(Meme.objects.values_list("pk", flat=True))
    order = np.argsort(VECTORS @ query if is_far else -(VECTORS @ query))
    fits = Meme.objects.filter(pk__in=(order[: FEW * 2] + first).tolist())
    assert len(nearest(indexed, query, fits, FEW, compared_up_to=FEW)) == FEW


@pytest.mark.parametrize("most", [FEW, 10_000])
def test_the_best_frame_answers_for_a_clip(settings: Any, most: int) -> None:
    settings.POSTGRES_INDEX_FROM = FEW
    space = plant_space()
    clips = plant(space, MIXTURE.draw(1200, 3), frames=8)
    postgres_index.keep()
    found = nearest(space, QUERIES[0], Meme.objects.all(), 120, compared_up_to=most)
    best = (MIXTURE.draw(1200, 3) @ QUERIES[0]).reshape(-1, 8).max(axis=1)
    assert list(found) == [clips[row] for row in np.argsort(-best)[:120]]
    space.delete()
    postgres_index.keep()


@pytest.mark.parametrize("most", [FEW, 10_000])
def test_what_others_keep_private_is_never_found(indexed: EmbeddingSpace, alice: User, bob: User, most: int) -> None:
    query = QUERIES[0]
    near: Vector = np.repeat(query[None], FEW * 2, axis=0)
    hers, his = set(plant(indexed, near, owner=alice)), set(plant(indexed, near, owner=bob))
    found = nearest(indexed, query, Meme.objects.visible_to(alice), FEW * 3, compared_up_to=most)
    assert len(found) == FEW * 3
    assert hers <= set(found)
    assert not his & set(found)


def test_another_spaces_vectors_are_not_mixed_in(indexed: EmbeddingSpace) -> None:
    other = plant_space(name="other", dims=DIMS * 2, state="building")
    meme = Meme.objects.order_by("pk")[0]
    other.embeddings.create(meme=meme, vector=np.ones(DIMS * 2) / np.sqrt(DIMS * 2))
    found = nearest(other, np.ones(DIMS * 2, np.float32) / np.float32(8), Meme.objects.all(), K)
    assert list(found) == [meme.pk]
    assert len(nearest(indexed, QUERIES[0], Meme.objects.all(), K, compared_up_to=FEW)) == K
