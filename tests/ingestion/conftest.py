"""A folder of memes and a web of our own for every test of ingestion."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from ingestion.fetch import Turns
from ingestion.web import Web
from tests.drawing import drawing, encoded, write
from tests.ingestion.fetch.hostile import Server, serving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures, two of them in a subfolder."""
    root = tmp_path / "memes"
    for seed in range(4):
        write(root / f"top {seed}.png", seed=seed)
    for seed in range(4, 6):
        write(root / "sub folder" / f"deep {seed}.jpg", seed=seed)
    return root


@pytest.fixture
def host() -> Iterator[Server]:
    """A real HTTP server, known as memes.example."""
    with serving() as running:
        yield running


@pytest.fixture
def web(host: Server) -> Web:
    """On which there is that server and nothing else, and where nobody has to wait for a turn."""
    return web_of(host)


def web_of(host: Server) -> Web:
    return Web(host.network(memes_example=["127.0.0.1"]), Turns(0))


def picture(seed: int, color: str = "orange") -> bytes:
    return encoded(drawing(color, seed=seed))


def address(host: Server, path: str) -> str:
    return f"http://memes.example:{host.port}{path}"


@pytest.fixture
def curator(charlie: User) -> User:
    return charlie
