"""Vectors in a file that grows, and what happens when it may not."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from search.sidecar.places import Places
from search.sidecar.rows import RowFile, touch
from search.sidecar.slots import Slots
from tests.search.sidecar.scratch import unit_vectors

D = 16
VECTORS = unit_vectors(1, 20_000, D)


@contextmanager
def largest_file(size_bytes: int) -> Iterator[None]:
    """The kernel refuses to write beyond it, as it does when a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_rows_come_back_whatever_the_steps_they_were_added_in(tmp_path: Path) -> None:
    rows = RowFile.begin(tmp_path / "rows", D)
    for start, stop in ((0, 1), (1, 1), (1, 7000), (7000, 20_000)):
        rows.append(VECTORS[start:stop])
    np.testing.assert_array_equal(rows.rows, VECTORS.astype(np.float16))


def test_a_reader_keeps_its_rows_while_the_file_grows(tmp_path: Path) -> None:
    rows = RowFile.begin(tmp_path / "rows", D)
    rows.append(VECTORS[:10])
    seen = rows.rows
    rows.append(VECTORS[10:])
    np.testing.assert_array_equal(seen, VECTORS[:10].astype(np.float16))


def test_room_is_made_before_it_is_needed(tmp_path: Path) -> None:
    rows = RowFile.begin(tmp_path / "rows", D)
    rows.reserve(10_000)
    rows.append(VECTORS[:8500])
    assert rows.is_crowded
    roomier = rows.roomier()
    rows.append(VECTORS[8500:9000])  # while the new map is being touched
    touch(roomier[:8500])
    rows.move_to(roomier)
    assert not rows.is_crowded
    rows.append(VECTORS[9000:12_000])
    assert np.shares_memory(rows.rows, roomier)
    np.testing.assert_array_equal(rows.rows, VECTORS[:12_000].astype(np.float16))


def test_room_that_comes_too_late_is_not_taken(tmp_path: Path) -> None:
    rows = RowFile.begin(tmp_path / "rows", D)
    rows.append(VECTORS[:5000])
    late = rows.roomier()
    with largest_file(8000 * D * 2):
        rows.append(VECTORS[5000:])  # into memory
    rows.move_to(late)
    assert not rows.is_crowded
    np.testing.assert_array_equal(rows.rows, VECTORS.astype(np.float16))
    slots = Slots(np.arange(1000) * 256)
    small = slots.roomier()
    slots.append(np.arange(1000, 5000) * 256)
    slots.move_to(small)
    assert slots.memes.tolist() == list(range(5000))


def test_what_changes_while_room_is_made_is_in_it(tmp_path: Path) -> None:
    slots = Slots(np.arange(5000) * 256)
    slots.append(np.arange(5000, 5500) * 256)
    assert slots.is_crowded
    roomier = slots.roomier()
    slots.empty([7])
    slots.append(np.arange(5500, 5510) * 256)
    slots.move_to(roomier)
    assert not slots.is_crowded
    slots.append(np.arange(5510, 6000) * 256)
    assert np.shares_memory(slots.keys, roomier[0])
    assert slots.memes.tolist() == [*range(7), -1, *range(8, 6000)]


def test_a_full_disk_moves_the_rows_into_memory(tmp_path: Path) -> None:
    rows = RowFile.begin(tmp_path / "rows", D)
    rows.append(VECTORS[:5000])
    with largest_file(8000 * D * 2):
        rows.append(VECTORS[5000:])
    np.testing.assert_array_equal(rows.rows, VECTORS.astype(np.float16))
    with pytest.raises(OSError, match="refused"):
        rows.link_to(tmp_path / "other")
    rows.append(VECTORS[:3])
    assert len(rows.rows) == 20_003


def test_a_checksum_goes_on_where_it_ended(tmp_path: Path) -> None:
    one, other = RowFile.begin(tmp_path / "one", D), RowFile.begin(tmp_path / "other", D)
    one.append(VECTORS[:100])
    one.checksum(100)
    one.append(VECTORS[100:])
    other.append(VECTORS)
    assert one.checksum(20_000) == other.checksum(20_000)
    assert one.checksum(100) == other.checksum(100) != one.checksum(101)


def test_a_file_shorter_than_its_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows").write_bytes(bytes(100))
    with pytest.raises(OSError, match="shorter"):
        RowFile(tmp_path / "rows", D, 50)


@pytest.mark.parametrize("far", [0, 10**12])
def test_places_of_changed_and_unchanged_memes(far: int) -> None:
    """Ids close together are looked up in a table, those far apart by bisection."""
    places = Places(np.array([7, 3, -1, 7, 9, -1, 5]) if not far else np.array([7, 3, -1, 7, 9, -1, 5, far]))
    if far:
        assert places.of(far) == [7]
        places.put(far, [])
    assert (places.of(7), places.of(3), places.of(4), places.meme_count) == ([0, 3], [1], [], 4)
    places.put(7, [8])
    places.put(3, [])
    places.put(4, [9, 10])
    assert (places.of(7), places.of(3), places.of(4), places.meme_count) == ([8], [], [9, 10], 4)
    assert places.of_all(np.array([-5, 0, 3, 4, 5, 6, 7, 9, 10, 10**15])).tolist() == [4, 6, 8, 9, 10]
    assert Places(np.empty(0, np.int64)).meme_count == 0
