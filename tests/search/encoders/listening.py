"""Servers of vectors in threads of the test: real ones, and ones that answer what they are told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer, TCPServer, ThreadingMixIn

from search.encoders import Encoder
from search.encoders.serving import EncoderServer

Answer = Callable[[str, bytes], tuple[int, bytes]]  # from method, path and body to status and body


class _Told(ThreadingMixIn, TCPServer):
    daemon_threads = True


@contextmanager
def serving(encoder: Encoder) -> Iterator[str]:
    """The address at which `encoder` answers."""
    with running(EncoderServer(("127.0.0.1", 0), encoder)) as url:
        yield url


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """The address at which `answer` decides."""

    class Requests(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, said = answer(f"{self.command} {self.path}", body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return

    with running(_Told(("127.0.0.1", 0), Requests)) as url:
        yield url


@contextmanager
def running(server: TCPServer) -> Iterator[str]:
    """The address of `server`, which ends with the block."""
    thread = threading.Thread(target=BaseServer.serve_forever, args=(server, 0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
