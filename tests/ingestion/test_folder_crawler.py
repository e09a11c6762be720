"""Walking a folder, as somebody who may not read all of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ingestion.crawlers.base import FoundFile, SourceGone, Unreadable
from ingestion.crawlers.folder import walk
from tests.drawing import write

NOBODY = 65534


@contextmanager
def without_root() -> Iterator[None]:
    """Permissions do not hold for root, who runs the tests in a container."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not below tmp_path, into which only its owner may look."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "open" / "a.png")
        write(folder / "shut" / "b.png")
        for path in (folder, folder / "open", folder / "open" / "a.png"):
            path.chmod(0o755)
        (folder / "shut").chmod(0)
        yield folder


def test_a_folder_that_may_not_be_read_is_told_of_and_the_rest_is_found(folder: Path) -> None:
    with without_root():
        finds = list(walk(folder))
    assert [find.locator for find in finds if isinstance(find, FoundFile)] == ["open/a.png"]
    (shut,) = [find for find in finds if isinstance(find, Unreadable)]
    assert shut.locator == "shut"
    assert "Permission denied" in shut.reason


def test_a_root_that_may_not_be_read_is_gone_and_not_empty(folder: Path) -> None:
    with without_root(), pytest.raises(SourceGone, match="Permission denied"):
        list(walk(folder / "shut"))


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / ".thumbnails" / "a.png")
    write(tmp_path / "seen.png")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    assert [find.locator for find in walk(tmp_path)] == ["seen.png"]


@pytest.mark.parametrize("hidden", [".hidden.png", ".folder/a.png", "shown/.b.png"])
def test_a_link_to_a_hidden_file_is_told_of(tmp_path: Path, hidden: str) -> None:
    (tmp_path / "link.png").symlink_to(write(tmp_path / hidden))
    (find,) = walk(tmp_path)
    assert find == Unreadable("link.png", "The link leads to a hidden file and is not followed.")


def test_excluded_folders_are_left_out_and_links_into_them_told_of(tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(write(tmp_path / "a" / "out" / "deeper" / "a.png"))
    write(tmp_path / "a" / "outside.png")
    finds = list(walk(tmp_path, excluded=[tmp_path / "a" / "out", tmp_path.parent]))
    assert [type(find) for find in finds] == [FoundFile, Unreadable]
    assert [find.locator for find in finds] == ["a/outside.png", "link.png"]


def test_files_and_folders_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/1/x.png", "a.png", "c.png", "b.png"):
        write(tmp_path / name)
    assert [find.locator for find in walk(tmp_path)] == ["a.png", "b/1/x.png", "b/2.png", "b.png", "c.png"]


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A picture below 1,200 nested folders, which neither the standard library makes nor pytest removes."""
    folders = [tmp_path / "deep"]
    for _ in range(1200):
        folders.append(folders[-1] / "d")
    for folder in folders:
        folder.mkdir()
    picture = write(folders[-1] / "x.png")
    yield folders[0]
    picture.unlink()
    for folder in reversed(folders):
        folder.rmdir()


def test_folders_nested_deeper_than_the_stack_of_python_are_walked(deep: Path) -> None:
    assert [find.locator for find in walk(deep)] == ["d/" * 1200 + "x.png"]
