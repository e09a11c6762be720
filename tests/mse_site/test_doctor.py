"""`manage.py doctor` names what is wrong and what mends it."""

import json
import socket
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from ingestion.crawling import import_folder
from mse_site.diagnosis import Finding, examine
from search import indexing
from search.models import Claim, Embedding
from tests.drawing import write
from tests.fixtures.sidecar import TestSidecar


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path


def found() -> dict[str, Finding]:
    return {finding.part: finding for finding in examine()}


@pytest.mark.django_db
def test_what_is_up_is_ok_with_its_version() -> None:
    findings = found()
    for part in ("Python", "Postgres", "pgvector", "Migrations", "Redis"):
        assert findings[part].state == "ok", findings[part]
        assert any(character.isdigit() for character in findings[part].detail) or part == "Migrations"


@pytest.mark.django_db
def test_a_sidecar_that_is_away_is_a_fault_with_a_remedy() -> None:
    finding = found()["Sidecar"]
    assert finding.state == "fault"
    assert "manage.py up" in finding.remedy


@pytest.mark.django_db
def test_redis_that_is_away_is_a_fault_and_the_rest_is_still_looked_at(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    findings = found()
    assert findings["Redis"].state == "fault"
    assert findings["Postgres"].state == "ok"


@pytest.mark.django_db
def test_memes_set_aside_are_counted_with_the_command_that_tries_again(tmp_path: Path) -> None:
    path = write(tmp_path / "memes" / "one.png")
    import_folder(path.parent)
    path.unlink()
    indexing.derive_media()
    assert found()["Failures"].remedy == "manage.py retry_failed"
    call_command("retry_failed", stdout=StringIO())
    assert not Claim.objects.exists()
    assert "Failures" not in found()


@pytest.mark.django_db
def test_a_web_server_that_does_not_answer_is_no_more_than_a_warning(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.BIND = f"127.0.0.1:{taken.getsockname()[1]}"
    assert found()["Web"].state == "warning"
    assert settings.BIND in found()["Web"].detail


@pytest.mark.django_db
def test_workers_that_do_not_answer_are_named() -> None:
    finding = found()["Workers"]
    assert (finding.state, finding.detail) == ("warning", "worker and gpu away: nothing new is read")


@pytest.mark.django_db
def test_a_broker_that_is_away_is_one_fault(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis+socket:///nowhere/redis.sock"
    findings = [finding for finding in examine() if finding.part == "Workers"]
    assert [finding.state for finding in findings] == ["fault"]
    assert "REDIS_URL" in findings[0].remedy


@pytest.mark.django_db
@pytest.mark.parametrize(("age_s", "state"), [(None, "warning"), (20, "ok"), (3600, "warning")])
def test_beat_is_up_when_it_ran_a_moment_ago(age_s: int | None, state: str) -> None:
    every = IntervalSchedule.objects.create(every=10, period=IntervalSchedule.SECONDS)
    last = None if age_s is None else timezone.now() - timedelta(seconds=age_s)
    PeriodicTask.objects.create(name="sweep", task="search.tasks.derive_media", interval=every, last_run_at=last)
    assert found()["Beat"].state == state


@pytest.mark.django_db
def test_memes_that_wait_for_workers_that_are_away_are_a_warning(tmp_path: Path) -> None:
    assert found()["Library"].state == "ok"
    import_folder(write(tmp_path / "memes" / "one.png").parent)
    finding = found()["Library"]
    assert (finding.state, finding.remedy) == ("warning", "manage.py up")


@pytest.mark.django_db
@pytest.mark.parametrize("spec", ["openclip:local-dir:/nowhere/clip", "clip"])
def test_an_encoder_that_cannot_be_loaded_is_a_fault_with_a_remedy(spec: str, settings: Any) -> None:
    settings.MSE_ENCODER = spec
    faults = [finding for finding in examine() if finding.part == "Encoder" and finding.state == "fault"]
    assert len(faults) == 1
    assert "MSE_ENCODER" in faults[0].remedy


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["openclip", "openclip-int8"])
def test_the_folder_of_a_model_that_is_there_is_no_fault(kind: str, settings: Any) -> None:
    settings.MSE_ENCODER = f"{kind}:local-dir:{Path(__file__).parents[1] / 'data/tiny_clip'}"
    assert not [finding for finding in examine() if finding.part == "Encoder" and finding.state == "fault"]


def test_index_and_database_are_compared(tmp_path: Path, sidecar: TestSidecar, settings: Any) -> None:
    settings.MSE_OCR = False
    import_folder(write(tmp_path / "memes" / "one.png").parent)
    for stage in (indexing.derive_media, indexing.read_texts, indexing.embed_memes):
        stage()
    sidecar.wait_for_everything()
    findings = found()
    assert findings["Sidecar"].state == "ok"
    assert findings["Index"].detail.startswith("1 vectors")
    with transaction.atomic():  # which the sidecar does not see
        Embedding.objects.all().delete()
        finding = found()["Index"]
    assert finding.state == "warning"
    assert str(settings.DATA_DIR / "sidecar") in finding.remedy


@pytest.mark.django_db
def test_the_command_fails_when_something_is_wrong_and_speaks_json() -> None:
    output = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=output)
    assert {"Postgres", "Redis", "Sidecar"} <= {finding["part"] for finding in json.loads(output.getvalue())}
