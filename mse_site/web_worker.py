"""The web server's worker: which of them takes a connection, and what it says of an address that is too long."""

import time
from socket import SHUT_WR, socket
from typing import Any

from django.template.loader import render_to_string
from gunicorn.http.errors import LimitRequestLine  # type: ignore[import-untyped]  # gunicorn says nothing of types
from gunicorn.util import write_nonblock  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # gunicorn has no types

PATIENCE_S = 0.5
READ_BYTES, MOST_READ_BYTES = 65_536, 1_048_576
# For each connection that it holds, up to so many; an idle worker is awake in a tenth of that, on a busy machine in that.
GIVES_WAY_S, MOST_COUNTED = 0.002, 4
# After that long it has not waited for this connection, but for one that somebody else took.
WAITED_S = 0.02


class Worker(ThreadWorker):  # type: ignore[misc]  # of no type
    """Connections are kept, and all that is asked on one is answered by one process, which Python lets use one processor: with
    all of them in one worker the site is half as fast. So the more of them a worker holds, the longer it leaves the next one
    to the others."""

    _accepts_from = 0.0  # monotonic

    def accept(self, listener: socket) -> None:
        now = time.monotonic()
        has_waited = 0 <= now - self._accepts_from < WAITED_S
        if self.nr_conns and self.cfg.workers > 1 and not has_waited:
            self._accepts_from = now + GIVES_WAY_S * min(self.nr_conns, MOST_COUNTED)
            self.set_accept_enabled(False)
            return
        self._accepts_from = 0.0
        super().accept(listener)

    def set_accept_enabled(self, enabled: bool) -> None:
        """The loop asks for it whenever it goes round."""
        super().set_accept_enabled(enabled and time.monotonic() >= self._accepts_from)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        left_s = self._accepts_from - time.monotonic()
        super().wait_for_and_dispatch_events(min(timeout, left_s) if left_s > 0 else timeout)

    def handle_error(self, req: Any, client: socket, addr: Any, exc: BaseException) -> None:
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        self.log.info("an address of more than %s bytes", self.cfg.limit_request_line)
        body = render_to_string("414.html").encode()
        head = (
            "HTTP/1.1 414 URI Too Long\r\nConnection: close\r\nContent-Type: text/html; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        write_nonblock(client, head.encode() + body)
        _hear_out(client)


def _hear_out(client: socket) -> None:
    """Read what is still coming: a connection that is closed before takes the answer with it."""
    client.settimeout(PATIENCE_S)
    try:
        client.shutdown(SHUT_WR)
        for _ in range(MOST_READ_BYTES // READ_BYTES):
            if not client.recv(READ_BYTES):
                return
    except OSError:
        return  # gone, or it waits for something else
