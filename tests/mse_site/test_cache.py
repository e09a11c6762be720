"""The cache with and without Redis."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from mse_site.cache import AWAY_S


@pytest.fixture
def silent_redis(settings: Any, tmp_path: Path) -> Any:
    """Something that takes connections and never answers."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "r"))
        listener.listen(64)
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/r"}}
        yield listener


def test_a_value_is_kept_and_added_once() -> None:
    cache.clear()
    cache.set("a", [1.5, "x"])
    assert cache.get("a") == [1.5, "x"]
    assert cache.add("b", 1) is True
    assert cache.add("b", 2) is False


def test_nothing_pickled_goes_into_redis() -> None:
    with pytest.raises(TypeError):
        cache.set("object", object())


def test_a_redis_that_does_not_answer_is_waited_for_once(silent_redis: Any) -> None:
    started = time.monotonic()
    assert cache.get("a", "default") == "default"
    for _ in range(50):
        assert cache.add("a", 1) is True
        assert cache.get("a") is None
        cache.set("a", 1)
        cache.delete("a")
    assert time.monotonic() - started < AWAY_S - 1, "every operation waited for its own timeout"


def test_a_redis_that_is_gone_costs_nothing(settings: Any, tmp_path: Path) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/nothing"}}
    assert cache.get("a", 7) == 7
    assert cache.add("a", 1) is True
