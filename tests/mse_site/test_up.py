"""`manage.py up` before it starts anything; that it runs the site is tested in test_site_faults.py."""

import io
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mse_site.embedded import instance
from mse_site.embedded.narration import Narrator
from mse_site.embedded.supervisor import Event
from mse_site.management.commands import up

ROOT = Path(up.__file__).parents[3]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    settings.BIND = settings.BIND  # restored afterwards: the command writes it
    settings.ALLOWED_HOSTS = ["localhost"]
    return tmp_path / "data"


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("bind", ["8000", "localhost", "localhost:99999", "http://localhost:8000"])
def test_an_address_that_cannot_be_meant_is_refused(bind: str) -> None:
    with pytest.raises(CommandError, match=r"--bind is .* it must look like 127\.0\.0\.1:8000"):
        call_command("up", bind=bind)


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(CommandError, match=f"Another program already listens on {address}"):
            call_command("up", bind=address)


def test_a_site_that_already_runs_is_named(data_dir: Path) -> None:
    with instance.claim(data_dir), pytest.raises(CommandError, match=r"Process \d+ already runs the site"):
        call_command("up", bind=free_address())


def test_debugging_in_front_of_everybody_is_refused_whichever_way_the_address_was_given(settings: Any) -> None:
    settings.DEBUG = True
    with pytest.raises(CommandError, match="MSE_DEBUG shows settings and source code"):
        call_command("up", bind="0.0.0.0:8000")


def test_a_data_folder_that_cannot_be_made_is_named(data_dir: Path) -> None:
    data_dir.touch()
    with pytest.raises(CommandError, match=str(data_dir)):
        call_command("up", bind=free_address())


def test_the_site_of_the_settings_is_described(settings: Any) -> None:
    settings.EMBEDDED_POSTGRES = True
    settings.WEB_WORKERS = 3
    config = up.stack_config(bind="127.0.0.1:8000", has_workers=False)
    assert config.database_url is None
    assert config.redis_url == settings.REDIS_URL
    assert config.web_workers == 3
    assert not config.has_workers
    assert config.env["DJANGO_SETTINGS_MODULE"] == "mse_site.settings"


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    variables = {"DATABASE_URL": "postgresql://mse@127.0.0.1:1/mse", "MSE_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "manage.py", "up", "--bind", free_address()]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("CommandError: connection")


@pytest.mark.django_db
def test_a_database_with_every_migration_needs_none() -> None:
    assert up.is_migrated()


def test_the_terminal_is_told_what_matters() -> None:
    stream = io.StringIO()
    narrator = Narrator(stream)
    with narrator.starting():
        narrator(Event("postgres", "left over"))
        narrator(Event("postgres", "starting"))
        narrator(Event("postgres", "ready", 0.41))
    narrator(Event("worker", "died", 0.5, "[a] disk is full"))
    narrator(Event("worker", "stopped"))
    lines = [line.split() for line in stream.getvalue().splitlines()]
    assert [line[:3] for line in lines] == [
        ["!", "postgres", "was"],
        ["✓", "postgres", "0.4"],
        ["✗", "worker", "ended"],
    ]
    assert "([a] disk is full), starting it again in 0.5 s" in stream.getvalue()


def test_a_terminal_that_was_closed_ends_nothing() -> None:
    with open("/dev/full", "w", encoding="utf-8") as gone:
        narrator = Narrator(gone)
        narrator.say("x" * 100_000)
        narrator(Event("web", "killed"))
