"""`manage.py doctor` names what is wrong and what mends it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from mse_site.diagnosis import Finding, examine
from search import indexing
from search.models import Claim
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
    from ingestion.crawling import import_folder

    path = write(tmp_path / "memes" / "one.png")
    import_folder(path.parent)
    path.unlink()
    indexing.derive_media()
    assert found()["Failures"].remedy == "manage.py retry_failed"
    call_command("retry_failed", stdout=StringIO())
    assert not Claim.objects.exists()
    assert "Failures" not in found()


def test_index_and_database_are_compared(tmp_path: Path, sidecar: TestSidecar, settings: Any) -> None:
    from ingestion.crawling import import_folder

    settings.MSE_OCR = False
    import_folder(write(tmp_path / "memes" / "one.png").parent)
    for stage in (indexing.derive_media, indexing.read_texts, indexing.embed_memes):
        stage()
    sidecar.wait_for_everything()
    findings = found()
    assert findings["Sidecar"].state == "ok"
    assert findings["Index"].detail.startswith("1 vectors")


@pytest.mark.django_db
def test_the_command_fails_when_something_is_wrong_and_speaks_json() -> None:
    output = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=output)
    assert {"Postgres", "Redis", "Sidecar"} <= {finding["part"] for finding in json.loads(output.getvalue())}
