"""Wait for what another process or thread is about to do, no longer than promised."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

LOOK_S = 0.005


def eventually(look: Callable[[], Value], *, within_s: float) -> Value:
    """The first true value that `look` gives; AssertionError when none comes in time."""
    deadline = time.monotonic() + within_s
    while not (value := look()):
        assert time.monotonic() < deadline, f"still {value!r} after {within_s} s"
        threading.Event().wait(LOOK_S)
    return value
