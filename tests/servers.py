"""A pytest plugin: one private Postgres and Redis for the whole session, started before Django reads its settings."""

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

# Inherited by xdist's workers: they use what the controller started.
MARK = "MSE_TEST_SERVERS"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    _heed_signals()
    if MARK in os.environ:
        _use_own_redis_database()
        return
    from mse_site.embedded import start_servers

    folder = Path(tempfile.mkdtemp(prefix="mse-tests-"))
    folder.chmod(0o711)  # the Postgres server may run as a user of its own and must get through
    servers = start_servers(folder / "data", for_tests=True)
    atexit.register(_stop, servers, folder, os.getpid())
    os.environ.update(
        {
            MARK: str(folder),
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "MSE_DATA_DIR": str(folder / "site"),
            "MSE_ENCODER": "lite",
            "MSE_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
            "HF_HUB_OFFLINE": "1",
        }
    )


def _heed_signals() -> None:
    """Started in the background by a shell, this process ignores Ctrl-C, and so would every site that a test starts."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _use_own_redis_database() -> None:
    """xdist workers are gw0, gw1, ...; each has a Redis database of its own, as it has a Postgres database of its own."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    separator = "&" if "?" in os.environ["REDIS_URL"] else "?"
    os.environ["REDIS_URL"] += f"{separator}db={number % 16}"
    os.environ["MSE_DATA_DIR"] += f"-{number}"


def _stop(servers: object, folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a fork
        servers.stop()  # type: ignore[attr-defined]
        shutil.rmtree(folder, ignore_errors=True)
