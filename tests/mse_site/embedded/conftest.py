"""A supervisor for tiny real processes."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mse_site.embedded.process import Service
from mse_site.embedded.running import supervised
from mse_site.embedded.supervisor import Event, Supervisor

SLEEPER = "import signal; signal.pause()"


def python(name: str, code: str = SLEEPER, *words: str, **options: Any) -> Service:
    """A service that runs Python code; it ends at SIGTERM unless the code says otherwise."""
    return Service(name, (sys.executable, "-S", "-c", code, *words), **options)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Not below pytest's own folder: every run of pytest takes back the way through it that root gave to Postgres."""
    with tempfile.TemporaryDirectory(prefix="mse-test-") as folder:
        yield Path(folder)


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, events: list[Event]) -> Iterator[Supervisor]:
    with supervised(tmp_path / "data", tell=events.append, catches_signals=False) as made:
        yield made
