"""A folder of memes is taken in, in place, whatever it holds."""

import os
import random
import shutil
import string
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ingestion.crawlers.base import SourceGone
from ingestion.crawlers.folder import MAX_LOCATOR
from ingestion.crawling import TooManyMissing, count_files, import_folder, mark_missing
from ingestion.intake import Seen
from ingestion.models import Crawl, FailedFind
from search.indexing import derive_media
from search.models import Claim, Meme, Sighting, Source
from tests.drawing import drawing, encoded, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures, two of them in a subfolder."""
    root = tmp_path / "memes"
    for seed in range(4):
        write(root / f"top {seed}.png", seed=seed)
    for seed in range(4, 6):
        write(root / "sub folder" / f"deep {seed}.jpg", seed=seed)
    return root


def states() -> list[str]:
    return sorted(Meme.objects.values_list("state", flat=True))


def test_every_picture_below_the_folder_becomes_a_meme_in_place(folder: Path, media_dir: Path) -> None:
    summary = import_folder(folder)
    assert (summary.counts.added, summary.counts.known, summary.counts.failed) == (6, 0, 0)
    assert set(Meme.objects.values_list("title", flat=True)) >= {"top 0", "deep 5"}
    assert not Meme.objects.filter(is_stored=True).exists()
    assert not media_dir.exists()


def test_a_second_run_finds_nothing_new(folder: Path) -> None:
    import_folder(folder)
    summary = import_folder(folder)
    assert (summary.counts.added, summary.counts.known) == (0, 6)
    assert Meme.objects.count() == Sighting.objects.count() == 6


def test_the_same_bytes_twice_are_one_meme_seen_twice(folder: Path) -> None:
    (folder / "copy.png").write_bytes((folder / "top 0.png").read_bytes())
    import_folder(folder)
    assert Meme.objects.count() == 6
    assert Sighting.objects.count() == 7


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


def test_a_changed_file_is_read_again(folder: Path) -> None:
    import_folder(folder)
    old = Meme.objects.get(title="top 1")
    write(folder / "top 1.png", "navy", seed=77)
    summary = import_folder(folder)
    assert summary.counts.added == 1
    old.refresh_from_db()
    assert old.state == Meme.State.MISSING
    assert Meme.objects.filter(state=Meme.State.ACTIVE).count() == 6


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


def test_bad_files_are_recorded_with_their_reason_and_stop_nothing(folder: Path) -> None:
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("this is no picture")
    (folder / "notes.txt").write_text("neither is this, and it does not say so")
    (folder / "torn.png").write_bytes(encoded(drawing())[:20])
    summary = import_folder(folder)
    assert (summary.counts.added, summary.counts.failed, summary.counts.ignored) == (6, 3, 1)
    reasons = dict(FailedFind.objects.values_list("locator", "reason"))
    assert set(reasons) == {"empty.jpg", "text.jpg", "torn.png"}
    assert all(len(reason) > 10 for reason in reasons.values())


def test_a_failure_is_not_read_again_until_the_file_changes_and_then_forgotten(folder: Path) -> None:
    (folder / "late.png").write_bytes(b"")
    import_folder(folder)
    assert import_folder(folder).counts.failed == 1
    write(folder / "late.png", "teal", seed=9)
    summary = import_folder(folder)
    assert (summary.counts.added, summary.counts.failed) == (1, 0)
    assert not FailedFind.objects.exists()


@pytest.mark.parametrize(
    "name", [b"new\nline.png", b'it\'s "quoted".png', b"\xff\xfe not text.png", b"100%25.png", "日本 🐈.png".encode()]
)
def test_odd_names_are_taken_in_and_opened_again(folder: Path, name: bytes) -> None:
    source = encoded(drawing("purple", seed=3))
    with open(os.path.join(os.fsencode(folder), name), "wb") as file:
        file.write(source)
    assert import_folder(folder).counts.added == 7
    assert import_folder(folder).counts.known == 7
    from search.library import open_original

    meme = Meme.objects.order_by("-pk").get(
        size_bytes=len(source), sightings__locator__contains=".png", color="", sha256=_sha(source)
    )
    with open_original(meme) as opened:
        assert opened.read() == source


def _sha(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def test_links_that_loop_or_lead_out_are_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "elsewhere" / "private.png", "red", seed=8)
    (folder / "loop").symlink_to(folder)
    (folder / "out.png").symlink_to(secret)
    (folder / "dangling.png").symlink_to(folder / "nothing.png")
    (folder / "inside.png").symlink_to(folder / "top 0.png")
    summary = import_folder(folder)
    assert summary.counts.added == 6
    assert set(FailedFind.objects.values_list("locator", flat=True)) == {"loop", "out.png", "dangling.png"}


def test_paths_too_long_to_be_kept_are_recorded_apart_and_stop_nothing(folder: Path) -> None:
    for last in ("猫" * 60 + "1", "猫" * 60 + "2"):
        write(folder / ("日" * 80) / ("本" * 80) / ("犬" * 80) / last / "a.png", seed=len(last))
    write(folder / ("日" * 80) / ("本" * 80) / ("犬" * 40) / "kept.png", "teal", seed=8)
    for _ in range(2):
        summary = import_folder(folder)
        assert (summary.counts.failed, summary.missing) == (2, 0)
    assert Meme.objects.count() == 7
    assert all(failure.reason.startswith("The path is too long") for failure in FailedFind.objects.all())
    assert FailedFind.objects.count() == 2


def test_a_path_just_short_enough_can_be_kept(folder: Path) -> None:
    letters = random.Random(0)  # the database presses long texts, but not these
    names = ["".join(letters.choices(string.ascii_letters, k=248)) for _ in range(10)]
    path = write(folder.joinpath(*names) / "a.png", "teal", seed=8)
    path = path.rename(path.with_name("b" * (MAX_LOCATOR - len(str(path.relative_to(folder))) + 1) + ".png"))
    assert len(str(path.relative_to(folder))) == MAX_LOCATOR
    assert import_folder(folder).counts.added == 7


def test_a_folder_whose_own_path_is_too_long_is_refused(folder: Path) -> None:
    root = write(folder.joinpath(*["日" * 80] * 4) / "a.png").parent
    with pytest.raises(SourceGone, match="too long"):
        import_folder(root)


def test_what_the_site_itself_keeps_below_the_folder_is_left_out(folder: Path, tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_DIR, settings.DATA_DIR = tmp_path / "link", folder / "sub folder" / "data"
    write(folder / "kept" / "thumbnail.webp", "teal", seed=8)
    write(settings.DATA_DIR / "library" / "drawn.png", "navy", seed=9)
    settings.MEDIA_DIR.symlink_to(folder / "kept")
    assert (count_files(folder), import_folder(folder).counts.added) == (6, 6)
    assert import_folder(settings.DATA_DIR / "library").counts.added == 1


def test_a_pipe_in_the_folder_does_not_stop_the_run(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    assert import_folder(folder).counts.added == 6


def test_what_lies_below_an_unreadable_folder_is_neither_missing_nor_forgotten(folder: Path) -> None:
    (folder / "sub folder" / "torn.png").write_bytes(b"")
    import_folder(folder)
    seen = Seen(present={f"top {seed}.png" for seed in range(4)}, unknown={"sub folder"})
    assert mark_missing(Source.objects.get(kind="folder"), seen, allow_missing=True) == 0
    assert states() == ["active"] * 6
    assert FailedFind.objects.count() == 1


def test_the_next_run_says_of_a_killed_one_that_it_failed(folder: Path, tmp_path: Path) -> None:
    source = import_folder(folder).source
    killed = Crawl.objects.create(source=source)
    elsewhere = Crawl.objects.create(source=Source.objects.create(kind=Source.Kind.FOLDER, name="other", root="/other"))
    import_folder(folder)
    killed.refresh_from_db()
    assert (killed.state, killed.error) == (Crawl.State.FAILED, "The run was killed before it had finished.")
    assert killed.finished_at is not None
    assert list(Crawl.objects.filter(state=Crawl.State.RUNNING)) == [elsewhere]


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_folder_at_once_lose_and_double_nothing(folder: Path) -> None:
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def run() -> None:
        barrier.wait()
        try:
            import_folder(folder)
            outcomes.append("done")
        except Exception as error:  # noqa: BLE001 - the kind of error is what is tested
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(outcomes) <= {"done", "SourceBusy"}
    assert "done" in outcomes
    assert Meme.objects.count() == Sighting.objects.count() == 6
    assert not Crawl.objects.filter(state=Crawl.State.RUNNING).exists()
