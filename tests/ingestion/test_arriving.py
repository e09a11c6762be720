"""Pictures of a dump come later, one by one, and move the bar of its job."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from ingestion import arriving, runs
from ingestion.gathering import Got
from ingestion.models import FailedFind, Subscription
from ingestion.web import Web
from search import indexing, library, states
from search.models import EmbeddingSpace, Job, Meme, Sighting
from tests.ingestion.conftest import address, picture
from tests.ingestion.dumping import DIMS, again, arrays, rows, source_of, unit_vectors
from tests.ingestion.fetch.hostile import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return EmbeddingSpace.objects.create(name="an encoder", revision="1", dims=DIMS, reads_text=False, state="active")


def served(host: Server, folder: Path, count: int) -> None:
    posts = rows(count, host=address(host, "").rstrip("/"))
    for number in range(count):
        host.serve(f"/{number}.png", picture(number))
    arrays(folder, 0, posts, unit_vectors(count))


def test_pictures_come_one_by_one_and_what_cannot_be_had_is_said(
    tmp_path: Path, space: EmbeddingSpace, host: Server, web: Web
) -> None:
    served(host, tmp_path, 3)
    host.answers.pop("/1.png")
    source = source_of(tmp_path, space, fetches_pictures=True)
    run = runs.crawl(source, web=web)
    assert (run.counts.added, run.counts.failed, run.error) == (3, 1, "")
    assert list(Meme.objects.exclude(remote_url="").values_list("title", flat=True)) == ["meme number 1"]
    (failed,) = FailedFind.objects.all()
    assert failed.code == "not-to-be-had"
    meme = Meme.objects.get(title="meme number 2")
    assert (meme.is_stored, meme.format, meme.embeddings.count()) == (True, "PNG", 1)
    assert library.open_original(meme).read() == picture(2)
    asked = len(host.paths())
    runs.crawl(source, web=web)
    assert len(host.paths()) == asked  # it failed for good
    indexing.derive_media()
    assert Meme.objects.exclude(derived_at=None).count() == 2


def test_what_may_only_be_away_is_asked_for_again_after_an_hour(
    tmp_path: Path, space: EmbeddingSpace, host: Server, web: Web
) -> None:
    served(host, tmp_path, 1)
    host.serve("/0.png", b"", status="500 Internal Server Error")
    source = source_of(tmp_path, space, fetches_pictures=True)
    assert runs.crawl(source, web=web).is_pending
    host.serve("/0.png", picture(0))
    asked = len(host.paths())
    runs.crawl(source, web=web)
    assert len(host.paths()) == asked
    FailedFind.objects.update(failed_at=timezone.now() - timedelta(hours=2))
    runs.crawl(source, web=web)
    assert not FailedFind.objects.exists()
    assert Meme.objects.get().is_stored


def test_pictures_that_come_move_the_bar_of_the_job_towards_its_end(
    tmp_path: Path, space: EmbeddingSpace, host: Server, web: Web
) -> None:
    served(host, tmp_path, 10)
    host.answers.pop("/1.png")
    source = source_of(tmp_path, space, fetches_pictures=True)
    seen = []
    while runs.crawl(source, web=web, budget_s=0).is_cut_short:
        seen.append(Job.objects.values_list("done", "total").get())
    assert (18, 20) in seen  # ten records, and the first batch of their pictures
    assert Job.objects.values_list("done", "total").get() == (20, 20)


def test_a_host_that_rests_keeps_no_other_waiting_and_then_the_source_rests(
    tmp_path: Path, space: EmbeddingSpace, host: Server, web: Web
) -> None:
    posts = rows(20, host=address(host, "").rstrip("/"))
    for number, post in enumerate(posts):
        if number < 16:  # two batches, and the first to be asked for
            host.serve(f"/{number}.png", b"", status="429 Too Many Requests", Retry_After="600")
        else:
            post["url"] = post["url"].replace("memes.example", "other.example")
            host.serve(f"/{number}.png", picture(number))
    arrays(tmp_path, 0, posts, unit_vectors(20))
    source = source_of(tmp_path, space, fetches_pictures=True)
    both = replace(web, network=host.network(memes_example=["127.0.0.1"], other_example=["127.0.0.1"]))
    told = [runs.crawl(source, web=both, budget_s=0) for _ in range(6)]
    assert Meme.objects.filter(remote_url="").count() == 4
    assert (told[-1].is_cut_short, told[-1].is_pending) == (False, True)
    assert Subscription.objects.get().not_before is not None


def test_bytes_that_are_known_make_one_meme_of_two(
    tmp_path: Path, space: EmbeddingSpace, host: Server, web: Web, admin: Any
) -> None:
    served(host, tmp_path / "dump", 3)
    (tmp_path / "own.png").write_bytes(picture(0))
    with (tmp_path / "own.png").open("rb") as file:
        own = library.add_upload(file, len(picture(0)), filename="own.png", user=admin).meme
    with (tmp_path / "own.png").open("wb+") as file:
        file.write(picture(1))
        out = library.add_upload(file, len(picture(1)), filename="out.png", user=admin).meme
    states.move_one(out, states.Action.TRASH, admin)
    source = source_of(tmp_path / "dump", space, fetches_pictures=True)
    runs.crawl(source, web=web)
    assert set(own.sightings.values_list("source__kind", flat=True)) == {"upload", "dump"}
    active = Meme.objects.filter(state="active").order_by("title")
    assert [meme.title for meme in active] == ["meme number 2", "own"]
    assert not active.exclude(remote_url="").exists()
    again(source)
    run = runs.crawl(source, web=web)
    assert (run.counts.added, run.counts.known) == (0, 3)
    assert active.count() == 2


def test_bytes_that_were_taken_out_a_moment_ago_stay_out(tmp_path: Path, space: EmbeddingSpace, admin: Any) -> None:
    arrays(tmp_path, 0, rows(1), unit_vectors(1))
    runs.crawl(source_of(tmp_path, space))
    meme, file = Meme.objects.get(), io.BytesIO(picture(0))
    known = library.add_upload(file, len(picture(0)), filename="own.png", user=admin).meme
    states.move(Meme.objects.filter(pk=known.pk), states.Action.TRASH, admin)  # which `known` does not say
    arriving._join(meme, known)
    meme.refresh_from_db()
    assert (meme.state, meme.merged_into_id) == ("trashed", known.pk)


def test_a_store_that_fails_leaves_no_file_open(tmp_path: Path, space: EmbeddingSpace, media_dir: Path) -> None:
    arrays(tmp_path, 0, rows(2), unit_vectors(2))
    source = source_of(tmp_path, space)
    runs.crawl(source)
    media_dir.write_text("in the way")
    batch = list(Sighting.objects.select_related("meme").order_by("pk"))
    got = [
        Got(
            arriving._find(row),
            library.examine(io.BytesIO(picture(seed)), len(picture(seed))),
            io.BytesIO(picture(seed)),
        )
        for seed, row in enumerate(batch)
    ]
    with pytest.raises(OSError, match="media"):
        arriving._keep(source, batch, got)
    assert all(one.file.closed for one in got)
