"""What is read from Postgres: binary vectors, the journal, the lineage."""

import numpy as np
import psycopg
import pytest

from search.sidecar import database
from search.sidecar.served import Space
from tests.search.sidecar.scratch import DIMS, Library, connect, unit_vectors

SPACE = Space(1, "lite", "lite-1", DIMS)


def streamed(library: Library, **options: int) -> dict[int, np.ndarray]:
    blocks = list(database.stream_vectors(library.connection, SPACE, **options))
    return {int(key): vector for keys, vectors in blocks for key, vector in zip(keys, vectors, strict=True)}


def test_binary_copy_gives_the_very_bits_of_the_database(library: Library) -> None:
    library.add_space()
    memes = [library.add(seed, frames=1 + seed % 3) for seed in range(20)]
    vectors = {
        meme * 256 + frame: vector
        for seed, meme in enumerate(memes)
        for frame, vector in enumerate(unit_vectors(seed, 1 + seed % 3))
    }
    found = streamed(library)
    assert found.keys() == vectors.keys()
    for key, vector in vectors.items():
        np.testing.assert_array_equal(found[key].astype(np.float32), vector)


def test_a_copy_of_several_blocks_loses_no_row(library: Library) -> None:
    library.add_space()
    for seed in range(30):
        library.add(seed)
    assert len(streamed(library, block_bytes=1500)) == 30


def test_an_empty_space_streams_nothing(library: Library) -> None:
    library.add_space()
    assert streamed(library) == {}


def test_only_active_memes_with_fitting_vectors_are_searchable(library: Library) -> None:
    library.add_space()
    fine, hidden, short, other = library.add(1), library.add(2), library.add_meme(), library.add(3, space_id=2)
    library.set_state(hidden, "trashed")
    library.set_frames(short, unit_vectors(4, 1, 3))
    assert list(streamed(library)) == [fine * 256]
    assert database.read_keys(library.connection, SPACE).tolist() == [fine * 256]
    changes = database.read_memes(library.connection, SPACE, [fine, hidden, short, other, 4711])
    assert {meme: list(frames) for meme, frames in changes.items()} == {
        fine: [0],
        hidden: [],
        short: [],
        other: [],
        4711: [],
    }
    np.testing.assert_array_equal(changes[fine][0], unit_vectors(1)[0])


def test_a_later_transaction_that_commits_first_hides_no_earlier_one(library: Library) -> None:
    library.add_space()
    start = database.read_changes(library.connection, None)
    with connect(library.url) as early, early.transaction():
        first = library.add(1, connection=early)
        second = library.add(2)
        middle = database.read_changes(library.connection, start.snapshot)
        assert middle.changed == [second]
    end = database.read_changes(library.connection, middle.snapshot)
    assert end.changed == [first]
    assert database.read_changes(library.connection, end.snapshot).changed == []


def test_a_rolled_back_transaction_changed_nothing(library: Library) -> None:
    start = database.read_changes(library.connection, None)
    with connect(library.url) as other, other.transaction(force_rollback=True):
        library.add(1, connection=other)
    assert database.read_changes(library.connection, start.snapshot).changed == []


def test_a_frozen_transaction_sees_one_moment(library: Library) -> None:
    library.add_space()
    with connect(library.url) as reader, database.frozen(reader):
        before = database.read_changes(reader, None)
        library.add(1)
        assert database.count_vectors(reader, SPACE) == 0
        assert database.read_changes(reader, before.snapshot).changed == []


def test_new_tables_are_another_lineage(library: Library) -> None:
    before = database.read_lineage(library.connection)
    assert database.read_lineage(library.connection) == before
    library.connection.execute("create table other (like search_embedding)")
    library.connection.execute("alter table search_embedding rename to old")
    library.connection.execute("alter table other rename to search_embedding")
    assert database.read_lineage(library.connection) != before


def test_missing_tables_are_an_error_of_postgres(library: Library) -> None:
    library.connection.execute("drop table search_embeddingspace cascade")
    with pytest.raises(psycopg.Error):
        database.read_changes(library.connection, None)
