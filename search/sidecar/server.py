"""The sidecar's Unix socket: a thread for each client, so that a slow or broken one costs nobody else anything."""

import contextlib
import fcntl
import logging
import os
import socket
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from search.sidecar import wire
from search.sidecar.address import short_address

log = logging.getLogger(__name__)

# 16 web processes with 8 threads each, twice over while they are being replaced.
MOST_CLIENTS = 256
BACKLOG = 128
# For the rest of a frame that has begun, and for the client to take an answer.
FRAME_TIMEOUT_S = 10.0
LISTENER_PROBE_S = 0.5

Answer = Callable[[wire.Message], wire.Message]


class SocketTaken(Exception):
    """Another process listens there, or something that is no socket lies there."""


class Server:
    """Answers every message on `path` with `answer`, which may run in many threads at once and must not raise."""

    def __init__(
        self, path: Path, answer: Answer, *, most_clients: int = MOST_CLIENTS, frame_timeout_s: float = FRAME_TIMEOUT_S
    ) -> None:
        self.path = path.absolute()
        self._answer = answer
        self._most_clients = most_clients
        self._frame_timeout_s = frame_timeout_s
        self._clients: set[socket.socket] = set()
        self._clients_lock = threading.Lock()
        self._is_stopping = threading.Event()

    def start(self) -> None:
        """Take the socket and answer from now on. Raises SocketTaken; a socket nobody listens on is replaced."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._claim = _claim(self.path)
        _remove_stale(self.path)
        self._listener = _listen(self.path)
        self._inode = self.path.stat().st_ino
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def stop(self) -> None:
        """Hang up on everybody. Nobody else can take the socket before `release`."""
        self._is_stopping.set()
        with contextlib.suppress(FileNotFoundError):
            if self.path.stat().st_ino == self._inode:
                self.path.unlink()
        # close() alone would leave accept() waiting
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._clients_lock:
            for client in self._clients:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        self._claim.close()

    def _accept(self) -> None:
        while not self._is_stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError as error:
                if self._is_stopping.is_set():
                    return
                log.warning("a client could not be accepted: %s", error)  # out of descriptors: others will close theirs
                time.sleep(0.1)
                continue
            self._admit(client)

    def _admit(self, client: socket.socket) -> None:
        with self._clients_lock:
            count = len(self._clients)
            self._clients.add(client)
        try:
            if count >= self._most_clients:
                raise RuntimeError(f"there are {count} already")
            threading.Thread(target=self._serve, args=(client,), name="client", daemon=True).start()
        except RuntimeError as error:  # also what Python raises when the system gives it no more threads
            log.warning("a client was turned away: %s", error)
            self._forget(client)

    def _forget(self, client: socket.socket) -> None:
        with self._clients_lock:
            self._clients.discard(client)
        client.close()

    def _serve(self, client: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError, wire.EndOfStream):  # it left, or was too slow
                while self._serve_one(client):
                    continue
        finally:
            self._forget(client)

    def _serve_one(self, client: socket.socket) -> bool:
        """False when nothing sensible can follow on this connection."""
        begun = client.recv(wire.LENGTH.size)  # between two questions a client may think for as long as it likes
        if not begun:
            return False
        try:
            request = wire.receive(client, time.monotonic() + self._frame_timeout_s, begun)
        except wire.BrokenFrame as error:
            log.warning("a client sent garbage: %s", error)
            self._reply(client, {"error": "broken_frame", "message": str(error)})
            return False
        self._reply(client, self._answer(request))
        return True

    def _reply(self, client: socket.socket, answer: wire.Message) -> None:
        wire.send(client, wire.pack(answer), time.monotonic() + self._frame_timeout_s)


def _claim(path: Path) -> IO[bytes]:
    """A lock that the kernel drops with the process: of two that start at once, one gets the socket."""
    lock = open(path.with_name(path.name + ".lock"), "ab")  # noqa: SIM115 - held as long as the server lives
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise SocketTaken(f"another sidecar serves {path}") from error
    return lock


def _remove_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise SocketTaken(f"{path} is in the way: it is not a socket")
    if _is_listened_to(path):
        raise SocketTaken(f"another process listens on {path}")
    path.unlink()


def _is_listened_to(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, short_address(path) as address:
        probe.settimeout(LISTENER_PROBE_S)
        try:
            probe.connect(address)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True  # a full backlog, too, belongs to somebody
    return True


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    old_umask = os.umask(0o177)  # the file must never exist with wider permissions
    try:
        with short_address(path) as address:
            listener.bind(address)
    except OSError as error:
        listener.close()
        raise SocketTaken(f"{path} cannot be used: {error}") from error
    finally:
        os.umask(old_umask)
    listener.listen(BACKLOG)
    return listener
