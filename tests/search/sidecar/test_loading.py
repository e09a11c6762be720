"""Whether a snapshot is believed depends on what Postgres still has."""

import json
import logging
from pathlib import Path

import pytest

from search.sidecar.database import xmin_of
from tests.search.sidecar.following import VISIBLE_S, Following
from tests.search.sidecar.scratch import Library, unit_vectors
from tests.search.sidecar.waiting import eventually


@pytest.fixture
def saved(library: Library, tmp_path: Path) -> Path:
    """A snapshot of three memes; its maker is gone."""
    library.add_space()
    folder = tmp_path / "snapshots"
    following = Following(library, folder).ready()
    memes = [library.add(seed) for seed in (1, 2, 3)]
    eventually(lambda: all(map(following.has, memes)), within_s=VISIBLE_S)
    following.stop()
    following.keeper.save(is_last=True)
    return folder


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def horizon_of(folder: Path) -> int:
    """The transaction below which the snapshot knows everything; transactions of other databases hold it back too."""
    (meta,) = folder.glob("space-*/meta.json")
    return xmin_of(json.loads(json.loads(meta.read_text())["content"])["horizon"])


def reload(library: Library, folder: Path) -> dict[tuple[int, int], bytes]:
    following = Following(library, folder)
    try:
        return following.ready().vectors()
    finally:
        following.stop()


def test_a_snapshot_is_brought_level_with_everything_that_happened_since(
    library: Library, saved: Path, log: pytest.LogCaptureFixture
) -> None:
    library.delete_vectors(1)
    library.set_frames(2, unit_vectors(22, 2))
    library.set_state(3, "trashed")
    library.add(4)
    assert reload(library, saved) == library.searchable()
    assert "dropped" not in log.text


def test_a_snapshot_older_than_the_journal_is_rebuilt(
    library: Library, saved: Path, log: pytest.LogCaptureFixture
) -> None:
    library.add(4)
    library.add(5)
    library.prune()
    assert reload(library, saved) == library.searchable()
    assert "older than the oldest change" in log.text


def test_pruning_what_the_snapshot_knows_keeps_it(library: Library, saved: Path, log: pytest.LogCaptureFixture) -> None:
    library.prune(below=horizon_of(saved))
    library.add(4)
    assert reload(library, saved) == library.searchable()
    assert "dropped" not in log.text


def test_an_empty_journal_proves_nothing(library: Library, saved: Path, log: pytest.LogCaptureFixture) -> None:
    library.add(4)
    library.connection.execute("delete from search_embeddingchange")
    assert reload(library, saved) == library.searchable()
    assert "dropped" in log.text


def test_a_snapshot_that_differs_from_postgres_after_all_is_rebuilt(
    library: Library, saved: Path, log: pytest.LogCaptureFixture
) -> None:
    library.connection.execute("alter table search_embedding disable trigger user")
    library.add(4)
    assert reload(library, saved) == library.searchable()
    assert "still differs" in log.text


def test_a_snapshot_of_another_database_is_rebuilt(
    library: Library, saved: Path, log: pytest.LogCaptureFixture
) -> None:
    library.connection.execute("alter table search_embeddingchange rename to old")
    library.connection.execute("create table search_embeddingchange (like old including all)")
    assert reload(library, saved) == library.searchable()
    assert "another database" in log.text


def test_a_corrupted_snapshot_is_rebuilt(library: Library, saved: Path, log: pytest.LogCaptureFixture) -> None:
    (vectors,) = saved.glob("*/vectors.npy")
    data = bytearray(vectors.read_bytes())
    data[-7] ^= 64
    vectors.write_bytes(data)
    assert reload(library, saved) == library.searchable()
    assert "checksum" in log.text
