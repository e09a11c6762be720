"""Stages pull what lacks their result; killed, repeated or twice at once, nothing is lost and nothing is double."""

from datetime import timedelta
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from ingestion.crawling import import_folder
from search import claims, embedding, indexing, jobs, library, spaces, store
from search.models import Claim, Embedding, EmbeddingChange, EmbeddingSpace, Meme
from search.sweeping import Work, sweep
from tests.drawing import drawing, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "memes"
    write(root / "orange.png", "orange", text="RE16 TGK")
    write(root / "navy.jpg", "navy", seed=1)
    write(root / "green.webp", "green", seed=2)
    import_folder(root)
    return root


@pytest.fixture
def without_ocr(settings: object) -> None:
    settings.MSE_OCR = False  # type: ignore[attr-defined]


def test_media_makes_thumbnails_hash_and_colour(folder: Path) -> None:
    assert indexing.derive_media() == 3
    meme = Meme.objects.get(title="navy")
    assert store.has(store.thumbnail_key(meme.sha256))
    red, green, blue = (int(meme.color[i : i + 2], 16) for i in (1, 3, 5))
    assert blue > 100 > max(red, green)
    assert meme.phash is not None
    assert indexing.derive_media() == 0
    assert not Claim.objects.exists()


def test_text_is_read_with_its_boxes_and_full_text_finds_it(folder: Path) -> None:
    indexing.derive_media()
    assert indexing.read_texts() == 3
    meme = Meme.objects.get(title="orange")
    assert "RE16" in meme.text
    assert meme.text_boxes[0]["text"] in meme.text
    assert list(Meme.objects.filter(words="re16")) == [meme]


def test_vectors_wait_for_the_text_when_the_encoder_reads_it(folder: Path) -> None:
    indexing.derive_media()
    assert indexing.embed_memes() == 0
    indexing.read_texts()
    assert indexing.embed_memes() == 3
    assert Embedding.objects.count() == 3


def test_text_that_is_read_anew_makes_the_vector_anew(folder: Path, without_ocr: None) -> None:
    indexing.derive_media()
    indexing.read_texts()
    indexing.embed_memes()
    meme = Meme.objects.get(title="green")
    library.keep_reading(meme, indexing.Reading(text="hello", boxes=()))
    assert not meme.embeddings.exists()
    assert indexing.embed_memes() == 1


def test_a_changed_original_is_set_aside_and_the_others_go_on(folder: Path) -> None:
    write(folder / "navy.jpg", "black", seed=5)
    assert indexing.derive_media() == 2
    claim = Claim.objects.get()
    assert claim.meme.title == "navy"
    assert "import its folder again" in claim.reason
    assert claims.retry() == 1


def test_a_leased_meme_is_not_given_to_a_second_worker(folder: Path) -> None:
    first = claims.claim(Claim.Stage.MEDIA, 2)
    second = claims.claim(Claim.Stage.MEDIA, 10)
    assert len(first) == 2
    assert len(second) == 1
    assert not {meme.pk for meme in first} & {meme.pk for meme in second}


def test_the_memes_of_a_killed_worker_are_taken_over_when_its_lease_is_over(folder: Path) -> None:
    claims.claim(Claim.Stage.MEDIA, 10)
    assert indexing.derive_media() == 0
    Claim.objects.update(leased_until=timezone.now() - timedelta(hours=1))
    assert indexing.derive_media() == 3


def test_a_meme_that_keeps_killing_workers_is_set_aside_with_a_reason(folder: Path) -> None:
    for _ in range(claims.MAX_ATTEMPTS):
        assert len(claims.claim(Claim.Stage.MEDIA, 10)) == 3
        Claim.objects.update(leased_until=timezone.now() - timedelta(hours=1))
    assert claims.claim(Claim.Stage.MEDIA, 10) == []
    assert Claim.objects.exclude(failed_at=None).count() == 3
    assert claims.claim(Claim.Stage.MEDIA, 10) == []


def test_a_full_disk_stops_the_stage_and_costs_no_meme_an_attempt(folder: Path, settings: object) -> None:
    settings.STORAGES = {  # type: ignore[attr-defined]
        **settings.STORAGES,  # type: ignore[attr-defined]
        "memes": {"BACKEND": "tests.search.full_disk.FullDisk"},
    }
    with pytest.raises(indexing.StageBlocked, match="No space left"):
        indexing.derive_media()
    assert not Claim.objects.exists()
    assert not Meme.objects.exclude(derived_at=None).exists()


def test_every_vector_and_every_change_of_state_is_written_to_the_feed(folder: Path, without_ocr: None) -> None:
    indexing.derive_media()
    indexing.read_texts()
    indexing.embed_memes()
    assert set(EmbeddingChange.objects.values_list("meme_id", flat=True)) == set(
        Meme.objects.values_list("pk", flat=True)
    )
    EmbeddingChange.objects.all().delete()
    meme = Meme.objects.get(title="navy")
    Meme.objects.filter(pk=meme.pk).update(title="still navy")
    assert not EmbeddingChange.objects.exists()
    Meme.objects.filter(pk=meme.pk).update(state=Meme.State.TRASHED)
    assert EmbeddingChange.objects.get().meme_id == meme.pk
    Embedding.objects.filter(meme=meme).delete()
    assert EmbeddingChange.objects.count() == 2


def test_a_new_encoder_is_filled_beside_the_old_one_and_then_takes_over(folder: Path, without_ocr: None) -> None:
    indexing.derive_media()
    indexing.read_texts()
    old = EmbeddingSpace.objects.create(name="lite", revision="older", dims=4, reads_text=True, state="active")
    indexing.derive_media()
    new = spaces.ensure("lite")
    assert new.state == EmbeddingSpace.State.BUILDING
    assert spaces.active() == old
    indexing.embed_memes()
    new.refresh_from_db()
    old.refresh_from_db()
    assert (new.state, old.state) == ("active", "retired")


def test_progress_counts_what_each_stage_has_done(folder: Path, without_ocr: None) -> None:
    assert indexing.progress().memes == 3
    assert not indexing.progress().is_complete()
    indexing.derive_media()
    assert (indexing.progress().media, indexing.progress().text) == (3, 0)
    indexing.read_texts()
    indexing.embed_memes()
    assert indexing.progress().is_complete()
    assert indexing.progress().space == "lite"


def test_what_was_set_aside_does_not_keep_the_library_incomplete(folder: Path, without_ocr: None) -> None:
    (folder / "navy.jpg").unlink()
    indexing.derive_media()
    indexing.read_texts()
    indexing.embed_memes()
    progress = indexing.progress()
    assert progress.failed == 1
    assert progress.is_complete()


@pytest.mark.django_db(transaction=True)
def test_old_changes_are_forgotten_but_the_newest_of_them() -> None:
    for meme_id in (1, 2, 3, 4):
        EmbeddingChange.objects.create(meme_id=meme_id)
    EmbeddingChange.objects.filter(meme_id__lte=3).update(created_at=timezone.now() - timedelta(days=8))
    assert indexing.prune_changes() == 2
    assert list(EmbeddingChange.objects.order_by("meme_id").values_list("meme_id", flat=True)) == [3, 4]
    assert indexing.prune_changes() == 0


def test_words_that_come_late_in_a_clip_are_read_too(tmp_path: Path) -> None:
    frames = [drawing("white", text=text, size=(480, 320), seed=seed) for seed, text in enumerate(("FIRST", "SECOND"))]
    folder = tmp_path / "memes"
    folder.mkdir()
    frames[0].save(folder / "clip.gif", save_all=True, append_images=[frames[1]], duration=800)
    import_folder(folder)
    indexing.derive_media()
    indexing.read_texts()
    text = Meme.objects.get().text
    assert "FIRST" in text
    assert "SECOND" in text


class Failing:
    """An encoder that loads and then fails on every picture."""

    spec, name, revision, dims, reads_text = "failing", "failing", "1", 8, False

    def encode_pictures(self, pictures: object) -> object:
        raise RuntimeError("out of memory")


def test_a_new_encoder_that_fails_on_everything_does_not_take_over(folder: Path, without_ocr: None) -> None:
    indexing.derive_media()
    indexing.read_texts()
    indexing.embed_memes()
    serving = spaces.active()
    broken = EmbeddingSpace.objects.create(name="failing", revision="1", dims=8, reads_text=False, state="building")
    for _ in range(claims.MAX_ATTEMPTS + 1):
        with jobs.sweep("embedding", lambda: 0) as job:
            embedding.fill(broken, Failing(), float("inf"), job)  # type: ignore[arg-type]
        Claim.objects.update(leased_until=timezone.now() - timedelta(hours=1))
    assert spaces.lacking(broken) == 0
    assert not spaces.promote_complete()
    assert spaces.active() == serving


def test_a_failure_in_one_space_says_nothing_about_another(folder: Path, without_ocr: None) -> None:
    indexing.derive_media()
    other = EmbeddingSpace.objects.create(name="failing", revision="1", dims=8, reads_text=False, state="retired")
    space = spaces.ensure("lite")
    for meme in claims.claim(Claim.Stage.EMBEDDING, 10, space=other):
        claims.fail(meme.pk, Claim.Stage.EMBEDDING, "no", space=other)
    assert spaces.lacking(other) == 0
    assert spaces.lacking(space) == 3


def test_an_encoder_that_cannot_be_loaded_does_not_stop_the_active_one(
    folder: Path, without_ocr: None, settings: object
) -> None:
    spaces.ensure("lite")
    settings.MSE_ENCODER = "openclip:local-dir:/nowhere"  # type: ignore[attr-defined]
    indexing.derive_media()
    indexing.read_texts()
    assert indexing.embed_memes() == 3


def test_the_end_of_a_tasks_time_is_not_held_against_the_picture() -> None:
    from search.media import BadMedia
    from search.media.limits import decoding

    with pytest.raises(SoftTimeLimitExceeded), decoding("JPEG"):
        raise SoftTimeLimitExceeded
    with pytest.raises(BadMedia), decoding("JPEG"):
        raise ValueError("rubbish")


def test_reading_text_leaves_thumbnails_no_more_time_than_it_has_itself(folder: Path, without_ocr: None) -> None:
    given: list[float] = []

    def first(*, budget_s: float) -> int:
        given.append(budget_s)
        return 0

    sweep(Work(Claim.Stage.TEXT, 1, lambda meme: None, lambda made: None), budget_s=5.0, first=first)
    assert given
    assert max(given) <= 5.0


def test_a_store_in_trouble_postpones_a_vector_and_does_not_give_it_up(folder: Path, without_ocr: None) -> None:
    indexing.derive_media()
    indexing.read_texts()
    meme = Meme.objects.get(title="navy")
    kept = Path(store._storage().path(store.thumbnail_key(meme.sha256)))
    kept.rename(kept.with_suffix(".away"))
    assert indexing.embed_memes() == 2
    assert Claim.objects.get(meme=meme).failed_at is None
    kept.with_suffix(".away").rename(kept)
    Claim.objects.update(leased_until=timezone.now() - timedelta(hours=1))
    assert indexing.embed_memes() == 1
