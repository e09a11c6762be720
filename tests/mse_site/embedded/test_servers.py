"""Postgres and Redis, started for real on folders of all kinds."""

from pathlib import Path

import psycopg
import pytest
import redis

from mse_site.embedded import Servers, start_servers

pytestmark = pytest.mark.xdist_group("stack")


def check_both_answer(servers: Servers) -> None:
    with psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT '[1,2,3]'::vector <-> '[1,2,4]'").fetchone() == (1.0,)
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping()


def test_servers_start_on_an_empty_folder_and_again_on_what_they_left(tmp_path: Path) -> None:
    data = tmp_path / "data"
    servers = start_servers(data, for_tests=True)
    check_both_answer(servers)
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    servers.stop()
    servers.stop()
    servers = start_servers(data, for_tests=True)
    with psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    servers.stop()
