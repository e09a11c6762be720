"""When a snapshot is written, and that a bad disk stops nothing."""

import logging
from pathlib import Path

import pytest

from tests.search.sidecar.following import VISIBLE_S, Following
from tests.search.sidecar.scratch import Library
from tests.search.sidecar.waiting import eventually


@pytest.fixture
def level(following: Following, library: Library) -> Following:
    library.add_space()
    return following.ready()


def names(following: Following) -> list[str]:
    return sorted(path.name for path in following.snapshots.path.iterdir())


def test_an_index_that_did_not_change_is_not_written_again(level: Following, library: Library) -> None:
    level.keeper.save(is_last=False)
    level.keeper.save(is_last=True)
    assert names(level) == ["space-1-1"]
    meme = library.add(1)
    eventually(lambda: level.has(meme), within_s=VISIBLE_S)
    level.keeper.save(is_last=False)
    assert names(level) == ["space-1-2"]


def test_without_an_index_there_is_nothing_to_save(following: Following) -> None:
    following.keeper.save(is_last=True)
    assert not following.snapshots.path.exists()


def test_a_disk_that_refuses_is_logged_and_searching_goes_on(
    level: Following, library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "snapshots").write_text("a file where the folder should be")
    meme = library.add(1)
    with caplog.at_level(logging.WARNING):
        level.keeper.save(is_last=True)
    assert "could not be written" in caplog.text
    eventually(lambda: level.finds(meme, 1), within_s=VISIBLE_S)
