"""From `manage.py up` to the first page, and the memory of a web process that has served it."""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.benchmarks.report import Figure, figure

ROOT = Path(__file__).parent.parent.parent
GIVE_UP_S = 120.0


def measure_startup(quick: bool) -> list[Figure]:
    """The first start makes the database; the later ones are what people wait for every day."""
    folder = Path(tempfile.mkdtemp(prefix="mse-startup-"))
    try:
        first_s, _ = _start(folder)
        later = [_start(folder) for _ in range(1 if quick else 3)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        figure("up to first page, new data folder", first_s, "s"),
        figure("up to first page", statistics.median(seconds for seconds, _ in later), "s", bound="< 10"),
        figure("largest web process, resident", max(mb for _, mb in later), "MB", bound="< 150"),
    ]


def _start(folder: Path) -> tuple[float, float]:
    """Seconds to the first page, and megabytes of the largest web process after twenty more."""
    started = time.perf_counter()
    with running_site(folder) as (address, process):
        _wait_for(f"{address}/accounts/login/", process)
        seconds = time.perf_counter() - started
        for _ in range(20):
            urllib.request.urlopen(f"{address}/accounts/login/").read()
        return seconds, _web_megabytes(process)


@contextmanager
def running_site(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`manage.py up` on a free port and `folder`, stopped like Ctrl-C stops it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--bind", bind],
        cwd=ROOT,
        env={**environment, "MSE_DATA_DIR": str(folder / "data")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        yield f"http://{bind}", process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + GIVE_UP_S
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"manage.py up ended with {process.returncode}")
        try:
            urllib.request.urlopen(url).read()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("no page in time")


def _web_megabytes(process: subprocess.Popen[bytes]) -> float:
    web = [one for one in psutil.Process(process.pid).children(recursive=True) if "gunicorn" in " ".join(one.cmdline())]
    return max(one.memory_info().rss for one in web) / 1e6
