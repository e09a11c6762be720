"""One polite queue for each host: one request at a time, some time apart, and none while the host wants a rest."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ingestion.fetch.errors import TryLater

MAX_HOSTS = 1_000  # remembered ones; hosts that rest are never forgotten


@dataclass
class _Queue:
    lock: threading.Lock = field(default_factory=threading.Lock)
    not_before: float = 0.0


class Turns:
    """The queues of one process. Processes do not wait for each other: a source is crawled by one at a time."""

    def __init__(
        self,
        interval_s: float = 1.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.interval_s = interval_s
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
            wait_s = queue.not_before - self._clock()
            if wait_s > 0:
                if queue.not_before > end:
                    raise TryLater(f"The host wants to be left alone for {wait_s:.0f} seconds.", wait_s)
                self._sleep(wait_s)
            try:
                yield
            finally:
                apart_s = max(self.interval_s, interval_s)
                queue.not_before = max(queue.not_before, self._clock() + apart_s)
        finally:
            queue.lock.release()

    def rest(self, host: str, wait_s: float) -> None:
        """Ask nothing of a host for so long."""
        queue = self._queue(host)
        queue.not_before = max(queue.not_before, self._clock() + wait_s)

    def _queue(self, host: str) -> _Queue:
        with self._lock:
            if len(self._queues) >= MAX_HOSTS and host not in self._queues:
                now = self._clock()
                self._queues = {
                    name: queue for name, queue in self._queues.items() if queue.lock.locked() or queue.not_before > now
                }
            return self._queues.setdefault(host, _Queue())
