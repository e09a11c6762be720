"""Waiting for an answer without going to sleep, as long as nobody else wants the processor."""

import os
import socket
import time
from collections.abc import Callable

# A search by codes takes one to three.
LONGEST_S = 0.003
# Looking once takes two microseconds; after as many as these somebody else had a turn meanwhile.
LOST_TURN_S = 0.0001
REST_S = 1.0


class Awake:
    """Being woken takes a fifth of the time of a search on a virtual machine that has little to do: its processor has to be
    woken too, and whoever answers is moved to another one, away from what its cache holds. On a busy machine nothing of that is
    so, and to look again and again would take turns from the one who is to answer: after the first that was lost, it sleeps
    for a while. Any number of threads may wait at once.
    """

    def __init__(self, longest_s: float = LONGEST_S, *, give_way: Callable[[], object] = os.sched_yield) -> None:
        self._longest_s = longest_s
        self._give_way = give_way
        self._not_before = 0.0  # monotonic

    def receive(self, connection: socket.socket, most_bytes: int) -> bytes:
        """What arrives soon; nothing when that is the end of the stream or not so soon. Raises OSError."""
        now = time.monotonic()
        end = now + self._longest_s if now >= self._not_before else now
        while now < end:
            try:
                return connection.recv(most_bytes, socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._give_way()
            before, now = now, time.monotonic()
            if now - before > LOST_TURN_S:
                self._not_before = now + REST_S
                break
        return b""
