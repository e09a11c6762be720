from typing import Any

import numpy as np
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from search.models import Embedding, EmbeddingChange, EmbeddingSpace, Meme
from search.vectors import to_array
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
    assert Meme.objects.create(sha256="0", width=1, height=1, size_bytes=1, is_stored=False).pk == 51
    meme = Meme.objects.exclude(text="").earliest("pk")
    assert Meme.objects.filter(pk=meme.pk, words=meme.text.split()[0]).exists()
    with connection.cursor() as cursor:
        cursor.execute("select reltuples from pg_class where relname = 'search_embedding'")
        assert cursor.fetchone() == (50,)


def test_the_same_library_comes_every_time_and_a_word_is_said_by_many() -> None:
    first: list[Any] = list(rows(300))
    assert first == list(rows(300))
    common = vocabulary()[0]
    assert sum(common in str(row[3]).split() for row in first) > 3
