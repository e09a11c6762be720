"""Databases and processes for the tests of the sidecar."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import faiss
import pytest

from tests.search.sidecar.following import Following
from tests.search.sidecar.running import Running
from tests.search.sidecar.scratch import TABLES, TRIGGERS, Library, connect, with_database

# What the sidecar has; on a busy machine two threads that wait for each other are a hundred times slower.
faiss.omp_set_num_threads(1)


@pytest.fixture(scope="session")
def template_database() -> Iterator[str]:
    """Copied for each test."""
    url, name = os.environ["DATABASE_URL"], f"sidecar_{uuid.uuid4().hex[:12]}"
    with connect(url) as connection:
        connection.execute(f"create database {name}")
        with connect(with_database(url, name)) as inside:
            inside.execute(TABLES)
            inside.execute(TRIGGERS)
        yield name
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def library(template_database: str) -> Iterator[Library]:
    url, name = os.environ["DATABASE_URL"], f"sidecar_{uuid.uuid4().hex[:12]}"
    with connect(url) as connection:
        connection.execute(f"create database {name} template {template_database}")
        library = Library(with_database(url, name))
        yield library
        library.close()
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def following(tmp_path: Path, library: Library) -> Iterator[Following]:
    following = Following(library, tmp_path / "snapshots")
    yield following
    following.stop()


@pytest.fixture
def running(tmp_path: Path, library: Library) -> Iterator[Running]:
    running = Running(tmp_path, library)
    yield running
    running.client.close()
    running.kill()
