"""Signals that ask the site to stop, and a pause that they and dying children cut short."""

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# A terminal that closes, or `timeout`, may send the same thing twice in a moment: that is no hurry.
ONE_REQUEST_S = 0.5
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Counts requests to stop: one is a request, two are a hurry."""

    def __init__(self) -> None:
        self.count = 0
        self._last_request = float("-inf")
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Inside, signals are counted instead of ending the process. Only the main thread can catch them; others do not."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (*STOPPING, signal.SIGCHLD)}
        for number in STOPPING:
            if before[number] is not signal.SIG_IGN:  # nohup: go on when the terminal is closed
                signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, self._look)
        waker = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(waker)
            for number, handler in before.items():
                signal.signal(number, handler)

    def request_stop(self) -> None:
        """As a signal would; from any thread."""
        self._note_request()
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b"\0")

    def pause(self, timeout_s: float) -> None:
        """Until something happens, at most for so long."""
        if select.select([self._woken], [], [], timeout_s)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._woken, 4096)

    def close(self) -> None:
        os.close(self._woken)
        os.close(self._wake)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._note_request()

    def _note_request(self) -> None:
        now = time.monotonic()
        if now - self._last_request >= ONE_REQUEST_S:
            self.count += 1
            self._last_request = now

    def _look(self, number: int, frame: FrameType | None) -> None:
        """A child has ended: that the pause is over is all there is to do."""
