"""The web server's worker: what it says of an address that is too long, of which the site itself never hears."""

from socket import SHUT_WR, socket
from typing import Any

from django.template.loader import render_to_string
from gunicorn.http.errors import LimitRequestLine  # type: ignore[import-untyped]  # gunicorn says nothing of types
from gunicorn.util import write_nonblock  # type: ignore[import-untyped]  # as above
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # as above

PATIENCE_S = 0.5
READ_BYTES, MOST_READ_BYTES = 65_536, 1_048_576


class Worker(ThreadWorker):  # type: ignore[misc]  # of no type
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
