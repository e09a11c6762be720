from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.db.models import Count, F
from psycopg.conninfo import make_conninfo

from search.collapse import Looks, are_alike
from search.models import Embedding, EmbeddingChange, EmbeddingSpace, Meme, Sighting
from search.vectors import to_array
from tests.benchmarks import kin
from tests.benchmarks.full_library import Encoder, fill, rows, vocabulary
from tests.fixtures.sidecar import _address


@pytest.mark.django_db(transaction=True)
def test_the_library_is_what_the_site_would_have_written() -> None:
    vectors = fill(make_conninfo(**_address()), 50, Encoder("openclip:nothing", "1", 16))
    space = EmbeddingSpace.objects.get()
    assert (space.dims, space.state) == (16, "active")
    assert Meme.objects.count() == EmbeddingChange.objects.values("meme_id").distinct().count() == 50
    for embedding in Embedding.objects.order_by("meme_id"):
        np.testing.assert_array_equal(to_array(embedding.vector), vectors[embedding.meme_id - 1])
    assert [sighting.meme_id for sighting in Sighting.objects.order_by("meme")] == list(range(1, 51))
    assert Meme.objects.filter(top_score=F("sightings__score"), dated_at=F("sightings__posted_at")).count() == 50
    assert Meme.objects.create(sha256="0", width=1, height=1, size_bytes=1, is_stored=False).pk == 51
    meme = Meme.objects.exclude(text="").earliest("pk")
    assert Meme.objects.filter(pk=meme.pk, words=meme.text.split()[0]).exists()
    with connection.cursor() as cursor:
        cursor.execute("select reltuples from pg_class where relname = 'search_embedding'")
        assert cursor.fetchone() == (50,)


@pytest.mark.django_db(transaction=True)
def test_in_a_library_that_is_lived_in_pictures_come_again_and_clips_have_frames() -> None:
    vectors = fill(make_conninfo(**_address()), 50, Encoder("openclip:nothing", "1", 256), is_lived_in=True)
    frames = dict(Embedding.objects.values_list("meme").annotate(Count("frame")))
    assert frames == dict(Meme.objects.values_list("pk", "frame_count"))
    assert set(frames.values()) == {1, kin.FRAMES}
    first, *copies = Meme.objects.filter(pk__in=[1, *(1 + place for place in kin.COPIES)]).order_by("pk")
    looks = [Looks.of(meme.text, meme.color, meme.width, meme.height) for meme in (first, *copies)]
    for copy, look in zip(copies, looks[1:], strict=True):
        assert are_alike(looks[0], look, ((first.phash or 0) ^ (copy.phash or 0)).bit_count())
        assert vectors[copy.pk - 1] @ vectors[first.pk - 1] > 0.95


def test_the_same_library_comes_every_time_and_a_word_is_said_by_many() -> None:
    first: list[Any] = list(rows(300))
    assert first == list(rows(300))
    common = vocabulary()[0]
    assert sum(common in str(row[3]).split() for row in first) > 3
