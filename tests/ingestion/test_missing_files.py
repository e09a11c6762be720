"""Files that vanish, break or come back: which memes are missing, and when nobody believes it."""

import os
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ingestion.crawlers.base import SourceGone
from ingestion.crawling import TooManyMissing, import_folder, mark_missing
from ingestion.intake import Seen
from ingestion.models import FailedFind
from search.indexing import derive_media
from search.models import Claim, Meme, Sighting, Source

pytestmark = pytest.mark.django_db


def states() -> list[str]:
    return sorted(Meme.objects.values_list("state", flat=True))


def test_a_renamed_file_keeps_its_meme(folder: Path) -> None:
    import_folder(folder)
    before = Meme.objects.get(title="top 0").pk
    (folder / "top 0.png").rename(folder / "sub folder" / "renamed.png")
    summary = import_folder(folder)
    assert (summary.counts.added, summary.missing) == (0, 0)
    assert Meme.objects.get(pk=before).state == Meme.State.ACTIVE
    assert list(Meme.objects.get(pk=before).sightings.filter(missing_since=None).values_list("title", flat=True)) == [
        "renamed"
    ]


def test_a_deleted_file_is_missing_and_comes_back_when_it_does(folder: Path) -> None:
    import_folder(folder)
    gone = (folder / "top 2.png").read_bytes()
    (folder / "top 2.png").unlink()
    assert import_folder(folder).missing == 1
    assert states() == ["active"] * 5 + ["missing"]
    (folder / "top 2.png").write_bytes(gone)
    summary = import_folder(folder)
    assert summary.counts.added == 0
    assert states() == ["active"] * 6


def test_a_deleted_file_is_missing_though_a_feed_still_shows_it(folder: Path) -> None:
    import_folder(folder)
    feed = Source.objects.create(kind=Source.Kind.FEED, name="a feed")
    for meme in Meme.objects.all():
        Sighting.objects.create(source=feed, locator=f"post/{meme.pk}", meme=meme)
    (folder / "top 2.png").unlink()
    import_folder(folder)
    assert states() == ["active"] * 5 + ["missing"]


def test_a_file_deleted_from_one_folder_and_kept_in_another_is_not_missing(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    import_folder(folder)
    import_folder(tmp_path / "copy")
    (folder / "top 2.png").unlink()
    assert import_folder(folder).missing == 1
    assert states() == ["active"] * 6


def test_a_meme_called_missing_while_its_file_is_there_comes_back(folder: Path) -> None:
    import_folder(folder)
    Meme.objects.filter(title__in=["top 0", "deep 5"]).update(state=Meme.State.MISSING)
    Meme.objects.filter(title="top 1").update(state=Meme.State.TRASHED)
    (folder / "sub folder" / "deep 5.jpg").unlink()
    import_folder(folder)
    assert states() == ["active"] * 4 + ["missing", "trashed"]


def test_more_than_a_fifth_missing_at_once_is_refused_until_confirmed(folder: Path) -> None:
    import_folder(folder)
    (folder / "top 0.png").unlink()
    (folder / "top 1.png").unlink()
    refused = import_folder(folder).refused
    assert isinstance(refused, TooManyMissing)
    assert (refused.missing, refused.known) == (2, 6)
    assert states() == ["active"] * 6
    assert import_folder(folder, allow_missing=True).missing == 2
    assert states() == ["active"] * 4 + ["missing"] * 2


def test_files_that_turn_bad_all_at_once_are_not_marked_until_confirmed(folder: Path) -> None:
    import_folder(folder)
    for path in folder.rglob("*.*g"):
        os.truncate(path, 0)
    for _ in range(2):
        refused = import_folder(folder).refused
        assert isinstance(refused, TooManyMissing)
        assert (refused.missing, refused.known) == (6, 6)
        assert states() == ["active"] * 6
    assert FailedFind.objects.count() == 6
    assert import_folder(folder, allow_missing=True).missing == 6
    assert states() == ["missing"] * 6


@pytest.mark.parametrize(("name", "what"), [("top 0.png", b""), ("no suffix", b"notes that took its place")])
def test_the_meme_of_a_single_file_that_turned_bad_is_missing(folder: Path, name: str, what: bytes) -> None:
    (folder / "top 0.png").rename(folder / name)
    import_folder(folder)
    (folder / name).write_bytes(what)
    assert import_folder(folder).missing == 1
    assert states() == ["active"] * 5 + ["missing"]


def test_the_command_says_that_it_refused_and_how_to_go_on(folder: Path) -> None:
    call_command("import_folder", str(folder))
    for path in folder.glob("top*"):
        path.unlink()
    with pytest.raises(CommandError, match="--yes"):
        call_command("import_folder", str(folder))
    call_command("import_folder", str(folder), "--yes")
    assert states() == ["active"] * 2 + ["missing"] * 4


def test_a_folder_that_is_gone_marks_nothing(folder: Path) -> None:
    import_folder(folder)
    folder.rename(folder.with_name("unplugged"))
    with pytest.raises(SourceGone):
        import_folder(folder, allow_missing=True)
    assert states() == ["active"] * 6


def test_stages_that_missed_the_files_of_an_unplugged_disk_do_them_once_it_is_back(folder: Path) -> None:
    import_folder(folder)
    unplugged = folder.rename(folder.with_name("unplugged"))
    assert derive_media() == 0
    assert Claim.objects.exclude(failed_at=None).count() == 6
    unplugged.rename(folder)
    damaged = Claim.objects.latest("pk")
    Claim.objects.filter(pk=damaged.pk).update(reason="The picture is damaged.")
    import_folder(folder)
    assert derive_media() == 5
    assert list(Claim.objects.all()) == [damaged]


def test_what_lies_below_an_unreadable_folder_is_neither_missing_nor_forgotten(folder: Path) -> None:
    (folder / "sub folder" / "torn.png").write_bytes(b"")
    import_folder(folder)
    seen = Seen(present={f"top {seed}.png" for seed in range(4)}, unknown={"sub folder"})
    assert mark_missing(Source.objects.get(kind="folder"), seen, allow_missing=True) == 0
    assert states() == ["active"] * 6
    assert FailedFind.objects.count() == 1
