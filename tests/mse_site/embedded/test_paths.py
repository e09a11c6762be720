"""Where sockets are."""

import os
from pathlib import Path

import pytest
import redis
from psycopg.conninfo import conninfo_to_dict

from mse_site.embedded import paths
from mse_site.embedded.paths import UnsafeDirectory

DEEP = Path("/srv") / ("d" * 100)


def test_sockets_are_in_the_data_folder_when_its_path_is_short_and_plain() -> None:
    assert paths.run_dir(Path("/srv/memes/data")) == Path("/srv/memes/data/run")


@pytest.mark.parametrize(
    "folder", [DEEP, Path("/srv/my memes"), Path("/srv/a,b"), Path("/srv/bücher"), Path("/srv/\udcff")]
)
def test_sockets_are_in_a_short_folder_when_the_path_is_long_or_odd(folder: Path) -> None:
    found = paths.run_dir(folder)
    assert found.parent == Path("/tmp")
    assert found == paths.run_dir(folder)
    assert found != paths.run_dir(folder / "other")


def test_the_longest_socket_always_fits() -> None:
    for length in range(1, 120):
        folder = Path("/srv") / ("d" * length)
        assert len(os.fsencode(paths.postgres_dir(folder) / ".s.PGSQL.5432.lock")) <= 107 + len(".lock")
        assert len(os.fsencode(paths.postgres_dir(folder) / ".s.PGSQL.5432")) <= 107


def test_two_spellings_of_one_folder_share_sockets(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert paths.run_dir(tmp_path / "link") == paths.run_dir(tmp_path / "real")


def test_the_postgres_address_is_what_libpq_reads() -> None:
    parts = conninfo_to_dict(paths.postgres_url(Path("/srv/data")))
    assert parts == {"user": "mse", "dbname": "mse", "host": "/srv/data/run/pg"}


def test_the_redis_address_is_what_redis_py_reads() -> None:
    pool = redis.ConnectionPool.from_url(paths.redis_url(Path("/srv/data")) + "?db=3")
    assert pool.connection_class is redis.UnixDomainSocketConnection
    assert pool.connection_kwargs["path"] == "/srv/data/run/redis.sock"
    assert pool.connection_kwargs["db"] == 3


@pytest.mark.parametrize("url", ["redis://localhost:6379/1", "rediss://:secret@cache.example.org/0"])
def test_addresses_that_are_no_sockets_stay_as_they_are_for_celery(url: str) -> None:
    assert paths.celery_url(url) == url


def test_the_folder_of_the_sockets_is_private(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o777)
    (tmp_path / "run").chmod(0o777)
    assert paths.make_run_dir(tmp_path).stat().st_mode & 0o777 == 0o700
    assert paths.make_run_dir(tmp_path) == tmp_path / "run"


def test_a_short_folder_that_somebody_else_made_is_refused(tmp_path: Path) -> None:
    data = tmp_path / ("d" * 100)
    planted = paths.run_dir(data)
    planted.symlink_to(tmp_path)
    try:
        with pytest.raises(UnsafeDirectory, match="belongs to somebody else"):
            paths.run_dir(data)
        with pytest.raises(UnsafeDirectory, match=str(planted)):
            paths.make_run_dir(data)
    finally:
        planted.unlink()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to somebody else")
def test_a_short_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    data = tmp_path / ("d" * 100)
    planted = paths.run_dir(data)
    planted.mkdir()
    os.chown(planted, 65534, 65534)
    try:
        with pytest.raises(UnsafeDirectory, match="belongs to somebody else"):
            paths.make_run_dir(data)
    finally:
        planted.rmdir()
