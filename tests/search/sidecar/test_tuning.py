"""The index changes its form by itself while it is searched and changed."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from search.encoders import load
from search.sidecar.coded import CodedIndex
from search.sidecar.index import ExactIndex
from search.sidecar.plan import Plan
from search.sidecar.rows import RowFile
from search.sidecar.served import Served, Space
from search.sidecar.service import Service
from search.sidecar.snapshot import SnapshotFolder
from search.sidecar.tuning import Tuner
from tests.search.sidecar.mixture import Mixture
from tests.search.sidecar.scratch import unit_vectors
from tests.search.sidecar.waiting import eventually

D = 64
MIXTURE = Mixture(dims=D)
PLAN = Plan(exact_up_to=1500, recall_every_s=0.0, recall_after_share=0.0)
WITHIN_S = 60.0


class Tuned:
    def __init__(self, folder: Path, count: int, plan: Plan = PLAN) -> None:
        index = ExactIndex(D)
        index.extend(np.arange(1, count + 1) * 256, MIXTURE.draw(count, 1))
        self.served = Served(Space(1, "lite", "lite-1", D), load("lite"), index)
        self.service = Service()
        self.service.publish(self.served)
        self.folder = SnapshotFolder(folder)
        self.tuner = Tuner(self.service, self.folder.new_rows, plan)

    @property
    def coded(self) -> CodedIndex:
        assert isinstance(self.served.index, CodedIndex)
        return self.served.index

    def content(self) -> dict[int, bytes]:
        blocks = self.served.index.blocks(100)
        return {
            key: vector.tobytes() for keys, block in blocks for key, vector in zip(keys.tolist(), block, strict=True)
        }


@pytest.fixture
def tuned(tmp_path: Path) -> Tuned:
    return Tuned(tmp_path / "snapshots", 3000)


def test_a_small_library_stays_exact(tmp_path: Path) -> None:
    tuned = Tuned(tmp_path, 1500)
    tuned.tuner.look()
    assert isinstance(tuned.served.index, ExactIndex)


def test_a_large_library_gets_codes_and_keeps_every_vector(tuned: Tuned) -> None:
    before, version = tuned.content(), tuned.served.index.version
    tuned.tuner.look()
    assert tuned.coded.codes is not None
    assert tuned.content() == before
    assert tuned.coded.meme_count == 3000
    assert tuned.coded.version > version
    assert tuned.tuner.sampled_recall is not None
    assert tuned.tuner.sampled_recall >= PLAN.recall_target
    assert (tuned.tuner.progress, tuned.tuner.problem) == (None, "")


def test_room_for_changes_is_made_beside_them(tuned: Tuned) -> None:
    tuned.tuner.look()
    assert not tuned.coded.is_crowded
    meme = 10_000
    for _ in range(2):
        while not tuned.coded.is_crowded:
            tuned.served.apply({meme + frame: {0: unit_vectors(frame, 1, D)[0]} for frame in range(200)})
            meme += 200
        before = tuned.content()
        tuned.tuner.look()
        assert not tuned.coded.is_crowded
        assert tuned.content() == before
    assert tuned.tuner.problem == ""


def test_a_library_that_shrinks_far_becomes_exact_again(tuned: Tuned) -> None:
    tuned.tuner.look()
    tuned.served.apply({meme: {} for meme in range(1, 2001)})
    tuned.tuner.look()
    assert isinstance(tuned.served.index, CodedIndex)  # 1000 lie between the two bounds
    tuned.served.apply({meme: {} for meme in range(2001, 2601)})
    left = tuned.content()
    tuned.tuner.look()
    assert isinstance(tuned.served.index, ExactIndex)
    assert tuned.content() == left


class SlowRows(RowFile):
    """Stops in the middle of a move until it is let go."""

    reached = threading.Event()
    go_on = threading.Event()

    def reserve(self, count: int) -> None:
        super().reserve(count)
        if self.count:
            self.reached.set()
            assert self.go_on.wait(WITHIN_S)


@pytest.fixture
def moving(tuned: Tuned, tmp_path: Path) -> Iterator[Tuned]:
    """In the middle of a move: all rows are copied, and the first change comes before it is at its end."""
    tuned.tuner._new_rows = lambda dims: SlowRows.begin(tmp_path / "rows" / "slow", dims)
    SlowRows.reached.clear()
    SlowRows.go_on.clear()
    yield tuned
    SlowRows.go_on.set()


def test_changes_during_a_move_are_visible_at_once_and_afterwards(moving: Tuned) -> None:
    """The old index ends with as many blocks as there are rows beyond 8192: the move waits at the second one."""
    extra = MIXTURE.draw(9000, 3)
    moving.served.apply({meme: {0: vector} for meme, vector in enumerate(extra, 10_001)})
    mover = threading.Thread(target=moving.tuner.look)
    mover.start()
    assert SlowRows.reached.wait(WITHIN_S)
    one, two = unit_vectors(5, 2, D)
    moving.served.apply({1: {}, 2: {0: one}, 77_777: {0: two}})
    assert isinstance(moving.served.index, ExactIndex)
    for is_moved in (False, True):
        assert moving.served.index.search(one, 1)[0].tolist() == [2]
        assert moving.served.index.search(two, 1)[0].tolist() == [77_777]
        assert len(moving.served.index.vectors_of(1)) == 0
        if not is_moved:
            expected = moving.content()
            SlowRows.go_on.set()
            mover.join()
            assert isinstance(moving.served.index, CodedIndex)
    assert moving.content() == expected


def test_a_move_ends_early_when_another_index_is_served(tuned: Tuned) -> None:
    other = Served(tuned.served.space, tuned.served.encoder, ExactIndex(D))
    service = tuned.service
    tuned.tuner._new_rows = lambda dims: (service.publish(other), tuned.folder.new_rows(dims))[1]
    tuned.tuner.look()
    assert service.served is other
    assert isinstance(tuned.served.index, ExactIndex)
    assert tuned.tuner.problem == ""


def test_a_disk_without_room_leaves_the_library_exact(tuned: Tuned, tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_text("a file where the folder should be")
    tuned.tuner.look()
    assert isinstance(tuned.served.index, ExactIndex)
    assert "could not be changed" in tuned.tuner.problem


def test_empty_slots_are_given_up_without_learning_anew(tuned: Tuned) -> None:
    tuned.tuner.look()
    before = tuned.coded
    assert before.codes is not None
    new = MIXTURE.draw(1200, 9)
    tuned.served.apply({meme: {0: vector} for meme, vector in enumerate(new, 1)})
    assert before.empty_share > PLAN.largest_empty_share
    expected = tuned.content()
    tuned.tuner.look()
    assert tuned.coded is not before
    assert tuned.coded.empty_share == 0.0
    assert tuned.coded.codes is not None
    np.testing.assert_array_equal(tuned.coded.codes.rotation, before.codes.rotation)
    assert tuned.content() == expected


def test_a_recall_that_sank_by_drift_is_noticed_and_mended(tuned: Tuned) -> None:
    tuned.tuner.look()
    learned = tuned.coded.codes
    assert learned is not None
    other_kind = Mixture(dims=D, clusters=20, exponent=1.0, noise=0.4, seed=9).draw(12_000, 1)
    tuned.served.apply({meme: {0: vector} for meme, vector in enumerate(other_kind, 10_000)})
    tuned.tuner.look()
    assert tuned.coded.codes is not learned
    assert tuned.tuner.sampled_recall is not None
    assert tuned.tuner.sampled_recall >= PLAN.recall_target


def test_nothing_is_measured_while_nothing_is_new(tmp_path: Path) -> None:
    tuned = Tuned(tmp_path, 3000, replace(PLAN, recall_after_share=0.02))
    tuned.tuner.look()
    tuned.tuner.sampled_recall = None
    tuned.tuner.look()
    assert tuned.tuner.sampled_recall is None


def test_a_writer_and_readers_go_on_while_the_form_changes(tuned: Tuned) -> None:
    stop = threading.Event()
    short: list[int] = []
    written: dict[int, int] = {}

    def write() -> None:
        step = 0
        while not stop.is_set():
            meme = 5000 + step % 300
            tuned.served.apply({meme: {0: unit_vectors(step, 1, D)[0]}})
            written[meme] = step
            step += 1
            if step % 20 == 0:
                stop.wait(0.001)

    def read() -> None:
        query = unit_vectors(1, 1, D)[0]
        while not stop.is_set():
            found = len(tuned.served.index.search(query, 30)[0])
            if found != 30:
                short.append(found)

    threads = [threading.Thread(target=work) for work in (write, read, read)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        tuned.tuner.look()  # a move, then measurements, retraining and emptying as they fall due
    eventually(lambda: len(written) == 300, within_s=WITHIN_S)
    stop.set()
    for thread in threads:
        thread.join()
    assert short == []
    assert isinstance(tuned.served.index, CodedIndex)
    for meme, step in written.items():
        np.testing.assert_array_equal(tuned.coded.vectors_of(meme)[0], unit_vectors(step, 1, D)[0])
