"""A lock that many readers share and one writer holds alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """Waiting writers go before new readers, so that a stream of searches cannot keep a change out."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._readers = 0
        self._is_written = False
        self._waiting_writers = 0
        self._reading = _Reading(self)

    def shared(self) -> "_Reading":
        return self._reading

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._condition:
            self._waiting_writers += 1
            try:
                self._condition.wait_for(lambda: not self._is_written and not self._readers)
                self._is_written = True
            finally:
                self._waiting_writers -= 1
        try:
            yield
        finally:
            with self._condition:
                self._is_written = False
                self._condition.notify_all()

    def begin_reading(self) -> None:
        with self._condition:
            while self._is_written or self._waiting_writers:
                self._condition.wait()
            self._readers += 1

    def end_reading(self) -> None:
        with self._condition:
            self._readers -= 1
            if not self._readers:
                self._condition.notify_all()


class _Reading:
    """One for all readers and all times: a search takes the lock twice, and making a generator for it took longer than that."""

    def __init__(self, lock: SharedLock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.begin_reading()

    def __exit__(self, *_: object) -> None:
        self._lock.end_reading()
