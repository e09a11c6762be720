"""A coded index on disk: what was learned comes back, and damage is noticed."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from search.encoders import load
from search.sidecar.coded import CodedIndex
from search.sidecar.codes import Effort
from search.sidecar.followed import Followed
from search.sidecar.served import Served, Space
from search.sidecar.snapshot import SnapshotFolder
from tests.search.sidecar.coded import coded_index, learn
from tests.search.sidecar.mixture import Mixture
from tests.search.sidecar.test_snapshot import content, cut, flip, forget, write_text

D, COUNT = 64, 2000
SPACE = Space(3, "lite", "lite-1", D)
MIXTURE = Mixture(dims=D)


@pytest.fixture
def folder(tmp_path: Path) -> SnapshotFolder:
    return SnapshotFolder(tmp_path / "snapshots")


@pytest.fixture
def followed(tmp_path: Path) -> Followed:
    index = coded_index(tmp_path / "rows", MIXTURE.draw(COUNT, 1), factor=6.0, missed=0.001)
    return Followed(Served(SPACE, load("lite"), index), "lineage", "100:105:101", 90)


def restore(folder: SnapshotFolder) -> CodedIndex:
    restored = folder.restore(SPACE, "lineage")
    assert restored is not None
    assert isinstance(restored[1], CodedIndex)
    return restored[1]


def searched(index: CodedIndex) -> list[list[int]]:
    return [index.search(query, 20)[0].tolist() for query in MIXTURE.draw_unlike(10, 5)]


def test_what_was_learned_comes_back_with_every_vector(folder: SnapshotFolder, followed: Followed) -> None:
    index = followed.served.index
    assert isinstance(index, CodedIndex)
    assert index.codes is not None
    index.apply({5: {}, 6: {0: MIXTURE.draw(1, 9)[0]}})
    folder.write(followed)
    again = restore(folder)
    assert again.codes is not None
    np.testing.assert_array_equal(again.codes.to_bytes(), index.codes.to_bytes())
    assert again.codes.effort == Effort(6.0, 6.0, 0.001)
    assert content(again) == content(index)
    assert searched(again) == searched(index)
    assert (len(again), again.meme_count, again.slots) == (COUNT - 1, COUNT - 1, COUNT + 1)


def test_an_index_without_codes_comes_back_too(folder: SnapshotFolder, followed: Followed) -> None:
    index = followed.served.index
    assert isinstance(index, CodedIndex)
    index.codes = None
    folder.write(followed)
    assert restore(folder).codes is None
    assert content(restore(folder)) == content(index)


def test_vectors_are_shared_by_snapshots_and_later_ones_do_not_disturb_them(
    folder: SnapshotFolder, followed: Followed
) -> None:
    folder.write(followed)
    first = content(followed.served.index)
    inode = (only_snapshot(folder) / "vectors.f16").stat().st_ino
    followed.served.apply({9000: {0: MIXTURE.draw(1, 3)[0]}})
    assert content(restore(folder)) == first
    folder.write(followed)
    assert (only_snapshot(folder) / "vectors.f16").stat().st_ino == inode
    assert content(restore(folder)) == content(followed.served.index)


def test_a_restored_index_and_the_one_that_still_serves_do_not_share_a_file(
    folder: SnapshotFolder, followed: Followed
) -> None:
    folder.write(followed)
    again = restore(folder)
    one, two = MIXTURE.draw(2, 4)
    followed.served.apply({9001: {0: one}})
    again.replace(9002, {0: two})
    np.testing.assert_array_equal(followed.served.index.vectors_of(9001)[0], one)
    np.testing.assert_array_equal(again.vectors_of(9002)[0], two)


def test_a_restored_index_goes_on_changing(folder: SnapshotFolder, followed: Followed) -> None:
    folder.write(followed)
    followed.served.index = coded_index(folder.path / "other", MIXTURE.draw(300, 7))  # lets go of the file
    again = restore(folder)
    new = MIXTURE.draw_unlike(1, 8)[0]
    again.apply({9000: {0: new}, 1: {}})
    assert again.search(new, 1)[0].tolist() == [9000]
    assert 1 not in again.search(MIXTURE.draw(COUNT, 1)[0], 50)[0]
    learn(again)
    assert again.search(new, 1)[0].tolist() == [9000]


def test_the_name_of_the_rows_goes_with_the_index(folder: SnapshotFolder) -> None:
    index = CodedIndex(folder.new_rows(D))
    index.extend(np.arange(1, 4) * 256, MIXTURE.draw(3, 1))
    (path,) = (folder.path / "rows").iterdir()
    del index
    assert not path.exists()


DAMAGE: dict[str, Callable[[Path], None]] = {
    "a bit of a vector": flip("vectors.f16", 1000),
    "a bit of a key": flip("keys.npy", -1),
    "a bit of a code": flip("codes.npy", -100),
    "a bit of the rotation": flip("rotation.npy", -1),
    "vectors cut": lambda path: os.truncate(path / "vectors.f16", COUNT * D),
    "codes cut": cut("codes.npy"),
    "no vectors": forget("vectors.f16"),
    "no codes": forget("codes.npy"),
    "no rotation": forget("rotation.npy"),
    "other codes": write_text("codes.npy", "hello"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_snapshot_is_dropped_with_a_line_in_the_log(
    folder: SnapshotFolder, followed: Followed, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    folder.write(followed)
    followed.served.index = coded_index(folder.path / "other", MIXTURE.draw(300, 7))
    DAMAGE[name](only_snapshot(folder))
    with caplog.at_level(logging.WARNING):
        assert folder.restore(SPACE, "lineage") is None
    assert "dropped" in caplog.text
    assert not list(folder.path.glob("space-*"))


def only_snapshot(folder: SnapshotFolder) -> Path:
    (path,) = folder.path.glob("space-*")
    return path
