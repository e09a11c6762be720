"""Writers and readers at once, for as long as MSE_SOAK_SECONDS says: the index ends equal to the database."""

import os
import random
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection

from search import indexing, retrieval, spaces
from search.models import EmbeddingSpace, Meme
from search.query import parse
from tests.fixtures.sidecar import TestSidecar

SECONDS = float(os.environ.get("MSE_SOAK_SECONDS", "60"))
WRITERS, READERS = 4, 4
COLORS = ("red", "orange", "yellow", "green", "blue", "purple")


def write_something(space: EmbeddingSpace, chance: random.Random) -> None:
    """A new meme with a vector, a new vector for an old one, or one that is trashed or brought back."""
    meme = Meme.objects.order_by("?").first() if chance.random() < 0.5 else None
    if meme is None:
        meme = Meme.objects.create(
            sha256=f"{chance.getrandbits(256):064x}", kind="image", format="PNG",
            width=1, height=1, size_bytes=1, is_stored=True,
        )  # fmt: skip
    elif chance.random() < 0.5:
        trashed = meme.state == Meme.State.TRASHED
        Meme.objects.filter(pk=meme.pk).update(state=Meme.State.ACTIVE if trashed else Meme.State.TRASHED)
        return
    vector = np.array([chance.gauss(0, 1) for _ in range(space.dims)], dtype=np.float32)
    indexing.keep_vectors(space, [(meme.pk, 1)], (vector / np.linalg.norm(vector))[None])


@pytest.mark.soak
def test_index_and_database_agree_after_writers_and_readers_ran_at_once(sidecar: TestSidecar, alice: User) -> None:
    space = spaces.ensure("lite")
    write_something(space, random.Random(1))
    sidecar.wait_for_everything()
    stop_at = time.monotonic() + SECONDS
    failures: list[BaseException] = []
    answers: list[str] = []

    def repeat(work: Callable[[random.Random], None], seed: int) -> None:
        chance = random.Random(seed)
        try:
            while time.monotonic() < stop_at:
                work(chance)
        except BaseException as error:  # noqa: BLE001 - shown below, in the thread that can fail the test
            failures.append(error)
        finally:
            connection.close()

    def read(chance: random.Random) -> None:
        results = retrieval.search(alice, parse(f"{chance.choice(COLORS)} -{chance.choice(COLORS)}x"), limit=20)
        answers.append(results.backend)
        assert len({hit.meme.pk for hit in results.hits}) == len(results.hits)

    threads = [
        threading.Thread(target=repeat, args=(lambda chance: write_something(space, chance), seed))
        for seed in range(WRITERS)
    ] + [threading.Thread(target=repeat, args=(read, 100 + seed)) for seed in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    assert set(answers) == {"sidecar"}
    sidecar.wait_for_everything()
    active = set(Meme.objects.filter(state="active", embeddings__space=space).values_list("pk", flat=True))
    found = retrieval.search(alice, parse("red"), limit=2000)
    assert {hit.meme.pk for hit in found.hits} == active or len(active) > 2000
