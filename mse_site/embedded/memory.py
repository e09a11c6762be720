"""How much memory there is, and what Postgres should make of it."""

import os
import shutil
import sys
from pathlib import Path

import psutil

MB = 1 << 20
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
POSIX_SHARED_MEMORY = Path("/dev/shm")

MOST_CONNECTIONS = 100

# What a test has written, a crash of the machine may lose; a crash of Postgres may not.
FOR_TESTS = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


def available_bytes() -> int:
    """The machine's memory, or the container's share of it."""
    limits = [int(text) for path in CGROUP_LIMITS if (text := _read(path)).isdecimal()]
    return min([int(psutil.virtual_memory().total), *limits])


def postgres_settings(memory_bytes: int, *, shared_memory_bytes: int | None = None) -> dict[str, str]:
    """Settings for a database that shares its machine with the rest of the site, and whose disk is no spinning one.

    `shared_memory_bytes` is the room in /dev/shm: 64 MB in a container, where parallel index builds would fail.
    """
    if shared_memory_bytes is None:
        shared_memory_bytes = shutil.disk_usage(POSIX_SHARED_MEMORY).free if POSIX_SHARED_MEMORY.is_dir() else 1 << 62
    small = memory_bytes < 2048 * MB
    # An HNSW index is built several times faster when it fits in here.
    maintenance = _within(memory_bytes // 16, 64 * MB if small else 256 * MB, 1024 * MB)
    return {
        "shared_buffers": _mb(_within(memory_bytes * 15 // 100, 128 * MB, 2048 * MB)),
        "effective_cache_size": _mb(memory_bytes // 2),
        "maintenance_work_mem": _mb(maintenance),
        "work_mem": _mb(_within(memory_bytes // (4 * MOST_CONNECTIONS), 4 * MB, 64 * MB)),
        "dynamic_shared_memory_type": "posix" if shared_memory_bytes > 2 * maintenance else "mmap",
        "max_connections": str(MOST_CONNECTIONS),
        "min_wal_size": "256MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "pglz",
        "random_page_cost": "1.1",
        "jit": "off",
        # Before it replays what a crash left, every file is flushed: one by one, or with one call.
        "recovery_init_sync_method": "syncfs" if sys.platform == "linux" else "fsync",
    }


def _within(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))


def _mb(size_bytes: int) -> str:
    return f"{size_bytes // MB}MB"


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii").strip() if os.access(path, os.R_OK) else ""
