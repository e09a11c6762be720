"""The frame of a clip that answers a query stands for it among the results."""

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client

from search import retrieval
from search.models import Embedding, EmbeddingSpace, Meme
from search.query import Query, parse
from search.views.results import ON_TILES
from tests.search.asking import rows
from tests.search.planted import DIMS, plant_space

pytestmark = pytest.mark.django_db
AXES = np.eye(DIMS, dtype=np.float32)


@pytest.fixture
def space() -> EmbeddingSpace:
    return plant_space()


@pytest.fixture
def clip(space: EmbeddingSpace) -> Meme:
    """Of three moments, in three directions."""
    (meme,) = rows(1, kind="video", format="MP4", frame_count=3, derived_at="2026-01-01T00:00Z")
    for frame in range(3):
        Embedding.objects.create(space=space, meme=meme, frame=frame, vector=AXES[frame])
    return meme


def still(space: EmbeddingSpace, number: int, vector: np.ndarray) -> Meme:
    (meme,) = rows(1, start=number, derived_at="2026-01-01T00:00Z")
    Embedding.objects.create(space=space, meme=meme, vector=vector)
    return meme


def test_the_closest_frame_is_shown_for_a_clip(clip: Meme, space: EmbeddingSpace, alice: User, client: Client) -> None:
    for frame in (2, 0):
        like = still(space, 10 + frame, 0.9 * AXES[frame] + 0.1 * AXES[1])
        found = retrieval.search(alice, parse(f"like:{like.pk}"), detail=ON_TILES).hits
        assert {hit.meme.pk: hit.frame for hit in found}[clip.pk] == frame
        assert {hit.frame for hit in found if hit.meme != clip} == {None}
    client.force_login(alice)
    page = client.get(f"/?q=like:{like.pk}").content.decode()
    assert f'src="/media/{clip.pk}/{clip.sha256[:8]}/frame-0"' in page


def test_without_a_query_its_poster_is(clip: Meme, alice: User, client: Client) -> None:
    assert [hit.frame for hit in retrieval.search(alice, Query(), detail=ON_TILES).hits] == [None]
    client.force_login(alice)
    assert f'src="/media/{clip.pk}/{clip.sha256[:8]}/thumbnail"' in client.get("/").content.decode()
