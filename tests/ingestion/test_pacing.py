"""Processes ask a host in turn too, by what they tell each other in the real Redis; without it each keeps its own queue."""

import itertools
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from ingestion.fetch import TryLater, Turns
from ingestion.pacing import SharedPacing
from tests.search.sidecar.waiting import eventually

APART_S = 0.05
ROUNDS = 4


@pytest.fixture(autouse=True)
def _nobody_waits() -> None:
    cache.clear()


def process() -> Turns:
    """As each worker has them: all that two of them share is Redis."""
    return Turns(APART_S, SharedPacing())


def test_two_processes_never_ask_one_host_at_once_nor_too_soon() -> None:
    visits: list[tuple[float, float]] = []
    start = threading.Barrier(3)

    def ask(turns: Turns) -> None:
        start.wait()
        for _ in range(ROUNDS):
            with turns.turn("a.example", 60):
                began = time.monotonic()
                visits.append((began, time.monotonic()))

    threads = [threading.Thread(target=ask, args=(process(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    visits.sort()
    gaps = [later - end for (_, end), (later, _) in itertools.pairwise(visits)]
    assert len(visits) == 3 * ROUNDS
    assert min(gaps) > APART_S * 0.9  # Redis counts in milliseconds


def test_a_host_that_wants_a_rest_gets_it_from_all_processes() -> None:
    first, second = process(), process()
    with first.turn("a.example", 10):
        first.rest("a.example", 1200)
    with pytest.raises(TryLater, match="left alone for 20 minutes") as refused, second.turn("a.example", 10):
        pass
    assert 1190 < refused.value.wait_s <= 1200
    with second.turn("b.example", 0.5):
        pass


def test_whoever_dies_while_asking_keeps_others_away_for_a_while_only() -> None:
    pacing = SharedPacing()
    assert pacing.claim("a.example", 0.05) == 0
    eventually(lambda: pacing.claim("a.example", 60) == 0, within_s=10)
    assert pacing.claim("a.example", 60) > 0


def test_without_redis_each_process_keeps_its_own_queue(settings: Any, tmp_path: Path) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/nothing"}}
    first, second = process(), process()
    with first.turn("a.example", 1), second.turn("a.example", 1):
        pass
    first.rest("a.example", 60)
    with pytest.raises(TryLater), first.turn("a.example", 1):
        pass
