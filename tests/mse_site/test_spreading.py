"""Which worker of the web server takes a connection."""

import contextlib
import os
import selectors
import socket
import time
from collections.abc import Iterator

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]  # gunicorn says nothing of types
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.workers.gthread import TConn  # type: ignore[import-untyped]  # gunicorn has no types

from mse_site.web_worker import Worker


class Taker(Worker):
    """Keeps what it takes, and asks nothing of it."""

    def __init__(self, listener: socket.socket, workers: int) -> None:
        settings = Config()
        settings.set("workers", workers)
        settings.set("threads", 4)
        super().__init__(0, os.getpid(), [listener], None, 60, settings, Logger(settings))
        self.poller = selectors.DefaultSelector()
        self.taken: list[TConn] = []
        self.set_accept_enabled(True)

    def enqueue_req(self, conn: TConn) -> None:
        self.taken.append(conn)

    def go_round(self) -> None:
        """Once, as in its loop."""
        self.set_accept_enabled(True)
        self.wait_for_and_dispatch_events(0.05)

    def end(self) -> None:
        self.poller.close()
        self.tmp.close()
        for conn in self.taken:
            conn.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen()
        made.setblocking(False)
        yield made


def connect(stack: contextlib.ExitStack, listener: socket.socket) -> None:
    stack.enter_context(socket.create_connection(listener.getsockname(), timeout=5))


def test_who_holds_none_takes_a_connection_at_once_and_who_holds_one_a_little_later(listener: socket.socket) -> None:
    worker = Taker(listener, workers=2)
    with contextlib.ExitStack() as stack:
        stack.callback(worker.end)
        connect(stack, listener)
        worker.go_round()
        assert len(worker.taken) == 1
        connect(stack, listener)
        worker.go_round()
        assert len(worker.taken) == 1
        deadline = time.monotonic() + 10
        while len(worker.taken) < 2 and time.monotonic() < deadline:
            worker.go_round()
        assert len(worker.taken) == 2


def test_what_one_leaves_another_takes(listener: socket.socket) -> None:
    busy, idle = Taker(listener, workers=2), Taker(listener, workers=2)
    with contextlib.ExitStack() as stack:
        stack.callback(busy.end)
        stack.callback(idle.end)
        for _ in range(2):
            connect(stack, listener)
            busy.go_round()
            idle.go_round()
        assert [len(busy.taken), len(idle.taken)] == [1, 1]


def test_a_worker_that_is_alone_waits_for_nobody(listener: socket.socket) -> None:
    worker = Taker(listener, workers=1)
    with contextlib.ExitStack() as stack:
        stack.callback(worker.end)
        for _ in range(3):
            connect(stack, listener)
            worker.go_round()
        assert len(worker.taken) == 3
