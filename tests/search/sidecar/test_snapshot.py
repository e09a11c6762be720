"""Snapshots on disk: exact, atomic, and dropped when anything about them is wrong."""

import errno
import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from search.encoders import load
from search.sidecar.followed import Followed
from search.sidecar.index import ExactIndex
from search.sidecar.served import Served, Space
from search.sidecar.snapshot import SnapshotFolder
from tests.search.sidecar.scratch import DIMS, unit_vectors

SPACE = Space(3, "lite", "lite-1", DIMS)


def followed(count: int = 40, *, index: ExactIndex | None = None) -> Followed:
    index = ExactIndex(DIMS) if index is None else index
    index.apply({meme: dict(enumerate(unit_vectors(meme, 1 + meme % 2))) for meme in range(1, count + 1)})
    return Followed(Served(SPACE, load("lite"), index), "lineage", "100:105:101", 90)


def content(index: ExactIndex) -> dict[int, bytes]:
    keys, vectors = index.rows(0, len(index))
    return {key: vector.tobytes() for key, vector in zip(keys.tolist(), vectors, strict=True)}


@pytest.fixture
def folder(tmp_path: Path) -> SnapshotFolder:
    return SnapshotFolder(tmp_path / "snapshots")


def only(folder: SnapshotFolder) -> Path:
    (path,) = folder.path.iterdir()
    return path


@pytest.mark.parametrize("count", [0, 1, 40])
def test_what_was_written_comes_back(folder: SnapshotFolder, count: int) -> None:
    written = followed(count)
    folder.write(written)
    restored = folder.restore(SPACE, "lineage")
    assert restored is not None
    meta, index = restored
    assert content(index) == content(written.served.index)
    assert index.meme_count == count
    assert (meta.horizon, meta.oldest, meta.reread) == ("100:105:101", 90, [])


def test_blocks_join_without_a_seam(tmp_path: Path) -> None:
    folder, written = SnapshotFolder(tmp_path, block_rows=7), followed()
    folder.write(written)
    restored = folder.restore(SPACE, "lineage")
    assert restored is not None
    assert content(restored[1]) == content(written.served.index)


class ChangingIndex(ExactIndex):
    """Changes between two blocks of the snapshot, as the follower does in life."""

    def rows(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        block = super().rows(start, stop)
        if start == 7:
            self.remove(2)  # its place, already written, is taken by a row that is not written yet
            self.replace(30, {0: unit_vectors(1000)[0]})
            self.replace(99, {0: unit_vectors(1001)[0]})
        return block


def test_changes_during_the_writing_are_listed_and_the_rest_is_whole(tmp_path: Path) -> None:
    folder, written = SnapshotFolder(tmp_path, block_rows=7), followed(index=ChangingIndex(DIMS))
    folder.write(written)
    restored = folder.restore(SPACE, "lineage")
    assert restored is not None
    meta, index = restored
    assert {2, 30, 99} <= set(meta.reread)
    assert len(meta.reread) < 8
    now = content(written.served.index)
    assert content(index) == {key: vector for key, vector in now.items() if key // 256 not in meta.reread}


def test_a_new_snapshot_takes_the_place_of_the_old_one(folder: SnapshotFolder) -> None:
    folder.write(followed(3))
    folder.write(followed(5))
    assert only(folder).name == "space-3-2"
    restored = folder.restore(SPACE, "lineage")
    assert restored is not None
    assert restored[1].meme_count == 5


def test_how_far_an_unchanged_index_was_followed_can_be_noted(folder: SnapshotFolder) -> None:
    written = followed(3)
    folder.write(written)
    written.horizon, written.oldest = "200:200:", 150
    folder.refresh(written)
    restored = folder.restore(SPACE, "lineage")
    assert restored is not None
    assert (restored[0].horizon, restored[0].oldest) == ("200:200:", 150)


def flip(name: str, position: int) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        data = bytearray((path / name).read_bytes())
        data[position] ^= 1
        (path / name).write_bytes(data)

    return damage


def cut(name: str) -> Callable[[Path], None]:
    return lambda path: os.truncate(path / name, (path / name).stat().st_size // 2)


def forget(name: str) -> Callable[[Path], None]:
    return lambda path: (path / name).unlink()


def write_text(name: str, text: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        (path / name).write_text(text)

    return damage


DAMAGE = {
    "a bit of a vector": flip("vectors.npy", -100),
    "a bit of a key": flip("keys.npy", -1),
    "a bit of the header": flip("vectors.npy", 20),
    "a bit of the description": flip("meta.json", 60),
    "vectors cut": cut("vectors.npy"),
    "keys cut": cut("keys.npy"),
    "description cut": cut("meta.json"),
    "no vectors": forget("vectors.npy"),
    "no keys": forget("keys.npy"),
    "no description": forget("meta.json"),
    "another file": write_text("vectors.npy", "hello"),
    "not a map": write_text("meta.json", "[1, 2]"),
    "an empty map": write_text("meta.json", "{}"),
    "another kind of content": write_text("meta.json", json.dumps({"content": "5", "crc32": 1374549230})),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_snapshot_is_dropped_with_a_line_in_the_log(
    folder: SnapshotFolder, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    folder.write(followed())
    DAMAGE[name](only(folder))
    with caplog.at_level(logging.WARNING):
        assert folder.restore(SPACE, "lineage") is None
    assert "dropped" in caplog.text
    assert list(folder.path.iterdir()) == []


@pytest.mark.parametrize(
    ("space", "lineage"),
    [(Space(3, "lite", "lite-2", DIMS), "lineage"), (Space(3, "lite", "lite-1", 8), "lineage"), (SPACE, "other")],
)
def test_a_snapshot_of_something_else_is_dropped(folder: SnapshotFolder, space: Space, lineage: str) -> None:
    folder.write(followed())
    assert folder.restore(space, lineage) is None
    assert list(folder.path.iterdir()) == []


def test_a_snapshot_of_another_space_is_left_alone(folder: SnapshotFolder) -> None:
    folder.write(followed())
    assert folder.restore(Space(4, "lite", "lite-1", DIMS), "lineage") is None
    assert folder.restore(SPACE, "lineage") is not None


def test_no_folder_is_no_snapshot(folder: SnapshotFolder) -> None:
    assert folder.restore(SPACE, "lineage") is None


def test_what_a_killed_writer_left_is_cleared_away(folder: SnapshotFolder) -> None:
    folder.write(followed(3))
    shutil.copytree(only(folder), folder.path / "unfinished")
    folder.write(followed(5))
    assert only(folder).name == "space-3-2"


class FullDisk(ExactIndex):
    """Stands in for the file system at the moment the first block is to be written."""

    def rows(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_old_snapshot_and_no_rubbish(folder: SnapshotFolder) -> None:
    folder.write(followed(3))
    with pytest.raises(OSError, match="space"):
        folder.write(followed(5, index=FullDisk(DIMS)))
    assert only(folder).name == "space-3-1"
    assert folder.restore(SPACE, "lineage") is not None
