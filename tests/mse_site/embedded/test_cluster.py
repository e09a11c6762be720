"""What a crash, another version or a mistake left in the place of the Postgres folder."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from mse_site.embedded import Servers, cluster, postgres, start_servers
from mse_site.embedded.cluster import BadCluster
from tests.mse_site.embedded.census import alive
from tests.search.sidecar.waiting import eventually


@contextmanager
def running(data: Path) -> Iterator[Servers]:
    servers = start_servers(data, for_tests=True)
    try:
        yield servers
    finally:
        servers.stop()


def answer(servers: Servers, question: str = "SELECT 1") -> object:
    with psycopg.connect(servers.database_url) as connection:
        row = connection.execute(question).fetchone()
        return row and row[0]


def keep_something(servers: Servers) -> None:
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def test_a_cluster_whose_making_was_interrupted_is_made_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    draft = data / "postgres.new"
    code = "import sys, pathlib; from mse_site.embedded import start_servers; start_servers(pathlib.Path(sys.argv[1]))"
    with subprocess.Popen([sys.executable, "-c", code, data]) as process:
        eventually((draft / "PG_VERSION").exists, within_s=30)
        process.kill()
    assert not (data / "postgres").exists()
    with running(data) as servers:
        assert answer(servers) == 1
    assert not draft.exists()


def test_a_lock_file_that_names_an_innocent_process_is_removed(tmp_path: Path) -> None:
    """After a restart of the machine its number may be anybody's; this one is alive and the server's own user's."""
    data = tmp_path / "data"
    with running(data):
        lines = (data / "postgres" / "postmaster.pid").read_text().splitlines()
    owner = (data / "postgres").stat()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=owner.st_uid) as innocent:
        for lock in (data / "postgres" / "postmaster.pid", data / "run" / "pg" / ".s.PGSQL.5432.lock"):
            lock.write_text("\n".join([str(innocent.pid), *lines[1:]]) + "\n")
            lock.chmod(0o600)
            os.chown(lock, owner.st_uid, owner.st_gid)
        with running(data) as servers:
            assert answer(servers) == 1
        assert innocent.poll() is None
        innocent.communicate()


def test_a_server_that_nobody_recorded_is_stopped_before_another_one_starts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as servers:
        keep_something(servers)
        command = next(process.cmdline() for process in cluster.processes(data / "postgres"))
    owner = (data / "postgres").stat()
    with subprocess.Popen(command, user=owner.st_uid, group=owner.st_gid, cwd=data / "postgres") as stray:
        eventually(lambda: postgres.answers(data), within_s=30)
        with running(data) as servers:
            assert stray.wait(30) == 0
            assert answer(servers, "SELECT answer FROM kept") == 42


def test_a_folder_of_another_major_version_is_left_alone_and_explained(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "postgres"
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("16\n")
    with pytest.raises(BadCluster, match=r"made by PostgreSQL 16 and this is PostgreSQL 18.*pg_upgrade"):
        start_servers(tmp_path / "data", for_tests=True)
    assert [path.name for path in folder.iterdir()] == ["PG_VERSION"]


def test_a_folder_of_something_else_is_left_alone_and_explained(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "postgres"
    folder.mkdir(parents=True)
    (folder / "holiday.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(BadCluster, match="is no Postgres folder, and not empty"):
        start_servers(tmp_path / "data", for_tests=True)
    assert (folder / "holiday.jpg").exists()


def test_an_empty_folder_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    with running(tmp_path / "data") as servers:
        assert answer(servers) == 1


def test_a_file_where_a_folder_must_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "postgres.new").write_text("in the way")
    with pytest.raises(OSError, match=r"postgres\.new"):
        start_servers(tmp_path / "data", for_tests=True)
    assert alive(tmp_path / "data") == []
