"""Requests over kept connections: one after another, from several sides at once, and at a pace of their own."""

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Server:
    port: int
    cookie: str = ""
    host: str = "127.0.0.1"

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)

    def get(self, connection: http.client.HTTPConnection, path: str) -> bytes:
        """The body of a page; any status but 200 ends the measurement."""
        connection.request("GET", path, headers={"Cookie": self.cookie} if self.cookie else {})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} for {path[:200]}: {body[:300]!r}")
        return body


def waits_ms(server: Server, paths: Sequence[str]) -> list[float]:
    """One after another on one connection."""
    connection, waits = server.connect(), []
    for path in paths:
        started = time.perf_counter()
        server.get(connection, path)
        waits.append((time.perf_counter() - started) * 1000)
    connection.close()
    return waits


def requests_per_s(server: Server, paths: Sequence[str], connections: int, seconds: float) -> float:
    """As many as are answered to so many that ask again as soon as they have their answer."""
    stop_at = time.perf_counter() + seconds

    def ask(first: int) -> int:
        connection, done = server.connect(), 0
        while time.perf_counter() < stop_at:
            server.get(connection, paths[(first + done * connections) % len(paths)])
            done += 1
        connection.close()
        return done

    started = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        total = sum(pool.map(ask, range(connections)))
    return total / (time.perf_counter() - started)


def paced_waits_ms(server: Server, paths: Sequence[str], per_s: float, connections: int) -> list[float]:
    """All of `paths`, each due a fixed time after the one before, however long that takes.

    A wait begins when the request was due: a server that hangs for a second makes all wait that were due meanwhile.
    """
    started = time.perf_counter() + 0.1
    turns = iter(enumerate(paths))
    turn = threading.Lock()
    waits: list[float] = []

    def ask(_: int) -> None:
        connection = server.connect()
        while (mine := _next(turns, turn)) is not None:
            number, path = mine
            due = started + number / per_s
            time.sleep(max(0.0, due - time.perf_counter()))
            server.get(connection, path)
            waits.append((time.perf_counter() - due) * 1000)
        connection.close()

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(ask, range(connections)))
    return waits


def _next(turns: Iterator[tuple[int, str]], turn: threading.Lock) -> tuple[int, str] | None:
    with turn:
        return next(turns, None)


@contextmanager
def processor_ms(processes: Sequence[psutil.Process]) -> Iterator[list[float]]:
    """Processor time that they used within the block, in the list when it has ended. Busy neighbours matter less to it."""
    used: list[float] = []
    before = sum(sum(process.cpu_times()[:2]) for process in processes)
    yield used
    used.append((sum(sum(process.cpu_times()[:2]) for process in processes) - before) * 1000)
