"""The coded index against brute force, while it changes and under filters."""

import threading
from pathlib import Path

import numpy as np
import pytest

from search.sidecar.allowed import pack, unpack
from search.sidecar.coded import CodedIndex
from search.sidecar.rows import RowFile
from search.sidecar.terms import Vector
from tests.search.sidecar.coded import coded_index
from tests.search.sidecar.mixture import Mixture, nearest
from tests.search.sidecar.scratch import unit_vectors

MIXTURE = Mixture()
COUNT, K = 8000, 20
VECTORS = MIXTURE.draw(COUNT, 1)


@pytest.fixture
def index(tmp_path: Path) -> CodedIndex:
    return coded_index(tmp_path / "rows", VECTORS)


def recall(index: CodedIndex, queries: Vector, allowed: np.ndarray | None = None) -> float:
    found = 0
    for query in queries:
        among = None if allowed is None else np.sort(allowed) - 1
        ids, _ = index.search(query, K, allowed=None if allowed is None else unpack(pack(allowed)))
        assert len(set(ids.tolist())) == len(ids) == K
        assert allowed is None or np.isin(ids, allowed).all()
        found += len(set((ids - 1).tolist()) & set(nearest(VECTORS, query, K, among)))
    return found / K / len(queries)


def test_neighbours_are_found_for_queries_like_the_library_and_unlike_it(index: CodedIndex) -> None:
    assert recall(index, MIXTURE.draw(40, 2)) >= 0.98
    assert recall(index, MIXTURE.draw_unlike(40, 2)) >= 0.97


def test_codes_are_what_is_searched(tmp_path: Path) -> None:
    """With hardly more candidates than results the codes alone decide, and they are no exact search."""
    assert recall(coded_index(tmp_path / "rows", VECTORS, factor=0.2), MIXTURE.draw(40, 2)) < 0.98


@pytest.mark.parametrize("share", [0.005, 0.1, 0.25, 0.5, 0.99])
def test_neighbours_are_found_among_allowed_memes(index: CodedIndex, share: float) -> None:
    allowed = np.random.default_rng(3).permutation(COUNT)[: int(COUNT * share)] + 1
    queries = np.concatenate([MIXTURE.draw(20, 4), MIXTURE.draw_unlike(20, 4)])
    assert recall(index, queries, allowed) >= 0.98


def test_few_allowed_memes_are_compared_exactly(index: CodedIndex) -> None:
    allowed = np.random.default_rng(5).permutation(COUNT)[:1500] + 1
    assert recall(index, MIXTURE.draw_unlike(40, 6), allowed) == 1.0


def test_a_page_is_full_while_matches_exist(index: CodedIndex) -> None:
    query = MIXTURE.draw(1, 7)[0]
    order = np.array(nearest(VECTORS, query, COUNT)) + 1
    farthest = order[-COUNT // 2 :]  # the half that no candidate of an unfiltered search is in
    ids, _ = index.search(query, 300, allowed=unpack(pack(farthest)), exclude=farthest[:200].tolist())
    assert len(ids) == 300
    assert set(ids.tolist()) <= set(farthest[200:].tolist())
    assert len(index.search(query, COUNT + 5)[0]) == COUNT


def test_unknown_allowed_memes_are_harmless(index: CodedIndex) -> None:
    assert sorted(index.search(VECTORS[0], 9, allowed=np.array([3, 3, 10**12, 4, 0]))[0].tolist()) == [3, 4]
    assert len(index.search(VECTORS[0], 9, allowed=np.empty(0, np.int64))[0]) == 0
    index.apply({meme: {} for meme in range(5, 3005)})
    nearly_all = np.concatenate([[-1, 0], np.arange(1, COUNT + 1)])
    for allowed in (nearly_all, unpack(pack(nearly_all))):
        ids, _ = index.search(VECTORS[4000], COUNT, allowed=allowed)
        assert (len(ids), ids.min()) == (COUNT - 3000, 1)
    beyond = unpack(pack(np.arange(COUNT + 10, COUNT + 5000)))
    assert len(index.search(VECTORS[0], 9, allowed=beyond)[0]) == 0


def test_scores_are_exact(index: CodedIndex) -> None:
    query = MIXTURE.draw(1, 8)[0]
    ids, scores = index.search(query, K)
    np.testing.assert_allclose(scores, VECTORS[ids - 1] @ query, atol=1e-6)
    assert (np.diff(scores) <= 0).all()
    assert (str(ids.dtype), str(scores.dtype)) == ("int64", "float32")


def test_the_order_of_equal_queries_is_stable(index: CodedIndex) -> None:
    index.apply({meme: {0: VECTORS[0]} for meme in (9004, 9002, 9009)})
    first = index.search(VECTORS[0], 50)[0].tolist()
    assert first[:4] == [1, 9002, 9004, 9009]
    assert all(index.search(VECTORS[0], 50)[0].tolist() == first for _ in range(5))


def test_a_change_is_visible_at_once(index: CodedIndex) -> None:
    new = MIXTURE.draw_unlike(3, 9)
    index.replace(9000, {0: new[0], 1: new[1]})
    assert index.search(new[1], 1)[0].tolist() == [9000]
    assert len(index.vectors_of(9000)) == 2
    index.replace(9000, {0: new[2]})
    assert index.search(new[2], 1)[0].tolist() == [9000]
    assert float(index.search(new[1], 1, allowed=np.array([9000]))[1][0]) < 0.9
    index.remove(9000)
    index.remove(9000)
    assert 9000 not in index.search(new[2], 100)[0]
    assert len(index.vectors_of(9000)) == 0
    assert (len(index), index.meme_count) == (COUNT, COUNT)


def test_emptied_slots_take_no_places(index: CodedIndex, tmp_path: Path) -> None:
    query = MIXTURE.draw_unlike(1, 10)[0]
    gone = np.array(nearest(VECTORS, query, 600))  # more than there are candidates
    index.apply({int(row) + 1: {} for row in gone})
    assert len(index) == COUNT - 600
    assert index.empty_share == pytest.approx(600 / COUNT)
    never_had_them = CodedIndex(RowFile.begin(tmp_path / "other", 64))
    left = np.setdiff1d(np.arange(COUNT), gone)
    never_had_them.extend((left + 1) * 256, VECTORS[left])
    assert index.codes is not None
    never_had_them.install(index.codes.emptied())
    assert index.search(query, K)[0].tolist() == never_had_them.search(query, K)[0].tolist()


def test_random_changes_leave_what_a_dict_would_hold(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    index, held = (
        coded_index(tmp_path / "rows", MIXTURE.draw(600, 12)),
        dict(enumerate(MIXTURE.draw(600, 12)[:, None], 1)),
    )
    for step in range(1500):
        meme, frames = int(rng.integers(1, 900)), int(rng.integers(0, 4))
        held[meme] = unit_vectors(step, frames, 64) if frames else np.empty((0, 64), np.float32)
        index.replace(meme, dict(enumerate(held[meme])))
    present = {meme: vectors for meme, vectors in held.items() if len(vectors)}
    assert index.meme_count == len(present)
    assert index.keys().tolist() == sorted(m * 256 + f for m, vectors in present.items() for f in range(len(vectors)))
    walked = {key: vector for keys, block in index.blocks(64) for key, vector in zip(keys.tolist(), block, strict=True)}
    for meme, vectors in present.items():
        for frame, vector in enumerate(vectors):
            np.testing.assert_array_equal(walked[meme * 256 + frame], vector)
            np.testing.assert_array_equal(index.frames_of(meme)[frame], vector)
    among = np.array(sorted(present))[::3]
    query = unit_vectors(99, 1, 64)[0]
    best = sorted(among.tolist(), key=lambda meme: (-float((present[meme] @ query).max()), meme))
    assert index.search(query, 30, allowed=among)[0].tolist() == best[:30]


def test_without_codes_every_vector_is_compared(tmp_path: Path) -> None:
    index = CodedIndex(RowFile.begin(tmp_path / "rows", 64))
    assert len(index.search(VECTORS[0], 5)[0]) == 0
    index.extend(np.arange(1, COUNT + 1) * 256, VECTORS)
    assert recall(index, MIXTURE.draw_unlike(10, 13)) == 1.0
    assert recall(index, MIXTURE.draw_unlike(10, 13), np.arange(1, COUNT, 3)) == 1.0


def test_changed_memes_are_named_after_a_watch(index: CodedIndex) -> None:
    watch = index.watch_moves()
    index.remove(3)
    index.replace(20, {0: VECTORS[0]})
    assert index.end_watch(watch) == [3, 20]
    index.remove(4)
    assert index.end_watch(watch) == [3, 20]


@pytest.mark.parametrize("dims", [3, 7, 10, 64])
def test_any_number_of_dims_can_be_coded(tmp_path: Path, dims: int) -> None:
    mixture = Mixture(dims=dims)
    vectors = mixture.draw(1000, 1)
    index = coded_index(tmp_path / "rows", vectors)
    assert index.search(vectors[5], 1)[0].tolist() == [6]


def test_searches_during_changes_see_each_meme_whole(tmp_path: Path) -> None:
    old, new = unit_vectors(1, 2, 64)
    index = coded_index(tmp_path / "rows", MIXTURE.draw(2000, 14))
    index.apply({meme: {0: old, 1: old} for meme in range(5000, 5040)})
    stop, wrong = threading.Event(), []

    def look(seed: int) -> None:
        among = np.arange(5000, 5040)
        while not stop.is_set():
            ids, _ = index.search(old, 50, allowed=among if seed % 2 else None)
            if not set(range(5000, 5040)) <= set(ids.tolist()):
                wrong.append(ids.tolist())

    readers = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
    for reader in readers:
        reader.start()
    for step in range(200):
        index.apply({meme: {0: old, 1: new if step % 2 else old} for meme in range(5000, 5040)})
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_places_are_found_anew_beside_changes(index: CodedIndex) -> None:
    new = unit_vectors(8, 300, MIXTURE.dims)
    stop = threading.Event()

    def change() -> None:
        for meme, vector in enumerate(new, 1):
            index.apply({meme: {0: vector}, COUNT + meme: {0: vector}, 1000 + meme: {}})
        stop.set()

    writer = threading.Thread(target=change)
    writer.start()
    while not stop.is_set():
        index.settle()
    writer.join()
    for meme, vector in enumerate(new, 1):
        for kept in (meme, COUNT + meme):
            np.testing.assert_array_equal(index.vectors_of(kept), vector[None])
        assert len(index.vectors_of(1000 + meme)) == 0
    assert index.meme_count == COUNT
    assert not index.is_outgrown
