import json
from pathlib import Path

import pytest

from mse_site.demo.library import MANIFEST, Written, draw_library, write_library
from mse_site.demo.world import DrawnMeme, World

COUNT = 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library")
    assert write_library(path, seed=0, count=COUNT) == Written(written=COUNT, already_there=0)
    return path


def test_every_meme_is_a_file_dated_by_its_posting(folder: Path) -> None:
    for meme in World(seed=0, count=COUNT).memes:
        assert (folder / meme.path).stat().st_mtime == meme.posting.posted_at.timestamp()


def test_nothing_else_lies_in_the_folder(folder: Path) -> None:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == {MANIFEST, *(meme.path for meme in World(seed=0, count=COUNT).memes)}


def test_writing_again_writes_nothing(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert write_library(folder, seed=0, count=COUNT) == Written(written=0, already_there=COUNT)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_run_that_was_stopped_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop_at_five(meme: DrawnMeme, path: Path) -> None:
        assert path.exists()
        if meme.number == 4:
            raise StoppedError

    with pytest.raises(StoppedError):
        write_library(tmp_path, seed=0, count=8, on_progress=stop_at_five)
    assert write_library(tmp_path, seed=0, count=8) == Written(written=3, already_there=5)


def test_files_hold_what_drawing_gives(folder: Path) -> None:
    for meme, content in draw_library(seed=0, count=6):
        assert (folder / meme.path).read_bytes() == content


def test_the_manifest_says_where_each_was_posted_and_what_is_in_it(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["seed"] == 0
    assert len(manifest["memes"]) == COUNT
    first = World(seed=0, count=1).memes[0]
    record = manifest["memes"][0]
    assert record["path"] == first.path
    assert record["author"] == first.posting.author
    assert record["upvotes"] == first.posting.upvotes
    assert record["truth"]["names"] == list(first.truth.names)
