"""Ask the sidecar from a web or worker process: blocking, one connection for each thread."""

import os
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from search.sidecar import wire
from search.sidecar.address import short_address
from search.sidecar.allowed import pack as pack_allowed
from search.sidecar.awake import LONGEST_S, Awake
from search.sidecar.terms import Background, BadTerm, Encoded, Found, Health, SidecarAway, Term, UnknownMeme

__all__ = ["BadTerm", "Encoded", "Found", "Health", "Sidecar", "SidecarAway", "UnknownMeme"]

CONNECT_TIMEOUT_S = 0.2
# A full backlog refuses a Unix connect at once instead of queueing it; look again this often until the timeout.
CONNECT_RETRY_S = 0.01


class Sidecar:
    """The sidecar behind one socket. Raises `SidecarAway` for every kind of absence and `BadTerm` for bad queries.

    Every request is a read, so one whose kept connection turns out to be dead (the sidecar was restarted) is asked
    once more on a fresh one.
    """

    def __init__(self, socket_path: str | Path, *, timeout_s: float = 5.0, awake_s: float = LONGEST_S) -> None:
        """An answer is waited for awake for up to `awake_s` while the machine has little to do, then asleep."""
        self.socket_path = Path(socket_path)
        self.timeout_s = timeout_s
        self._awake = Awake(awake_s)
        self._kept = threading.local()

    def search(
        self,
        terms: Sequence[Term],
        k: int,
        *,
        allowed: npt.NDArray[np.integer] | None = None,
        exclude: Sequence[int] = (),
        with_background: bool = False,
    ) -> Found:
        """The `k` memes closest to the weighted sum of `terms`; fewer only when no more are there (or `allowed`).

        `with_background` asks for how the query scores with a sample of everything, too.
        """
        answer = self._ask(
            {
                "op": "search",
                "terms": _pack_terms(terms),
                "k": int(k),
                "allowed": None if allowed is None else pack_allowed(allowed),
                "exclude": wire.pack_array(exclude, "<i8"),
                "background": with_background,
            }
        )
        try:
            ids, scores = wire.unpack_ids(answer["ids"]), wire.unpack_floats(answer["scores"])
            background = answer.get("background")  # a sidecar of an older release says nothing of it
            known = None if background is None else Background(**background)
            return Found(ids, scores, int(answer["space_id"]), float(answer["took_ms"]), known)
        except (KeyError, TypeError, ValueError, wire.BrokenFrame) as error:
            raise SidecarAway(f"its answer cannot be read: {error!r}") from error

    def encode(self, terms: Sequence[Term]) -> Encoded:
        """The unit vector that `search` would look for."""
        answer = self._ask({"op": "encode", "terms": _pack_terms(terms)})
        try:
            return Encoded(wire.unpack_floats(answer["vector"]), int(answer["space_id"]))
        except (KeyError, TypeError, ValueError, wire.BrokenFrame) as error:
            raise SidecarAway(f"its answer cannot be read: {error!r}") from error

    def health(self) -> Health:
        """Answered while an index is being loaded too."""
        answer = self._ask({"op": "health"})
        known = {field.name for field in fields(Health)}
        try:
            return Health(**{name: value for name, value in answer.items() if name in known})
        except TypeError as error:
            raise SidecarAway(f"its answer cannot be read: {error!r}") from error

    def close(self) -> None:
        """Close this thread's connection; the next request opens a new one."""
        connection: socket.socket | None = getattr(self._kept, "connection", None)
        self._kept.connection = None
        if connection is not None:
            connection.close()

    def _ask(self, request: wire.Message) -> wire.Message:
        frame = _pack(request)
        deadline = time.monotonic() + self.timeout_s
        try:
            answer = self._exchange(frame, deadline)
        except (OSError, wire.BrokenFrame, wire.EndOfStream) as error:
            raise SidecarAway(f"no answer from {self.socket_path}: {error}") from error
        _raise_refusal(answer)
        return answer

    def _exchange(self, frame: bytes, deadline: float) -> wire.Message:
        connection, is_fresh = self._connection()
        try:
            return self._round_trip(connection, frame, deadline)
        except (ConnectionError, wire.EndOfStream):
            self.close()
            if is_fresh:
                raise
        except BaseException:
            self.close()  # what is still on its way must not be taken for the answer to the next request
            raise
        return self._round_trip(self._connection()[0], frame, deadline)

    def _round_trip(self, connection: socket.socket, frame: bytes, deadline: float) -> wire.Message:
        wire.send(connection, frame, deadline)
        begun = self._awake.receive(connection, wire.LENGTH.size)
        return wire.receive(connection, deadline, begun)

    def _connection(self) -> tuple[socket.socket, bool]:
        kept: socket.socket | None = getattr(self._kept, "connection", None)
        if kept is not None and self._kept.pid == os.getpid():  # a forked child must not talk on its parent's
            return kept, False
        self._kept.connection, self._kept.pid = _connect(self.socket_path), os.getpid()
        return self._kept.connection, True


def _connect(path: Path) -> socket.socket:
    deadline = time.monotonic() + CONNECT_TIMEOUT_S
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_TIMEOUT_S)
        try:
            with short_address(path) as address:
                connection.connect(address)
        except BlockingIOError:
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(CONNECT_RETRY_S)
        except BaseException:
            connection.close()
            raise
        else:
            connection.settimeout(None)
            return connection


def _pack(request: wire.Message) -> bytes:
    try:
        return wire.pack({"v": wire.PROTOCOL, **request})
    except (TypeError, ValueError, OverflowError, wire.BrokenFrame) as error:
        raise BadTerm(f"the query cannot be sent: {error}") from error


def _pack_terms(terms: Sequence[Term]) -> list[Any]:
    try:
        return wire.pack_terms(terms)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadTerm(f"a term cannot be sent: {error}") from error


def _raise_refusal(answer: wire.Message) -> None:
    match answer:
        case {
            "error": "bad_term" | "unknown_meme" as kind,
            "message": str(message),
            "position": int() | None as position,
        }:
            raise (UnknownMeme if kind == "unknown_meme" else BadTerm)(message, position)
        case {"error": _}:
            raise SidecarAway(str(answer.get("message", "it gave no reason")))
