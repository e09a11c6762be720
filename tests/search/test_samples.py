"""The sample that Postgres takes is the sidecar's, and costs no look at all vectors."""

import numpy as np
import pytest
from django.db import connection, transaction

from search import samples
from search.models import Embedding, EmbeddingSpace, Meme
from search.sidecar.background import hash_keys
from tests.search.planted import DIMS, plant, plant_space

COUNT, SAMPLE = 400, 50
FRAMES = 2


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    space = plant_space()
    vectors = np.eye(DIMS, dtype=np.float32)[np.arange(COUNT) % DIMS]
    ids = plant(space, vectors, frames=FRAMES)
    plant(plant_space(name="other", state="building"), vectors[:20])
    Meme.objects.filter(pk__in=ids[::5]).update(state=Meme.State.TRASHED)
    return space


def keys(space: EmbeddingSpace) -> list[int]:
    sample = samples.of(samples.searchable(space), SAMPLE)
    return [meme * samples.FRAMES_PER_MEME + frame for meme, frame in sample.values_list("meme", "frame")]


def test_the_sample_is_the_one_that_the_sidecar_takes(space: EmbeddingSpace) -> None:
    rows = Embedding.objects.filter(space=space, meme__state=Meme.State.ACTIVE).values_list("meme", "frame")
    every = np.array([meme * samples.FRAMES_PER_MEME + frame for meme, frame in rows])
    assert keys(space) == every[np.argsort(hash_keys(every))][:SAMPLE].tolist()


def test_it_is_read_along_an_index(space: EmbeddingSpace) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")  # as if there were so many vectors that sorting them took long
        plan = samples.of(samples.searchable(space).filter(frame=0), SAMPLE).explain()
    assert "Index Scan using embedding_sample" in plan
    assert "Sort" not in plan
