"""A sample that is always the same for the same vectors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search.encoders import load
from search.sidecar.background import hash_keys
from search.sidecar.coded import CodedIndex
from search.sidecar.index import ExactIndex
from search.sidecar.rows import RowFile
from search.sidecar.sample import RESERVE, SAMPLE, Sample
from search.sidecar.served import Served, Space
from search.sidecar.service import Service
from search.sidecar.terms import Ids, Vector, VectorTerm

DIMS = 16


def vectors(seed: int, count: int) -> Vector:
    drawn = np.random.default_rng(seed).normal(size=(count, DIMS)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


QUERY = vectors(0, 1)[0]


def filled(index: Any, count: int) -> Any:
    index.extend(np.arange(1, count + 1) * 256, vectors(1, count))
    return index


@pytest.fixture(params=["exact", "coded"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    index = ExactIndex(DIMS) if request.param == "exact" else CodedIndex(RowFile.begin(tmp_path / "rows", DIMS))
    return filled(index, 4000)


def expected(index: Any) -> Ids:
    """By definition: the keys with the smallest hashes."""
    keys = index.keys()
    return keys[np.argsort(hash_keys(keys))][:SAMPLE]


def change(index: Any, sample: Sample, changes: dict[int, dict[int, Vector]]) -> None:
    index.apply(changes)
    sample.follow(index, changes)


def test_it_is_the_vectors_with_the_smallest_hashes(library: Any) -> None:
    assert Sample(library).keys()[:SAMPLE].tolist() == expected(library).tolist()


def test_it_stays_so_while_memes_come_change_and_go(library: Any) -> None:
    sample = Sample(library)
    dice = np.random.default_rng(5)
    fresh = vectors(6, 20_000)
    for step in range(60):
        touched = dice.integers(1, 6000, 120).tolist()
        changes = {
            meme: {} if dice.random() < 0.6 else dict.fromkeys(range(step % 3), fresh[(step * 120 + meme) % 20000])
            for meme in touched
        }
        change(library, sample, changes)
        assert sample.keys()[:SAMPLE].tolist() == expected(library).tolist(), step
    again = Sample(library)
    assert sample.background(QUERY, 1) == again.background(QUERY, 1), "its history does not matter"


def test_it_is_chosen_anew_when_too_much_of_it_is_gone(library: Any) -> None:
    sample = Sample(library)
    gone = [int(key) // 256 for key in sample.keys()[: RESERVE - SAMPLE + 10]]
    change(library, sample, {meme: {} for meme in gone})
    assert sample.keys()[:SAMPLE].tolist() == expected(library).tolist()
    assert len(sample.keys()) == RESERVE


def test_a_library_that_grows_from_nothing_is_followed() -> None:
    index = ExactIndex(DIMS)
    sample = Sample(index)
    assert sample.background(QUERY, 0).sampled == 0
    for start in range(0, 9000, 500):
        drawn = vectors(start, 500)
        change(index, sample, {start + row + 1: {0: drawn[row]} for row in range(500)})
        assert sample.keys()[:SAMPLE].tolist() == expected(index).tolist()
        assert len(sample.keys()) <= 2 * RESERVE
    change(index, sample, {meme: {} for meme in range(1, 9001)})
    assert (len(sample.keys()), sample.background(QUERY, 0).sampled) == (0, 0)


def test_a_changed_vector_counts_as_it_is_now() -> None:
    index = filled(ExactIndex(DIMS), 100)
    sample = Sample(index)
    change(index, sample, {meme: {0: QUERY} for meme in range(1, 101)})
    background = sample.background(QUERY, 100)
    assert (background.centre, background.spread, background.sampled) == (pytest.approx(1), pytest.approx(0), 100)


def test_an_answer_tells_it_when_asked() -> None:
    served = Served(Space(7, "lite", "1", DIMS), load("lite"), filled(ExactIndex(DIMS), 3000))
    service = Service()
    service.publish(served)
    assert service.search([VectorTerm(QUERY)], 5).background is None
    background = service.search([VectorTerm(QUERY)], 5, with_background=True).background
    assert background is not None
    assert (background.sampled, background.total) == (SAMPLE, 3000)
    assert background.centre == pytest.approx(0, abs=0.05)
    assert background.spread == pytest.approx(DIMS**-0.5, rel=0.15)  # of random directions
    served.apply({meme: {0: QUERY} for meme in range(1, 3001)})
    changed = service.search([VectorTerm(QUERY)], 5, with_background=True).background
    assert changed is not None
    assert changed.centre == pytest.approx(1, abs=0.01)
