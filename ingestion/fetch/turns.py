"""One polite queue for each host: one request at a time, some time apart, and none while the host wants a rest."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from ingestion.fetch.errors import TryLater, said

MAX_HOSTS = 1_000  # remembered ones; hosts that rest are never forgotten
SPARE_S = 5.0  # that a claim outlasts what it is for, so that it only runs out when its process has died


class Pacing(Protocol):
    """What processes tell each other about hosts, so that they ask them in turn too."""

    def claim(self, host: str, at_most_s: float) -> float:
        """0 if nobody else asks `host` until we leave it, or for `at_most_s`; else the seconds after which to try again."""

    def leave(self, host: str, alone_s: float) -> None:
        """We have asked; for `alone_s` seconds nobody is to."""


class Alone:
    """Of a process that knows no other."""

    def claim(self, host: str, at_most_s: float) -> float:
        return 0.0

    def leave(self, host: str, alone_s: float) -> None:
        """There is nobody to tell."""


@dataclass
class _Queue:
    lock: threading.Lock = field(default_factory=threading.Lock)
    not_before: float = 0.0


class Turns:
    """The queues of one process, whose threads wait for each other; for other processes they do by `pacing`."""

    def __init__(
        self,
        interval_s: float = 1.0,
        pacing: Pacing = Alone(),
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.interval_s, self._pacing = interval_s, pacing
        self._clock, self._sleep = clock, sleep
        self._queues: dict[str, _Queue] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, host: str, patience_s: float, interval_s: float = 0.0) -> Iterator[None]:
        """Wait for it, then hold it. `interval_s` is the host's own wish. Raises TryLater instead of waiting too long."""
        end = self._clock() + patience_s
        queue = self._queue(host)
        if not queue.lock.acquire(timeout=max(0.0, patience_s)):
            raise TryLater("The host is being asked for other things; try again in a moment.", self.interval_s)
        try:
            self._wait(queue.not_before - self._clock(), end)
            while (wait_s := self._pacing.claim(host, end - self._clock() + SPARE_S)) > 0:
                self._wait(wait_s, end)
            try:
                yield
            finally:
                self._rest(queue, host, max(self.interval_s, interval_s))
        finally:
            queue.lock.release()

    def rest(self, host: str, wait_s: float) -> None:
        """Ask nothing of a host for so long."""
        self._rest(self._queue(host), host, wait_s)

    def _rest(self, queue: _Queue, host: str, wait_s: float) -> None:
        queue.not_before = max(queue.not_before, self._clock() + wait_s)
        self._pacing.leave(host, queue.not_before - self._clock())

    def _wait(self, wait_s: float, end: float) -> None:
        if wait_s > 0:
            if self._clock() + wait_s > end:
                raise TryLater(f"The host wants to be left alone for {said(wait_s)}.", wait_s)
            self._sleep(wait_s)

    def _queue(self, host: str) -> _Queue:
        with self._lock:
            if len(self._queues) >= MAX_HOSTS and host not in self._queues:
                now = self._clock()
                self._queues = {
                    name: queue for name, queue in self._queues.items() if queue.lock.locked() or queue.not_before > now
                }
            return self._queues.setdefault(host, _Queue())
