"""A server that means harm, and one that can be trusted with a secret."""

from collections.abc import Iterator

import pytest

from tests.ingestion.fetch.hostile import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def safe_server() -> Iterator[Server]:
    with serving(tls=True) as running:
        yield running
