"""How a run of a dump ends: what is broken in it is said by the last of its slices, and the next run tries again."""

from pathlib import Path

import pytest

from ingestion import dumps, runs
from ingestion.crawlers.base import SourceGone
from ingestion.models import Subscription
from search.locators import encode_path
from search.models import EmbeddingSpace, Meme
from tests.ingestion.dumping import DIMS, arrays, record, records, rows, source_of, unit_vectors

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
