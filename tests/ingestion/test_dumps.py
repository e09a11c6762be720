"""A dump in the library: once however often it is loaded, and its pictures later."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client

from ingestion import dumps, runs, subscriptions
from ingestion.models import FailedFind, Subscription
from search import claims, duplicates, indexing, library, spaces, states
from search.models import Claim, Embedding, EmbeddingChange, EmbeddingSpace, Meme, Sighting, Source
from search.readiness import readiness
from tests.ingestion.dumping import DIMS, again, arrays, record, records, rows, source_of, unit_vectors
from tests.ingestion.reading_process import begin
from tests.search.sidecar.waiting import eventually

pytestmark = pytest.mark.django_db
WAIT_S = 120


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return EmbeddingSpace.objects.create(name="an encoder", revision="1", dims=DIMS, reads_text=False, state="active")


def counts() -> tuple[int, int, int]:
    return Meme.objects.count(), Sighting.objects.count(), Embedding.objects.count()


def test_a_dump_is_there_once_however_often_it_is_loaded(tmp_path: Path, space: EmbeddingSpace) -> None:
    arrays(tmp_path, 0, rows(20), unit_vectors(20))
    source = source_of(tmp_path, space)
    run = runs.crawl(source)
    assert (run.counts.added, run.counts.known, run.error) == (20, 0, "")
    assert counts() == (20, 20, 20)
    meme = Meme.objects.get(remote_url="https://i.memes.example/3.png")
    assert (meme.title, meme.width, meme.is_stored, meme.state) == ("meme number 3", 640, False, "active")
    assert meme.dated_at == datetime.fromtimestamp(1_600_000_003, UTC)
    np.testing.assert_allclose(meme.embeddings.get().vector, unit_vectors(20)[3], atol=1e-3)
    assert set(EmbeddingChange.objects.values_list("meme_id", flat=True)) == set(
        Meme.objects.values_list("pk", flat=True)
    )
    assert runs.crawl(source).counts.total() == 0  # it has not changed
    again(source)
    assert (runs.crawl(source).counts.known, counts()) == (20, (20, 20, 20))


def test_the_same_addresses_in_another_dump_are_more_sightings_of_the_same_memes(
    tmp_path: Path, space: EmbeddingSpace
) -> None:
    vectors = unit_vectors(6)
    records(tmp_path / "one/a.zst", [record(number, vectors[number]) for number in range(4)])
    twice = [record(2, vectors[2]), record(2, vectors[2], id="t3_again"), record(2, vectors[2])]
    records(tmp_path / "two/a.zst", [*twice, record(5, vectors[5])])
    for name in ("one", "two"):
        runs.crawl(source_of(tmp_path / name, space, name))
    assert counts() == (5, 7, 5)
    assert Sighting.objects.filter(meme__remote_url__endswith="/2.png").count() == 3


def test_vectors_of_a_second_space_come_to_the_memes_of_the_first(tmp_path: Path, space: EmbeddingSpace) -> None:
    arrays(tmp_path, 0, rows(5), unit_vectors(5))
    source = source_of(tmp_path, space)
    runs.crawl(source)
    other = EmbeddingSpace.objects.create(name="other", revision="1", dims=DIMS, reads_text=False, state="building")
    Subscription.objects.update(options={"space": other.pk}, cursor={})
    Meme.objects.filter(title="meme number 4").update(state="trashed")
    runs.crawl(source)
    assert (counts(), other.embeddings.count()) == ((5, 5, 9), 4)


def test_what_is_wrong_with_a_dump_is_listed_once_with_its_number(tmp_path: Path, space: EmbeddingSpace) -> None:
    vectors = unit_vectors(30)
    vectors[5] = vectors[25] = 0
    arrays(tmp_path, 0, rows(30), vectors)
    arrays(tmp_path, 1, rows(3, start=90), unit_vectors(2))
    source = source_of(tmp_path, space)
    for _ in range(2):
        again(source)
        run = runs.crawl(source)
        assert (run.counts.failed, counts()) == (5, (28, 28, 28))
        assert run.error.startswith("img_emb/img_emb_1.npy: It has 2 vectors and metadata_1.parquet has 3 rows")
        said = dict(FailedFind.objects.values_list("locator", "reason"))
        assert sorted(said) == ["img_emb/img_emb_0.npy#zero", "img_emb/img_emb_1.npy#counts-differ"]
        assert said["img_emb/img_emb_0.npy#zero"].startswith("2 of its vectors")
    arrays(tmp_path, 1, rows(3, start=90), unit_vectors(3))
    assert (runs.crawl(source).error, counts()[0]) == ("", 31)
    assert FailedFind.objects.count() == 1


def test_a_run_whose_time_is_up_goes_on_where_it_was(tmp_path: Path, space: EmbeddingSpace) -> None:
    for number in range(3):
        arrays(tmp_path, number, rows(5, start=10 * number), unit_vectors(5))
    source = source_of(tmp_path, space)
    slices = 0
    while runs.crawl(source, budget_s=0).is_cut_short:
        slices += 1
    assert slices == 6  # a block of each part, and its end
    assert counts() == (15, 15, 15)


def test_a_space_that_is_gone_is_said_and_nothing_is_loaded(tmp_path: Path, space: EmbeddingSpace) -> None:
    arrays(tmp_path, 0, rows(5), unit_vectors(5))
    source = source_of(tmp_path, space)
    EmbeddingSpace.objects.update(state="retired")
    assert runs.crawl(source).error == dumps.NO_SPACE
    assert counts() == (0, 0, 0)


def test_what_people_took_out_stays_out(tmp_path: Path, space: EmbeddingSpace, curator: Any) -> None:
    arrays(tmp_path, 0, rows(3), unit_vectors(3))
    source = source_of(tmp_path, space)
    runs.crawl(source)
    subscriptions.remove(source)  # nobody tells of them any more
    assert set(Meme.objects.values_list("state", flat=True)) == {"missing"}
    states.move(Meme.objects.filter(title="meme number 1"), states.Action.TRASH, curator)
    runs.crawl(source_of(tmp_path, space))
    assert sorted(Meme.objects.values_list("state", flat=True)) == ["active", "active", "trashed"]
    assert counts() == (3, 3, 3)


def test_stages_that_need_bytes_pass_over_what_has_none(tmp_path: Path, space: EmbeddingSpace) -> None:
    arrays(tmp_path, 0, rows(3), unit_vectors(3))
    runs.crawl(source_of(tmp_path, space))
    assert all(claims.claim(stage, 9) == [] for stage in (Claim.Stage.MEDIA, Claim.Stage.TEXT))
    assert indexing.progress().is_complete()
    assert duplicates.waiting() == 0  # nobody could look at two of them
    new = EmbeddingSpace.objects.create(name="new", revision="1", dims=4, reads_text=False, state="building")
    assert spaces.lacking(new) == 0
    assert not spaces.promote_complete()  # or nobody would find them any more
    meme = Meme.objects.first()
    assert meme is not None
    assert readiness([meme])[meme.pk].label == "Its picture is not here yet"
    with pytest.raises(library.OriginalGone, match="not been got"):
        library.open_original(meme)


# --- several at once, and killed --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_dumps_of_the_same_addresses_at_once_are_one_meme_each(tmp_path: Path, media_dir: Path) -> None:
    space = EmbeddingSpace.objects.create(name="an encoder", revision="1", dims=DIMS, reads_text=False, state="active")
    vectors = unit_vectors(3000)
    for name in ("one", "two"):
        records(tmp_path / name / "a.zst", [record(number, vectors[number]) for number in range(3000)])
    sources = [source_of(tmp_path / name, space, name) for name in ("one", "two")]
    outcomes: list[runs.Run] = []

    def load(source: Source) -> None:
        outcomes.append(runs.crawl(source))
        connection.close()

    threads = [threading.Thread(target=load, args=[source]) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert counts() == (3000, 6000, 3000)
    assert sorted((run.counts.added, run.counts.known) for run in outcomes) == [(0, 3000), (3000, 0)]


@pytest.mark.django_db(transaction=True)
def test_a_killed_load_goes_on_and_has_nothing_twice(tmp_path: Path, media_dir: Path) -> None:
    space = EmbeddingSpace.objects.create(name="an encoder", revision="1", dims=DIMS, reads_text=False, state="active")
    count = 18_000  # three blocks
    vectors = unit_vectors(count)
    records(tmp_path / "a.zst", [record(number, vectors[number]) for number in range(count)])
    source = source_of(tmp_path, space)
    worker = begin(source.pk, 1, media_dir)
    eventually(lambda: Meme.objects.exists(), within_s=WAIT_S)
    worker.kill()
    worker.wait()
    began = Meme.objects.count()
    assert 0 < began < count
    assert Subscription.objects.get().cursor["at"]["row"] == began
    eventually(lambda: not runs.crawl(source).error, within_s=WAIT_S)
    assert counts() == (count, count, count)


def test_a_curator_tries_a_dump_and_adds_it(
    tmp_path: Path, space: EmbeddingSpace, curator: Any, client: Client, settings: Any
) -> None:
    settings.FOLDERS = [str(tmp_path)]
    client.force_login(curator)
    records(tmp_path / "good/a.zst", [record(0, unit_vectors(1)[0], url="https://127.0.0.1/1.png")])
    records(tmp_path / "other/a.zst", [record(0, unit_vectors(1, dims=DIMS + 1)[0])])
    (tmp_path / "empty").mkdir()
    (tmp_path / "good/link").symlink_to("/etc")
    fields = {"path": str(tmp_path / "good"), "space": space.pk, "mode": "manual", "every_min": 60, "least_min": 15,
              "most_min": 1440}  # fmt: skip

    def said(**changes: Any) -> str:
        return client.post("/sources/add/dump/", {**fields, **changes}).content.decode()

    assert "an encoder, 8 numbers" in client.get("/sources/add/dump/").content.decode()
    assert "record 0" in (tried := said(**{"try": "1"}))
    assert "private network" in tried  # where its picture would be
    assert "do not have the 8 numbers" in said(path=str(tmp_path / "other"), **{"try": "1"})
    for path, why in (
        ("empty", "Nothing here is a dump"),
        ("good/link", "have to lie below"),
        ("none", "no such folder"),
    ):
        assert why in said(path=str(tmp_path / path))
    assert "Select a valid choice" in said(space=space.pk + 1)
    assert not Source.objects.exists()
    assert client.post("/sources/add/dump/", fields).status_code == 302
    source = Source.objects.get()
    assert source.subscription.options == {"space": space.pk, "fetches_pictures": False}
    assert runs.crawl(source).counts.added == 1
    meme = Meme.objects.get()
    wall = client.get("/").content.decode()
    assert '<span class="titled">record 0</span>Not fetched yet' in wall
    assert "is-waiting" not in wall  # nothing that a script asks about every second
    shown = client.get(meme.get_absolute_url()).content.decode()
    assert "https://127.0.0.1/1.png" in shown
    assert "Its picture has not been fetched yet" in shown
