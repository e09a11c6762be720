"""Sixteen who write and sixteen who search at once, for as long as MSE_SOAK_SECONDS says: nobody sees what they may not,
and the index ends equal to the database."""

import math
import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection

from search import indexing, retrieval, spaces
from search.models import Embedding, EmbeddingSpace, Meme
from search.query import parse
from search.sidecar import terms as wire
from search.vectors import to_array
from tests.fixtures.sidecar import FEW, START_S, TestSidecar
from tests.search.sidecar.waiting import eventually

SECONDS = float(os.environ.get("MSE_SOAK_SECONDS", "60"))
WRITERS, READERS = 16, 16
ROUNDING = 2e-3  # of cosines, between 16 and 32 bits
QUERIES = (
    "grumpy",
    '"grumpy monday"^0',
    "red -blue",
    "monday type:image",
    "RE16",
    "-type:video",
    "sort:new",
    "monday^2 red",
)

Reader = User | AnonymousUser


@dataclass
class Change:
    """What a meme becomes, at some time between `began` and `ended`."""

    is_active: bool
    owner: int | None
    began: float = field(default_factory=time.monotonic)
    ended: float = math.inf


class Log:
    """Who could see which meme when; each change is noted before it is made."""

    def __init__(self) -> None:
        self.changes: dict[int, list[Change]] = defaultdict(list)

    @contextmanager
    def changing(self, pk: int, is_active: bool, owner: int | None) -> Iterator[None]:
        change = Change(is_active, owner)
        self.changes[pk].append(change)
        yield
        change.ended = time.monotonic()

    def could_see(self, reader: Reader, pk: int, began: float, ended: float) -> bool:
        """Whether `reader` was allowed to see it at any time from `began` to `ended`."""
        changes = list(self.changes[pk])
        until = [later.ended for later in changes[1:]] + [math.inf]
        return any(
            change.began <= ended and end >= began and change.is_active and change.owner in (None, reader.pk)
            for change, end in zip(changes, until, strict=True)
        )


class Writer:
    """Somebody with memes of their own, which nobody else changes."""

    def __init__(self, number: int, space: EmbeddingSpace, people: list[int], log: Log) -> None:
        self.chance = random.Random(number)
        self.space, self.people, self.log = space, people, log
        self.next_pk = 1_000_000 * (number + 1)
        self.mine: dict[int, tuple[bool, int | None]] = {}

    def work(self) -> None:
        action = self.chance.choice((self.add, self.replace, self.trash_or_restore, self.share_or_keep_private))
        action() if self.mine else self.add()

    def add(self) -> None:
        owner, pk = self.chance.choice([None, None, *self.people]), self.next_pk
        self.next_pk += 1
        with self._changing(pk, True, owner):
            Meme.objects.create(
                pk=pk, sha256=f"{self.chance.getrandbits(256):064x}", kind="image", format="PNG", width=1, height=1,
                size_bytes=1, is_stored=True, private_to_id=owner,
                text=self.chance.choice(("grumpy monday", "XRE16TGK", "")),
            )  # fmt: skip
        self._embed(pk)

    def replace(self) -> None:
        """The text is read anew, and the vector with it."""
        pk = self._any()
        Meme.objects.filter(pk=pk).update(text=self.chance.choice(("grumpy monday", "monday", "RE16")))
        self._embed(pk)

    def trash_or_restore(self) -> None:
        pk = self._any()
        is_active, owner = self.mine[pk]
        with self._changing(pk, not is_active, owner):
            Meme.objects.filter(pk=pk).update(state=Meme.State.TRASHED if is_active else Meme.State.ACTIVE)

    def share_or_keep_private(self) -> None:
        pk = self._any()
        is_active, _ = self.mine[pk]
        owner = self.chance.choice([None, *self.people])
        with self._changing(pk, is_active, owner):
            Meme.objects.filter(pk=pk).update(private_to=owner)

    def _any(self) -> int:
        return self.chance.choice(list(self.mine))

    @contextmanager
    def _changing(self, pk: int, is_active: bool, owner: int | None) -> Iterator[None]:
        with self.log.changing(pk, is_active, owner):
            yield
        self.mine[pk] = (is_active, owner)

    def _embed(self, pk: int) -> None:
        vector = np.array([self.chance.gauss(0, 1) for _ in range(self.space.dims)], dtype=np.float32)
        indexing.keep_vectors(self.space, [(pk, 1)], (vector / np.linalg.norm(vector))[None])


def look(reader: Reader, log: Log, chance: random.Random) -> None:
    began = time.monotonic()
    found = retrieval.search(reader, parse(chance.choice(QUERIES)), limit=30)
    ids = [hit.meme.pk for hit in found.hits]
    seen = [(ids, began, time.monotonic())]
    if ids and chance.random() < 0.5:
        began = time.monotonic()
        alike = [hit.meme.pk for hit in retrieval.similar(reader, Meme.objects.get(pk=ids[0])).hits]
        seen.append((alike, began, time.monotonic()))
    for ids, began, ended in seen:
        assert len(set(ids)) == len(ids)
        for pk in ids:
            assert log.could_see(reader, pk, began, ended), (reader, pk, log.changes[pk], began, ended)


def run_at_once(workers: list[Callable[[], None]]) -> tuple[list[BaseException], list[int]]:
    """What went wrong, and how often each worked."""
    stop_at = time.monotonic() + SECONDS
    failures: list[BaseException] = []
    counts = [0] * len(workers)

    def repeat(number: int) -> None:
        try:
            while time.monotonic() < stop_at and not failures:
                workers[number]()
                counts[number] += 1
        except BaseException as error:  # noqa: BLE001 - shown by the test, in the thread that can fail it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=repeat, args=(number,)) for number in range(len(workers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures, counts


def is_level(space: EmbeddingSpace) -> bool:
    """Whether the sidecar holds what the database holds: the same memes, and of each the newest vector."""
    stored = dict(Embedding.objects.filter(space=space, meme__state=Meme.State.ACTIVE).values_list("meme_id", "vector"))
    direction = np.random.default_rng(0).standard_normal(space.dims).astype(np.float32)
    direction /= np.linalg.norm(direction)
    found = retrieval.sidecar().search([wire.VectorTerm(direction)], len(stored) + 100)
    scores = dict(zip(found.ids.tolist(), found.scores.tolist(), strict=True))
    if set(scores) != set(stored):
        return False
    true = {pk: float(to_array(vector) @ direction) for pk, vector in stored.items()}
    return bool(max(abs(scores[pk] - true[pk]) for pk in stored) < ROUNDING)


@pytest.fixture(params=["sidecar", "coded_sidecar"])
def soaked(request: pytest.FixtureRequest, transactional_db: None) -> TestSidecar:
    """One that compares all vectors, and one that searches by codes, moves to other slots and learns anew meanwhile."""
    running: TestSidecar = request.getfixturevalue(request.param)
    return running


@pytest.mark.soak
def test_nobody_sees_what_they_may_not_while_everything_changes(
    soaked: TestSidecar, alice: User, bob: User, settings: object
) -> None:
    settings.PUBLIC_LIBRARY = True  # type: ignore[attr-defined]  # strangers look too
    space, log = spaces.ensure("lite"), Log()
    writers = [Writer(number, space, [alice.pk, bob.pk], log) for number in range(WRITERS)]
    for writer in writers:
        for _ in range(1 + FEW // WRITERS):
            writer.add()
    soaked.wait_for_everything()
    has_codes = soaked.is_coded
    if has_codes:
        soaked.wait_for_codes()
    readers: list[Reader] = [(alice, bob, AnonymousUser())[number % 3] for number in range(READERS)]
    looks = [partial(look, reader, log, random.Random(100 + number)) for number, reader in enumerate(readers)]
    failures, counts = run_at_once([*(writer.work for writer in writers), *looks])
    assert not failures, failures
    assert min(counts) > 0, counts
    # As many vectors are not yet the same ones: the last change may have replaced one.
    eventually(lambda: is_level(space), within_s=START_S)
    health = soaked.health()
    assert health is not None
    assert health.is_exact != has_codes
