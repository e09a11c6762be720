"""What the purge removes, what it leaves, and that what it removed is known again."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from ingestion.crawling import import_folder
from search import indexing, library, purging, states, store
from search.media import derive
from search.models import (
    Collection,
    CollectionEntry,
    ConceptActivations,
    ConceptModel,
    Embedding,
    EmbeddingChange,
    EmbeddingSpace,
    Meme,
    Sighting,
)
from search.states import Action
from tests.drawing import drawing, encoded, write
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db(transaction=True)
DATA = encoded(drawing("blue"))


def hand_over(user: User, **how: bool) -> library.Added:
    return library.add_upload(io.BytesIO(DATA), len(DATA), filename="blue.png", user=user, **how)


def files(media_dir: Path) -> list[Path]:
    return [path for path in media_dir.rglob("*") if path.is_file()]


def trash(meme: Meme, *, days_ago: float = 0) -> None:
    states.move_one(meme, Action.TRASH)
    Meme.objects.filter(pk=meme.pk).update(moved_at=timezone.now() - timedelta(days=days_ago))


def test_after_thirty_days_nothing_is_left_but_the_hashes(alice: User, media_dir: Path) -> None:
    early, late = take_in(alice, "blue"), take_in(alice, "red")
    index({"blue": "grumpy"})
    collection = Collection.objects.create(owner=alice, name="best")
    CollectionEntry.objects.create(collection=collection, meme=early)
    concepts = ConceptModel.objects.create(space=EmbeddingSpace.objects.get())
    for meme in (early, late):
        ConceptActivations.objects.create(model=concepts, meme=meme, packed=b"")
    before = EmbeddingChange.objects.filter(meme_id=early.pk).count()
    trash(early, days_ago=30.1)
    trash(late, days_ago=29.9)
    assert purging.purge_due() == 1
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.state, late.state) == ("purged", "trashed")
    assert (early.title, early.text, early.is_stored, early.derived_at) == ("", "", False, None)
    assert early.phash is not None
    assert all(late.sha256 in str(path) for path in files(media_dir))
    for kind in (Embedding, ConceptActivations):
        assert set(kind._default_manager.values_list("meme", flat=True)) == {late.pk}
    assert EmbeddingChange.objects.filter(meme_id=early.pk).count() > before  # the sidecar hears of it
    assert not CollectionEntry.objects.exists()
    assert not Sighting.objects.filter(meme=early).exists()
    assert purging.purge_due() == 0


def test_what_is_trashed_anew_while_the_purge_looks_is_kept_for_its_thirty_days(alice: User, media_dir: Path) -> None:
    meme = take_in(alice, "blue")
    trash(meme, days_ago=40)

    def change_their_mind(execute: Any, sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        if 'ORDER BY "search_meme"."moved_at"' in sql and Meme.objects.filter(pk=meme.pk).exists():
            states.move_one(meme, Action.RESTORE)
            states.move_one(meme, Action.TRASH)
        return found

    with connection.execute_wrapper(change_their_mind):
        assert purging.purge_due() == 0
    meme.refresh_from_db()
    assert meme.state == "trashed"


def test_a_purge_that_was_killed_is_finished_by_the_next(alice: User, media_dir: Path) -> None:
    meme = take_in(alice, "blue")
    index()
    trash(meme)
    states.move_one(meme, Action.PURGE)  # and no further
    assert files(media_dir)
    purging.purge_due()
    assert not files(media_dir)


def test_a_file_that_cannot_be_removed_holds_up_no_other_and_goes_later(alice: User, media_dir: Path) -> None:
    stuck, other = take_in(alice, "blue"), take_in(alice, "red")
    for meme in (stuck, other):
        trash(meme, days_ago=40)
    original = media_dir / store.original_key(stuck.sha256)
    original.unlink()
    (original / "in the way").mkdir(parents=True)
    assert purging.purge_due() == 2
    assert [path for path in files(media_dir) if other.sha256 in str(path)] == []
    assert set(Meme.objects.filter(is_stored=True)) == {stuck}
    (original / "in the way").rmdir()
    assert purging.drop_remains() == 1
    assert not original.exists()


def test_the_same_bytes_of_somebody_else_stay(alice: User, charlie: User) -> None:
    shared, hers = take_in(alice, "blue"), take_in(alice, "blue", is_private=True)
    index()
    trash(shared)
    assert purging.purge(Meme.objects.filter(pk=shared.pk), charlie) == 1
    hers.refresh_from_db()
    assert store.has(store.thumbnail_key(hers.sha256))
    assert library.open_original(hers).read() == DATA
    trash(hers)
    purging.purge(Meme.objects.filter(pk=hers.pk), alice)
    assert not store.has(store.original_key(hers.sha256))


def test_files_of_folders_are_left_and_do_not_come_back(tmp_path: Path, charlie: User) -> None:
    path = write(tmp_path / "memes" / "blue.png", "blue")
    import_folder(tmp_path / "memes")
    meme = Meme.objects.get()
    indexing.derive_media()
    trash(meme)
    purging.purge(Meme.objects.all(), charlie)
    path.touch()  # read again
    summary = import_folder(tmp_path / "memes")
    assert (summary.counts.added, summary.counts.known) == (0, 1)
    meme.refresh_from_db()
    assert meme.state == "purged"
    assert path.exists()


def test_an_upload_comes_back_only_when_whoever_may_asks_for_it(alice: User, charlie: User) -> None:
    meme = hand_over(alice).meme
    index()
    trash(meme)
    purging.purge(Meme.objects.all(), charlie)
    with pytest.raises(library.TakenOut) as refused:
        hand_over(alice, anyway=True)
    assert refused.value.remedy == "private"
    with pytest.raises(library.TakenOut) as refused:
        hand_over(charlie)
    assert refused.value.remedy == "anyway"
    again = hand_over(charlie, anyway=True)
    assert (again.meme, again.is_new, again.meme.state, again.meme.title) == (meme, False, "active", "blue")
    index()
    assert Embedding.objects.filter(meme=meme).exists()


def test_what_is_hidden_does_not_come_back_by_an_upload(alice: User, charlie: User) -> None:
    meme = hand_over(alice).meme
    states.move_one(meme, Action.HIDE, charlie)
    with pytest.raises(library.TakenOut) as refused:
        hand_over(charlie, anyway=True)
    assert refused.value.remedy == "private"


def test_a_stage_that_ends_after_the_purge_keeps_nothing(alice: User, charlie: User, media_dir: Path) -> None:

    meme = hand_over(alice).meme
    derived = derive(io.BytesIO(DATA))
    trash(meme)
    purging.purge(Meme.objects.all(), charlie)
    library.keep_derived(meme, derived)
    assert not files(media_dir)
