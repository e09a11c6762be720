"""A folder of memes is taken in, in place, whatever it holds."""

import os
import random
import string
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from ingestion import history
from ingestion.crawlers.base import SourceGone
from ingestion.crawlers.folder import MAX_LOCATOR
from ingestion.crawling import count_files, import_folder
from ingestion.models import Crawl, FailedFind
from search.models import Meme, Sighting, Source
from tests.drawing import drawing, encoded, write

pytestmark = pytest.mark.django_db


def test_every_picture_below_the_folder_becomes_a_meme_in_place(folder: Path, media_dir: Path) -> None:
    summary = import_folder(folder)
    assert (summary.counts.added, summary.counts.known, summary.counts.failed) == (6, 0, 0)
    assert set(Meme.objects.values_list("title", flat=True)) >= {"top 0", "deep 5"}
    assert not Meme.objects.filter(is_stored=True).exists()
    assert not media_dir.exists()


def test_the_media_store_is_not_read_where_private_uploads_lie(media_dir: Path) -> None:
    write(media_dir / "originals" / "private.png")
    for folder in (media_dir, media_dir / "originals"):
        with pytest.raises(SourceGone, match="private"):
            import_folder(folder)
    assert not Source.objects.exists()


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


def test_a_changed_file_is_read_again(folder: Path) -> None:
    import_folder(folder)
    old = Meme.objects.get(title="top 1")
    write(folder / "top 1.png", "navy", seed=77)
    summary = import_folder(folder)
    assert summary.counts.added == 1
    old.refresh_from_db()
    assert old.state == Meme.State.MISSING
    assert Meme.objects.filter(state=Meme.State.ACTIVE).count() == 6


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


def test_the_next_run_says_of_a_killed_one_that_it_failed(folder: Path, tmp_path: Path) -> None:
    source = import_folder(folder).source
    killed = Crawl.objects.create(source=source)
    elsewhere = Crawl.objects.create(source=Source.objects.create(kind=Source.Kind.FOLDER, name="other", root="/other"))
    import_folder(folder)
    killed.refresh_from_db()
    assert (killed.state, killed.error) == (Crawl.State.FAILED, history.KILLED)
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
