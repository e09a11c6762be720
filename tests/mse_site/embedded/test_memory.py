"""What Postgres makes of the machine's memory."""

import pytest

from mse_site.embedded import memory
from mse_site.embedded.memory import MB

GB = 1024 * MB


@pytest.mark.parametrize(
    ("memory_bytes", "shared_buffers", "maintenance", "work"),
    [(512 * MB, "128MB", "64MB", "4MB"), (8 * GB, "1228MB", "512MB", "20MB"), (256 * GB, "2048MB", "1024MB", "64MB")],
)
def test_settings_grow_with_the_machine_within_bounds(
    memory_bytes: int, shared_buffers: str, maintenance: str, work: str
) -> None:
    settings = memory.postgres_settings(memory_bytes, shared_memory_bytes=64 * GB)
    assert settings["shared_buffers"] == shared_buffers
    assert settings["maintenance_work_mem"] == maintenance
    assert settings["work_mem"] == work


def test_a_container_with_little_shared_memory_builds_indexes_in_files() -> None:
    assert memory.postgres_settings(8 * GB, shared_memory_bytes=64 * MB)["dynamic_shared_memory_type"] == "mmap"
    assert memory.postgres_settings(8 * GB, shared_memory_bytes=4 * GB)["dynamic_shared_memory_type"] == "posix"


def test_this_machine_has_a_believable_amount_of_memory() -> None:
    assert 256 * MB < memory.available_bytes() < 1 << 50
