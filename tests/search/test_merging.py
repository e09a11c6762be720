"""What becomes of the bytes of memes that were made one, and of copies of them."""

import io
import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from ingestion.crawling import import_folder
from search import library, merging
from search.models import Meme, Sighting
from tests.drawing import drawing, write
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_kept_one_never_opens_the_bytes_of_the_other(tmp_path: Path, alice: User, charlie: User) -> None:
    for name, side in (("large.png", 320), ("small.png", 160)):
        path = tmp_path / "memes" / name
        path.parent.mkdir(exist_ok=True)
        drawing("blue", size=(side, side * 3 // 4)).save(path)
    import_folder(tmp_path / "memes")
    index()
    large, small = Meme.objects.get(title="large"), Meme.objects.get(title="small")
    merging.merge(large, small, charlie)
    (tmp_path / "memes" / "large.png").unlink()
    import_folder(tmp_path / "memes", allow_missing=True)
    large.refresh_from_db()
    assert large.state == "missing"
    with pytest.raises(library.OriginalGone):
        library.open_original(large)


def test_a_file_that_takes_the_place_of_a_merged_one_is_its_own_meme(tmp_path: Path, charlie: User) -> None:
    for name, color in (("one.png", "blue"), ("two.png", "red")):
        write(tmp_path / "memes" / name, color)
    import_folder(tmp_path / "memes")
    merging.merge(Meme.objects.get(title="one"), Meme.objects.get(title="two"), charlie)
    path = write(tmp_path / "memes" / "two.png", "teal", seed=9)
    import_folder(tmp_path / "memes")
    replaced = Meme.objects.get(sightings__locator="two.png")
    assert replaced.state == Meme.State.ACTIVE
    with library.open_original(replaced) as file:
        assert file.read() == path.read_bytes()


def test_a_copy_of_what_was_merged_is_seen_at_the_one_that_was_kept(tmp_path: Path, charlie: User) -> None:
    for name, color in (("one.png", "blue"), ("two.png", "red")):
        path = write(tmp_path / "memes" / name, color)
    import_folder(tmp_path / "memes")
    kept, gone = Meme.objects.get(title="one"), Meme.objects.get(title="two")
    merge = merging.merge(kept, gone, charlie)
    (tmp_path / "memes" / "copy.png").write_bytes(path.read_bytes())
    os.utime(path, (1, 1))
    import_folder(tmp_path / "memes")
    assert set(kept.sightings.values_list("locator", flat=True)) == {"one.png", "two.png", "copy.png"}
    merging.undo(merge, charlie)
    assert set(gone.sightings.values_list("locator", "merged_from")) == {("two.png", None), ("copy.png", None)}


def test_a_copy_of_what_was_merged_twice_is_seen_at_the_last_one_and_goes_back_step_by_step(
    tmp_path: Path, charlie: User
) -> None:
    for name, color in (("one.png", "blue"), ("two.png", "red"), ("three.png", "teal")):
        write(tmp_path / "memes" / name, color)
    import_folder(tmp_path / "memes")
    one, two, three = (Meme.objects.get(title=title) for title in ("one", "two", "three"))
    merges = [merging.merge(two, one, charlie), merging.merge(three, two, charlie)]
    data = (tmp_path / "memes" / "one.png").read_bytes()
    (tmp_path / "memes" / "copy.png").write_bytes(data)
    import_folder(tmp_path / "memes")
    handed = library.add_upload(io.BytesIO(data), len(data), filename="x.png", user=charlie)
    assert (handed.meme, handed.is_new) == (three, False)
    copy = Sighting.objects.filter(locator="copy.png")
    seen = [copy.values_list("meme", "merged_from").get()]
    for merge in reversed(merges):
        merging.undo(merge, charlie)
        seen += [copy.values_list("meme", "merged_from").get()]
    assert seen == [(three.pk, one.pk), (two.pk, one.pk), (one.pk, None)]


def test_the_bytes_that_were_merged_are_known_when_they_are_handed_over(alice: User, charlie: User) -> None:
    kept, gone = take_in(alice, "blue"), take_in(alice, "red")
    merging.merge(kept, gone, charlie)
    assert take_in(alice, "red") == kept
