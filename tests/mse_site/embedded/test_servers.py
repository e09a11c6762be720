"""Postgres and Redis, started for real on folders of all kinds."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from kombu import Connection

from mse_site.embedded import Servers, paths, postgres, start_servers
from mse_site.embedded.instance import AlreadyRunning
from mse_site.embedded.servers import start
from mse_site.embedded.supervisor import Event, Supervisor
from tests.mse_site.embedded.census import alive
from tests.search.sidecar.waiting import eventually


@contextmanager
def running(data: Path) -> Iterator[Servers]:
    servers = start_servers(data, for_tests=True)
    try:
        yield servers
    finally:
        servers.stop()


def check_both_answer(servers: Servers) -> None:
    with psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT '[1,2,3]'::vector <-> '[1,2,4]'").fetchone() == (1.0,)
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping()


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Path, Servers]]:
    """For tests that leave them as they are."""
    with tempfile.TemporaryDirectory(prefix="mse-test-") as folder, running(Path(folder, "data")) as servers:
        yield Path(folder, "data"), servers


def test_servers_start_on_an_empty_folder_and_again_on_what_they_left(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as servers:
        check_both_answer(servers)
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert alive(data) == []
    with running(data) as servers, psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_servers_can_be_stopped_twice(tmp_path: Path) -> None:
    servers = start_servers(tmp_path / "data", for_tests=True)
    servers.stop()
    servers.stop()


@pytest.mark.parametrize("name", ["d" * 120, 'it\'s my "best", most spacious bücher'])
def test_servers_start_in_a_folder_that_sockets_cannot_be_in(tmp_path: Path, name: str) -> None:
    data = tmp_path / name / "data"
    with running(data) as servers:
        check_both_answer(servers)
        assert paths.run_dir(data).parent == Path("/tmp")
    assert not paths.run_dir(data).exists()


def test_celery_reaches_redis_in_the_database_it_was_given(shared: tuple[Path, Servers]) -> None:
    url = f"{shared[1].redis_url}?db=3"
    with Connection(paths.celery_url(url)) as connection:
        connection.SimpleQueue("default").put({"task": "search"})
    with redis.Redis.from_url(url) as client:
        assert client.llen("default") == 1


def test_words_in_other_alphabets_are_words(shared: tuple[Path, Servers]) -> None:
    """Case and word borders follow Unicode, whatever the machine's locale is."""
    with psycopg.connect(shared[1].database_url) as connection:
        row = connection.execute("SELECT lower('ÄÖÜ Ж'), to_tsvector('simple', 'Ёжик—в «тумане»')::text").fetchone()
    assert row == ("äöü ж", "'в':2 'тумане':3 'ёжик':1")


@pytest.mark.parametrize(("for_tests", "is_durable"), [(True, "off"), (False, "on")])
def test_postgres_is_durable_checked_and_local_except_in_tests(
    tmp_path: Path, for_tests: bool, is_durable: str
) -> None:
    servers = start_servers(tmp_path / "data", for_tests=for_tests)
    with psycopg.connect(servers.database_url) as connection:
        names = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums", "listen_addresses")
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in names]
    servers.stop()
    assert shown == [(is_durable,), (is_durable,), ("on",), ("on",), ("",)]


def test_sockets_can_be_reached_by_their_user_alone(shared: tuple[Path, Servers]) -> None:
    data = shared[0]
    for path in (paths.postgres_dir(data), paths.postgres_dir(data) / ".s.PGSQL.5432", paths.redis_socket(data)):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE(paths.run_dir(data).stat().st_mode) & 0o007 == 0


def test_a_second_start_on_the_same_folder_is_refused_and_harms_nothing(shared: tuple[Path, Servers]) -> None:
    data, servers = shared
    with pytest.raises(AlreadyRunning, match=rf"Process {os.getpid()} already runs the site on {data}"):
        start_servers(data, for_tests=True)
    check_both_answer(servers)


def test_extensions_are_brought_up_to_date(shared: tuple[Path, Servers]) -> None:
    data, servers = shared
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute("SET allow_system_table_mods = on")
        connection.execute("UPDATE pg_extension SET extversion = '0.8.4' WHERE extname = 'vector'")
        postgres.ensure_database(data)
        postgres.ensure_database(data)
        row = connection.execute("SELECT extversion = default_version FROM pg_extension, pg_available_extensions"
                                 " WHERE name = extname AND name = 'vector'").fetchone()  # fmt: skip
    assert row == (True,)


def test_two_folders_do_not_disturb_each_other(shared: tuple[Path, Servers], tmp_path: Path) -> None:
    with running(tmp_path / "two") as two:
        with redis.Redis.from_url(shared[1].redis_url) as client:
            client.set("whose", "one")
        with redis.Redis.from_url(two.redis_url) as client:
            assert client.get("whose") is None


@pytest.mark.parametrize("victim", ["postgres", "redis"])
def test_a_killed_server_comes_back_with_what_was_committed(
    supervisor: Supervisor, events: list[Event], tmp_path: Path, victim: str
) -> None:
    """Also while a client is in the middle of something that a backend would still be busy with."""
    data = tmp_path / "data"
    start(supervisor, data, for_tests=True)
    connection = psycopg.connect(paths.postgres_url(data), autocommit=True)
    connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    connection.execute("BEGIN")
    connection.execute("DELETE FROM kept")
    next(watched.child for watched in supervisor.watched if watched.service.name == victim and watched.child).kill()
    supervisor.run(until=lambda: [(event.service, event.what) for event in events].count((victim, "ready")) == 2)
    connection.close()
    check_both_answer(Servers(paths.postgres_url(data), paths.redis_url(data), ExitStack()))
    with psycopg.connect(paths.postgres_url(data)) as fresh:
        assert fresh.execute("SELECT answer FROM kept").fetchone() == (42,)


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell children of their parent's death")
def test_servers_die_with_the_process_that_started_them_and_lose_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    code = (
        "import sys, pathlib, psycopg; from mse_site.embedded import start_servers\n"
        "servers = start_servers(pathlib.Path(sys.argv[1]), for_tests=True)\n"
        "with psycopg.connect(servers.database_url) as connection:\n"
        "    connection.execute('CREATE TABLE kept AS SELECT 42 AS answer')\n"
        "print('written', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, data], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        assert len(alive(data)) > 2
        process.kill()
    eventually(lambda: not alive(data), within_s=30)
    with running(data) as servers, psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
