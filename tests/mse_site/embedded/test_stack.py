"""What the site is made of. Its tests as a whole, with processes killed, are in tests/mse_site/test_site_faults.py."""

import socket
from pathlib import Path

import pytest

from mse_site.embedded import stack
from mse_site.embedded.instance import AlreadyRunning
from mse_site.embedded.listening import AddressTaken
from mse_site.embedded.process import Service
from mse_site.embedded.stack import Stack, StackConfig
from mse_site.embedded.supervisor import Event, ServiceFailed
from tests.mse_site.embedded.census import alive


def config(folder: Path, **changes: object) -> StackConfig:
    """Of a site that is given its servers, on a port that is free."""
    given = {
        "database_url": "postgresql://db.example.org/mse",
        "redis_url": "redis://cache.example.org",
        "bind": "[::1]:0",
    }
    return StackConfig(folder / "data", folder, **{**given, **changes})  # type: ignore[arg-type]


def named(services: list[Service]) -> dict[str, Service]:
    return {service.name: service for service in services}


def test_a_site_is_web_sidecar_two_workers_and_beat(tmp_path: Path) -> None:
    services = named(stack.services(config(tmp_path)))
    assert list(services) == ["web", "sidecar", "worker", "gpu", "beat"]
    assert [name for name, service in services.items() if service.is_critical] == ["web"]


def test_a_site_without_workers_still_searches(tmp_path: Path) -> None:
    assert list(named(stack.services(config(tmp_path, has_workers=False)))) == ["web", "sidecar"]


def test_folders_are_watched_where_some_may_be_sources(tmp_path: Path) -> None:
    assert list(named(stack.services(config(tmp_path, has_folders=True))))[-1] == "watch"


def test_what_runs_in_many_processes_runs_in_one_thread_each(tmp_path: Path) -> None:
    services = named(stack.services(config(tmp_path)))
    alone = [name for name, service in services.items() if service.env.get("OMP_NUM_THREADS") == "1"]
    assert alone == ["web", "sidecar", "worker", "beat"]


def test_nobody_can_read_the_databases_password_in_the_process_table(tmp_path: Path) -> None:
    url = "postgresql://mse:s3cret%20word@db.example.org:5433/mse?sslmode=require"
    services = stack.services(config(tmp_path, database_url=url))
    assert "s3cret" not in " ".join(word for service in services for word in service.command)
    sidecar = named(services)["sidecar"]
    assert sidecar.env["PGPASSWORD"] == "s3cret word"
    address = sidecar.command[sidecar.command.index("--database") + 1]
    assert set(address.split()) == {"user=mse", "dbname=mse", "host=db.example.org", "port=5433", "sslmode=require"}


def test_the_number_of_workers_is_as_configured(tmp_path: Path) -> None:
    services = named(stack.services(config(tmp_path, worker_processes=7, web_workers=5)))
    assert "--concurrency 7" in " ".join(services["worker"].command)
    assert "--workers 5" in " ".join(services["web"].command)
    assert "--pool solo" in " ".join(services["gpu"].command)


def test_a_taken_port_is_noticed_before_anything_is_started(tmp_path: Path) -> None:
    events: list[Event] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(AddressTaken), Stack(config(tmp_path, bind=address), events.append):
            pass
    assert events == []
    with Stack(config(tmp_path)):
        pass


def test_a_second_site_on_the_folder_is_refused(tmp_path: Path) -> None:
    with Stack(config(tmp_path)), pytest.raises(AlreadyRunning), Stack(config(tmp_path)):
        pass


def test_a_failing_migration_is_quoted_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text("import sys; sys.exit(f'cannot {sys.argv[1]}: the column is not there')")
    with Stack(config(tmp_path)) as site, pytest.raises(ServiceFailed, match="cannot migrate: the column is not there"):
        site.start()
    assert alive(tmp_path / "data") == []


def test_what_is_migrated_is_not_migrated_again(tmp_path: Path) -> None:
    """There is no manage.py here, nor a site: the web process is what fails."""
    with (
        Stack(config(tmp_path, is_migrated=lambda: True)) as site,
        pytest.raises(ServiceFailed, match=r"web ended.*\n(.*\n)*ModuleNotFoundError"),
    ):
        site.start()
    assert not (tmp_path / "data" / "logs" / "migrate.log").exists()


def test_the_status_names_everything_that_runs(tmp_path: Path) -> None:
    with Stack(config(tmp_path, is_migrated=lambda: True)) as site:
        with pytest.raises(ServiceFailed):
            site.start()
        status = {one.name: one for one in site.status()}
    assert set(status) == {"web", "sidecar", "worker", "gpu", "beat"}
    assert status["web"].state == "waiting"
    assert status["web"].log_path == tmp_path / "data" / "logs" / "web.log"
