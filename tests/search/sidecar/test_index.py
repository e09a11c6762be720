"""The exact index against brute force and a dict."""

import threading

import numpy as np
import pytest

from search.sidecar.index import ExactIndex
from tests.search.sidecar.scratch import unit_vectors

D = 16


def filled(count: int, *, frames: int = 1, seed: int = 0) -> tuple[ExactIndex, np.ndarray]:
    """Memes 1..count; vectors (count, frames, D)."""
    vectors = unit_vectors(seed, count * frames, D).reshape(count, frames, D)
    index = ExactIndex(D, capacity=4)
    index.apply({meme + 1: dict(enumerate(vectors[meme])) for meme in range(count)})
    return index, vectors


def brute_force(vectors: np.ndarray, query: np.ndarray, memes: list[int]) -> list[int]:
    best = {meme: float((vectors[meme - 1] @ query).max()) for meme in memes}
    return sorted(memes, key=lambda meme: (-best[meme], meme))


@pytest.mark.parametrize("frames", [1, 3])
def test_the_best_memes_are_those_of_brute_force(frames: int) -> None:
    index, vectors = filled(300, frames=frames)
    for query in unit_vectors(1, 20, D):
        ids, scores = index.search(query, 25)
        assert ids.tolist() == brute_force(vectors, query, list(range(1, 301)))[:25]
        np.testing.assert_allclose(scores, (vectors[ids - 1] @ query).max(axis=1), atol=1e-6)


def test_ids_and_scores_have_the_promised_types() -> None:
    ids, scores = filled(5)[0].search(unit_vectors(1, 1, D)[0], 3)
    assert (str(ids.dtype), str(scores.dtype)) == ("int64", "float32")


def test_a_clip_with_every_frame_near_the_query_takes_one_place() -> None:
    query = unit_vectors(5, 1, D)[0]
    index, _ = filled(50)
    index.replace(99, dict.fromkeys(range(200), query))
    ids, _ = index.search(query, 51)
    assert ids[0] == 99
    assert len(set(ids.tolist())) == 51


def test_a_page_is_full_although_its_best_memes_are_excluded() -> None:
    index, vectors = filled(100, frames=2)
    query = unit_vectors(3, 1, D)[0]
    order = brute_force(vectors, query, list(range(1, 101)))
    ids, _ = index.search(query, 20, exclude=order[:60])
    assert ids.tolist() == order[60:80]


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 1.0])
def test_a_search_among_allowed_memes_is_exact(share: float) -> None:
    index, vectors = filled(400, frames=2)
    allowed = np.random.default_rng(1).permutation(400)[: int(400 * share)] + 1
    query = unit_vectors(4, 1, D)[0]
    ids, _ = index.search(query, 15, allowed=allowed, exclude=allowed[:1].tolist())
    assert ids.tolist() == brute_force(vectors, query, sorted(allowed[1:].tolist()))[:15]


def test_unknown_and_repeated_allowed_memes_are_harmless() -> None:
    index, _ = filled(10)
    ids, _ = index.search(unit_vectors(1, 1, D)[0], 5, allowed=np.array([3, 3, 77, 3, 4]))
    assert sorted(ids.tolist()) == [3, 4]


def test_no_allowed_memes_are_no_results() -> None:
    ids, scores = filled(10)[0].search(unit_vectors(1, 1, D)[0], 5, allowed=np.empty(0, np.int64))
    assert len(ids) == len(scores) == 0


def test_an_empty_index_has_no_results() -> None:
    ids, scores = ExactIndex(D).search(unit_vectors(1, 1, D)[0], 5)
    assert len(ids) == len(scores) == 0


def test_asking_for_more_than_there_is_gives_everything() -> None:
    index, _ = filled(7, frames=3)
    assert sorted(index.search(unit_vectors(1, 1, D)[0], 1000)[0].tolist()) == list(range(1, 8))


def test_equal_scores_are_ordered_by_id() -> None:
    vector = unit_vectors(1, 1, D)[0]
    index = ExactIndex(D)
    index.apply({meme: {0: vector} for meme in (5, 3, 9, 1)})
    assert index.search(vector, 4)[0].tolist() == [1, 3, 5, 9]


def test_random_changes_leave_what_a_dict_would_hold() -> None:
    rng = np.random.default_rng(7)
    index, held = ExactIndex(D, capacity=1), {}
    for step in range(2000):
        meme, frames = int(rng.integers(1, 60)), int(rng.integers(0, 4))
        held[meme] = unit_vectors(step, frames, D) if frames else np.empty((0, D), np.float32)
        index.replace(meme, dict(enumerate(held[meme])))
    present = {meme: vectors for meme, vectors in held.items() if len(vectors)}
    assert index.meme_count == len(present)
    assert index.keys().tolist() == sorted(m * 256 + f for m, vectors in present.items() for f in range(len(vectors)))
    for meme, vectors in held.items():
        assert {row.tobytes() for row in index.vectors_of(meme)} == {row.tobytes() for row in vectors}


def test_removing_a_meme_twice_is_harmless() -> None:
    index, _ = filled(3)
    index.remove(2)
    index.remove(2)
    assert index.keys().tolist() == [256, 768]


def test_bulk_loading_gives_the_same_index() -> None:
    one, vectors = filled(50, frames=2)
    other = ExactIndex(D)
    keys = np.array([meme * 256 + frame for meme in range(1, 51) for frame in range(2)])
    other.extend(keys[:30], vectors.reshape(-1, D)[:30])
    other.extend(keys[30:], vectors.reshape(-1, D)[30:].astype(np.float16))
    query = unit_vectors(9, 1, D)[0]
    assert one.search(query, 50)[0].tolist() == other.search(query, 50)[0].tolist()
    assert other.meme_count == 50


def test_moved_and_changed_memes_are_named_after_a_watch() -> None:
    index, vectors = filled(10)
    watch = index.watch_moves()
    index.remove(3)  # the last row, of meme 10, moves into its place
    index.replace(20, {0: vectors[0, 0]})
    assert index.end_watch(watch) == [3, 10, 20]
    index.remove(4)
    assert index.end_watch(index.watch_moves()) == []


def test_searches_during_changes_see_each_meme_whole() -> None:
    old, new = unit_vectors(1, 2, D)
    index = ExactIndex(D)
    index.apply({meme: {0: old, 1: old} for meme in range(1, 40)})
    stop, wrong = threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            ids, _ = index.search(old, 100)
            if sorted(ids.tolist()) != list(range(1, 40)):
                wrong.append(ids.tolist())

    readers = [threading.Thread(target=look) for _ in range(4)]
    for reader in readers:
        reader.start()
    for step in range(400):
        index.apply({meme: {0: new if step % 2 else old} for meme in range(1, 40)})
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
