import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from rating.curation import verdicts
from rating.models import Axis, QueueItem
from rating.tasks import export_collections
from search import gathering, states
from search.library import add_upload
from search.models import Collection, Meme
from tests.drawing import drawing, encoded
from tests.rating.curation.queueing import listed, queue, say


@pytest.fixture
def kept(charlie: User, axes: list[Axis]) -> list[QueueItem]:
    """Four memes with bytes, waiting in a queue whose collection is Best."""
    for number, color in enumerate(("red", "green", "blue", "yellow")):
        data = encoded(drawing(color, seed=number))
        add_upload(io.BytesIO(data), len(data), filename=f"{color}.png", user=charlie)
    into = gathering.collection(charlie, "Best: cats/dogs", is_shared=True)
    return listed(queue(charlie, axes[0], collection=into), 4)


def exported(root: Path, *args: str) -> list[str]:
    call_command("export_collections", root, *args, stdout=io.StringIO(), stderr=io.StringIO())
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.name[0] != ".")


def test_what_is_kept_is_exported_with_its_name_and_leaves_with_the_verdict(
    charlie: User, kept: list[QueueItem], tmp_path: Path
) -> None:
    root = tmp_path / "out"
    root.mkdir()
    for item, name in zip(kept, ("cat", "Cat", "", "x" * 200), strict=True):
        say(charlie, item, name=name)
    found = exported(root)
    assert found == [f"Best cats dogs/{name}.png" for name in ("Cat-2", "blue", "cat", "x" * 200)]
    assert (root / found[2]).stat().st_size == Meme.objects.get(pk=kept[0].meme_id).size_bytes
    before = {path: (root / path).stat().st_mtime_ns for path in found}
    assert exported(root) == found  # repeated, nothing is written
    assert {path: (root / path).stat().st_mtime_ns for path in found} == before
    states.move_one(Meme.objects.get(pk=kept[0].meme_id), states.Action.TRASH, charlie)
    assert exported(root) == [path for path in found if path != found[2]]  # who had a name keeps it
    Collection.objects.all().delete()
    assert exported(root) == []
    assert not (root / "Best cats dogs").exists()


def test_files_of_others_are_never_touched_and_nothing_is_written_elsewhere(
    charlie: User, kept: list[QueueItem], tmp_path: Path
) -> None:
    root, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    (root / "Best cats dogs").mkdir(parents=True)
    elsewhere.mkdir()
    (root / "Best cats dogs" / "cat.png").write_text("mine")
    (elsewhere / "precious").write_text("mine")
    (root / ".exported.json").write_text(json.dumps({"files": {"../elsewhere/precious": "0", "/etc/passwd": "0"}}))
    say(charlie, kept[0], name="cat")
    assert exported(root) == ["Best cats dogs/cat-2.png", "Best cats dogs/cat.png"]
    assert (root / "Best cats dogs" / "cat.png").read_text() == "mine"
    assert (elsewhere / "precious").read_text() == "mine"
    (root / "Best cats dogs").rename(root / "moved")
    (root / "Best cats dogs").symlink_to(elsewhere)
    with pytest.raises(CommandError, match="could not be exported"):
        exported(root)
    assert os.listdir(elsewhere) == ["precious"]


def test_files_that_somebody_put_in_the_place_of_exported_ones_stay(
    charlie: User, kept: list[QueueItem], tmp_path: Path, media_dir: Path
) -> None:
    root, precious = tmp_path / "out", tmp_path / "precious"
    folder = root / "Best cats dogs"
    root.mkdir()
    precious.write_text("precious")
    keys = [say(charlie, item) for item in kept[:2]]
    exported(root)
    (folder / ".unfinished").write_text("mine")
    (root / ".exporting.unfinished").symlink_to(precious)
    (folder / "red.png").write_text("mine")
    (folder / "green.png").write_bytes(bytes((folder / "green.png").stat().st_size))  # as large as ours
    assert exported(root) == [f"Best cats dogs/{name}.png" for name in ("green", "red-2", "red")]
    for path in media_dir.rglob("*"):
        if path.is_file():
            path.unlink()
    say(charlie, kept[2], name="yellow")
    with pytest.raises(CommandError, match="1 could not"):
        exported(root)
    (folder / "yellow.png").write_text("mine")  # what could not be written was never ours
    for key in (*keys, None):
        assert verdicts.undo(charlie, key)
    assert exported(root) == [f"Best cats dogs/{name}.png" for name in ("green", "red", "yellow")]
    assert [(folder / name).read_text() for name in ("red.png", "yellow.png", ".unfinished")] == ["mine"] * 3
    assert precious.read_text() == "precious"


def test_the_file_of_a_lost_meme_stays_until_it_is_found_or_thrown_away(
    charlie: User, kept: list[QueueItem], tmp_path: Path
) -> None:
    root, lost = tmp_path / "out", Meme.objects.get(pk=kept[0].meme_id)
    root.mkdir()
    say(charlie, kept[0])
    found = exported(root)
    assert states.move_one(lost, states.Action.LOSE)
    Collection.objects.update(name="Other")
    assert exported(root) == found
    assert states.move_one(lost, states.Action.FIND)
    assert exported(root) == ["Other/red.png"]
    assert states.move_one(lost, states.Action.LOSE)
    assert states.move_one(lost, states.Action.TRASH, charlie)
    assert exported(root) == []


def test_private_memes_are_exported_for_their_owner_alone(
    alice: User, charlie: User, kept: list[QueueItem], tmp_path: Path
) -> None:
    data = encoded(drawing("purple", seed=9))
    own = add_upload(io.BytesIO(data), len(data), filename="own.png", user=alice, is_private=True).meme
    gathering.put(gathering.collection(alice, "Hers", is_shared=True), [own.pk, kept[0].meme_id])
    shared, hers = tmp_path / "shared", tmp_path / "hers"
    for folder in (shared, hers):
        folder.mkdir()
    assert exported(shared) == ["Hers/red.png"]
    assert exported(hers, "--user", "ALICE") == ["Hers/own.png", "Hers/red.png"]
    for args in ((hers,), (shared, "--user", "alice")):
        with pytest.raises(CommandError, match="somebody else"):  # each would remove the files of the other
            exported(*args)
    assert (hers / "Hers" / "own.png").exists()


def test_a_lost_file_costs_that_file_and_a_folder_that_is_none_is_said(
    charlie: User, kept: list[QueueItem], tmp_path: Path, media_dir: Path, settings: Any
) -> None:
    root = tmp_path / "out"
    for item in kept[:2]:
        say(charlie, item)
    with pytest.raises(CommandError, match="not a folder"):
        exported(root)
    root.mkdir()
    settings.EXPORT_DIR = str(root)
    export_collections()
    assert len(list(root.rglob("*.png"))) == 2
    for path in media_dir.rglob("*"):
        if path.is_file():
            path.unlink()
    (root / "Best cats dogs" / "red.png").unlink()
    with pytest.raises(CommandError, match="1 could not"):
        exported(root)
    assert (root / "Best cats dogs" / "green.png").exists()
    (root / ".exported.json").write_text("junk")
    with pytest.raises(CommandError, match="cannot be read"):
        exported(root)
    with pytest.raises(CommandError, match="nobody"):
        exported(root, "--user", "zoe")
