"""Taking content in from people, and opening it again."""

import io
import threading
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection

from ingestion.crawling import import_folder
from search import library, store
from search.library import Added, OriginalGone
from search.media import BadMedia
from search.models import Meme, Sighting
from tests.drawing import drawing, encoded, write
from tests.search.media.making import clip, scene

pytestmark = pytest.mark.django_db


def upload(user: User, data: bytes, name: str = "cat.png", *, is_private: bool = False) -> Added:
    return library.add_upload(io.BytesIO(data), len(data), filename=name, user=user, is_private=is_private)


def test_an_upload_is_kept_and_can_be_opened(alice: User) -> None:
    data = encoded(drawing())
    added = upload(alice, data, "My cat.png")
    assert added.is_new
    assert (added.meme.title, added.meme.kind, added.meme.format) == ("My cat", "image", "PNG")
    with library.open_original(added.meme) as file:
        assert file.read() == data


def test_the_same_bytes_again_are_the_same_meme(alice: User, bob: User) -> None:
    data = encoded(drawing())
    first = upload(alice, data)
    second = upload(bob, data, "other name.png")
    assert second.meme == first.meme
    assert not second.is_new
    assert Sighting.objects.filter(meme=first.meme).count() == 2


def test_rows_are_written_in_the_order_of_their_hashes_so_that_two_at_once_never_lock_each_other_out() -> None:
    found = [
        library.examine(io.BytesIO(data), len(data)) for data in (encoded(drawing(seed=seed)) for seed in range(4))
    ]
    given = sorted(((content, "") for content in found), key=lambda one: one[0].sha256, reverse=True)
    library.add_many(given, is_stored=False, added_by=None)
    written = list(Meme.objects.order_by("pk").values_list("sha256", flat=True))
    assert written == sorted(content.sha256 for content in found)


def test_a_private_copy_and_the_shared_one_do_not_know_of_each_other(alice: User, bob: User) -> None:
    data = encoded(drawing())
    hidden = upload(alice, data, is_private=True)
    shared = upload(bob, data)
    assert shared.is_new
    assert hidden.meme != shared.meme
    assert list(Meme.objects.visible_to(bob)) == [shared.meme]
    assert set(Meme.objects.visible_to(alice)) == {hidden.meme, shared.meme}


def test_refused_content_leaves_nothing_behind(alice: User, media_dir: Path) -> None:
    with pytest.raises(BadMedia):
        upload(alice, b"<svg onload=alert(1)>", "cat.png")
    assert not Meme.objects.exists()
    assert not media_dir.exists()


def test_a_file_over_the_limit_is_refused_before_it_is_read(alice: User) -> None:
    with pytest.raises(BadMedia, match="MB"):
        library.examine(io.BytesIO(), library.limits().size_bytes + 1)


def test_uploading_what_a_folder_held_keeps_its_bytes(alice: User, tmp_path: Path) -> None:
    path = write(tmp_path / "memes" / "one.png")
    import_folder(path.parent)
    meme = upload(alice, path.read_bytes()).meme
    path.unlink()
    meme.refresh_from_db()
    assert meme.is_stored
    with library.open_original(meme) as file:
        assert file.read(4) == b"\x89PNG"


def test_an_original_that_was_replaced_is_not_taken_for_it(tmp_path: Path) -> None:
    path = write(tmp_path / "memes" / "one.png")
    import_folder(path.parent)
    write(path, "black", seed=4)
    with pytest.raises(OriginalGone, match="import"):
        library.open_original(Meme.objects.get())


def test_a_link_put_in_place_of_an_original_is_not_followed(tmp_path: Path) -> None:
    path = write(tmp_path / "memes" / "one.png")
    import_folder(path.parent)
    secret = tmp_path / "secret.png"
    path.rename(secret)
    path.symlink_to(secret)
    with pytest.raises(OriginalGone):
        library.open_original(Meme.objects.get())


def test_a_write_that_fails_leaves_no_torn_file(media_dir: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(28, "No space left on device")

    key = store.original_key("ab" * 32)
    with pytest.raises(OSError, match="No space"):
        store.put(key, Broken(b"x" * 10))
    assert not store.has(key)
    assert not [path for path in media_dir.rglob("*") if path.is_file()]


@pytest.mark.django_db(transaction=True)
def test_many_uploads_of_one_picture_at_once_are_one_meme(alice: User) -> None:
    data = encoded(drawing())
    results: list[Added] = []
    barrier = threading.Barrier(6)

    def run() -> None:
        barrier.wait()
        try:
            results.append(upload(alice, data))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert sum(added.is_new for added in results) == 1
    assert Meme.objects.count() == 1


@pytest.mark.parametrize("has_sound", [True, False])
def test_a_clip_is_known_by_its_sound(alice: User, has_sound: bool) -> None:
    data = clip([scene(number) for number in range(3)], sound=has_sound)
    assert upload(alice, data, "clip.mp4").meme.has_sound is has_sound


@pytest.mark.parametrize("state", [Meme.State.TRASHED, Meme.State.PURGED, Meme.State.HIDDEN])
def test_what_a_curator_took_out_is_not_taken_in_again(alice: User, state: str, media_dir: Path) -> None:
    data = encoded(drawing())
    meme = upload(alice, data).meme
    Meme.objects.filter(pk=meme.pk).update(state=state, is_stored=False)
    Path(store._storage().path(store.original_key(meme.sha256))).unlink()
    with pytest.raises(library.TakenOut):
        upload(alice, data)
    meme.refresh_from_db()
    assert (meme.state, meme.is_stored) == (state, False)
    assert not store.has(store.original_key(meme.sha256))


def test_bytes_the_store_has_lost_are_read_from_the_folder_that_still_has_them(alice: User, tmp_path: Path) -> None:
    path = write(tmp_path / "memes" / "one.png")
    import_folder(path.parent)
    meme = upload(alice, path.read_bytes()).meme
    Path(store._storage().path(store.original_key(meme.sha256))).unlink()
    with library.open_original(meme) as file:
        assert file.read() == path.read_bytes()
    path.unlink()
    with pytest.raises(OriginalGone, match="backup"):
        library.open_original(meme)
