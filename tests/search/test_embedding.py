"""Vectors: the encoder has a thread of its own, and waits neither for files nor for Postgres."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.base import File

from search import embedding, jobs, store
from search.encoders import EncoderAway, Picture
from search.models import Claim, Embedding, EmbeddingSpace, Meme
from search.store import AtomicFileSystemStorage
from tests.ingestion.conftest import picture
from tests.search.asking import rows

pytestmark = pytest.mark.django_db
WAIT_S = 60


class CountedStorage(AtomicFileSystemStorage):
    """Tells how many files were opened."""

    opened = 0
    changed = threading.Condition()

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with self.changed:
            type(self).opened += 1
            self.changed.notify_all()
        return super()._open(name, mode)

    @classmethod
    def wait_for(cls, count: int) -> bool:
        with cls.changed:
            return cls.changed.wait_for(lambda: cls.opened >= count, WAIT_S)


class Waiting:
    """An encoder that is not done with a batch before the pictures of the next one are read."""

    spec, name, revision, dims, reads_text = "waiting", "waiting", "1", 4, False

    def __init__(self, batch: int, memes: int) -> None:
        self.batch, self.memes = batch, memes
        self.calls = 0
        self.was_fed: list[bool] = []

    def encode_pictures(self, pictures: Sequence[Picture]) -> Any:
        self.calls += 1
        if self.calls > 1:  # how long the first takes is not known before
            self.was_fed.append(CountedStorage.wait_for(min(self.memes, (self.calls + 1) * self.batch)))
        return np.tile(np.eye(1, 4, self.calls % 4, dtype=np.float32), (len(pictures), 1))


class Away(Waiting):
    """An encoder on another machine, which goes away while its second batch waits."""

    def encode_pictures(self, pictures: Sequence[Picture]) -> Any:
        if self.calls:
            raise EncoderAway("The embedding server does not answer.")
        return super().encode_pictures(pictures)


def with_thumbnails(media_dir: Path) -> tuple[list[Meme], EmbeddingSpace]:
    """Nine memes, and a space in which they lack their vectors."""
    memes = rows(9, derived_at="2026-01-01T00:00Z")
    storage = CountedStorage(location=str(media_dir))
    for seed, meme in enumerate(memes):
        path = Path(storage.path(store.thumbnail_key(meme.sha256)))
        path.parent.mkdir(parents=True)
        path.write_bytes(picture(seed))
    facts = {"dims": 4, "reads_text": False, "state": "active"}
    return memes, EmbeddingSpace.objects.create(name="waiting", revision="1", **facts)


def test_the_next_pictures_are_read_while_the_encoder_is_busy(media_dir: Path, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "memes": {
        "BACKEND": "tests.search.test_embedding.CountedStorage", "OPTIONS": {"location": str(media_dir)},
    }}  # fmt: skip
    CountedStorage.opened = 0
    memes, space = with_thumbnails(media_dir)
    encoder = Waiting(3, 9)
    with jobs.sweep("embedding", lambda: 0) as job:
        assert embedding.fill(space, encoder, float("inf"), job, batch=3) == 9  # type: ignore[arg-type]  # a small one
    assert (encoder.calls, encoder.was_fed) == (3, [True, True])
    firsts = Embedding.objects.filter(meme__in=[memes[0], memes[3], memes[8]]).order_by("meme")
    assert [np.argmax(one.vector) for one in firsts] == [1, 2, 3]  # each batch has its own
    assert not Claim.objects.exists()
    assert Meme.objects.filter(embeddings=None).count() == 0


def test_an_encoder_that_goes_away_costs_no_meme_one_of_its_tries(media_dir: Path) -> None:
    memes, space = with_thumbnails(media_dir)
    with jobs.sweep("embedding", lambda: 0) as job:
        assert embedding.fill(space, Away(3, 9), float("inf"), job, batch=3) == 3  # type: ignore[arg-type]  # a small one
    assert not Claim.objects.exists(), "the next worker takes them at once, as if nobody had tried"
    assert set(Meme.objects.filter(embeddings=None)) == set(memes[3:])
