"""How a run of a dump ends: what is broken in it is said by the last of its slices, and the next run tries again."""

from pathlib import Path
from typing import Any

import pytest

from ingestion import dumps, runs
from ingestion.crawlers.base import SourceGone
from ingestion.models import Subscription
from ingestion.web import Web
from search import claims, embedding, indexing
from search.locators import encode_path
from search.models import Claim, Embedding, EmbeddingSpace, Meme
from tests.ingestion.conftest import address, picture
from tests.ingestion.dumping import DIMS, arrays, record, records, rows, source_of, unit_vectors
from tests.ingestion.fetch.hostile import Server
from tests.search.media.making import animated, scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return EmbeddingSpace.objects.create(name="an encoder", revision="1", dims=DIMS, reads_text=False, state="active")


def test_what_is_broken_in_an_early_slice_is_said_by_the_last_one(tmp_path: Path, space: EmbeddingSpace) -> None:
    for number in range(3):
        arrays(tmp_path, number, rows(5, start=10 * number), unit_vectors(5))
    (tmp_path / "metadata/metadata_0.parquet").unlink()
    source = source_of(tmp_path, space)
    for _ in range(2):
        failed = 0
        while (run := runs.crawl(source, budget_s=0)).is_cut_short:
            assert run.error == ""
            failed += run.counts.failed
        assert run.error == "img_emb/img_emb_0.npy: There is no metadata_0.parquet to it."
        assert failed + run.counts.failed == 1
        assert Meme.objects.count() == 10
    assert set(Subscription.objects.get().cursor) == {"parts"}
    arrays(tmp_path, 0, rows(5), unit_vectors(5))
    while (run := runs.crawl(source, budget_s=0)).is_cut_short:
        pass
    assert (run.error, Meme.objects.count()) == ("", 15)


def test_trying_a_dump_stops_long_before_its_end(tmp_path: Path, space: EmbeddingSpace) -> None:
    vector, most = unit_vectors(1)[0], 2_000
    unusable = [record(number, vector, url="") for number in range(most)]
    path = records(tmp_path / "a.zst", [*unusable, record(most, vector)])
    with pytest.raises(SourceGone, match=r"a\.zst: 100 of its records have no address"):
        dumps.first_records(encode_path(path), {"space": space.pk}, 6)
    records(path, [*unusable[1:], record(most, vector)])
    assert len(dumps.first_records(encode_path(path), {"space": space.pk}, 6)) == 1


def test_what_the_site_keeps_for_itself_is_no_part_of_a_dump(
    tmp_path: Path, space: EmbeddingSpace, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path / "own"
    vectors = unit_vectors(2)
    records(tmp_path / "a.zst", [record(0, vectors[0])])
    records(tmp_path / "own/b.zst", [record(1, vectors[1])])
    runs.crawl(source_of(tmp_path, space))
    assert Meme.objects.get().title == "record 0"


def test_a_clip_gets_vectors_of_all_its_frames_when_its_bytes_have_come(
    tmp_path: Path, space: EmbeddingSpace, host: Server, web: Web
) -> None:
    host.serve("/0.png", animated([scene(seed) for seed in range(4)], "GIF"))
    host.serve("/1.png", picture(1))
    arrays(tmp_path, 0, rows(2, host=address(host, "").rstrip("/")), unit_vectors(2))
    runs.crawl(source_of(tmp_path, space, fetches_pictures=True), web=web)
    assert Embedding.objects.count() == 2  # by which both are found until then
    indexing.derive_media()
    clip, image = Meme.objects.order_by("-frame_count")
    assert clip.frame_count > 1
    assert (clip.embeddings.count(), image.embeddings.count()) == (0, 1)
    assert claims.claim(Claim.Stage.EMBEDDING, 9, space=space) == [clip]
    embedding.keep_vectors(space, [(clip.pk, clip.frame_count)], unit_vectors(clip.frame_count))
    Meme.objects.update(derived_at=None)
    indexing.derive_media()
    assert clip.embeddings.count() == clip.frame_count  # a vector of each frame stays
