"""The address of the web server: whether it is free, whether somebody answers there, what to type into a browser."""

import errno
import socket
from contextlib import closing

from mse_site.embedded.errors import CannotRun

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
ANSWER_TIMEOUT_S = 2.0


class AddressTaken(CannotRun):
    """The site cannot listen on its address; the message names it."""


def split(bind: str) -> tuple[str, int]:
    """("::1", 8000) of "[::1]:8000"."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def check_free(bind: str) -> None:
    """Raises AddressTaken when nothing could listen there now."""
    try:
        addresses = socket.getaddrinfo(*split(bind), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = addresses[0]
        with closing(socket.socket(family, kind, protocol)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise AddressTaken(_reason(bind, error)) from error


def answers(bind: str) -> bool:
    """Whether a web server there says anything in HTTP."""
    host, port = split(bind)
    try:
        with socket.create_connection((EVERYWHERE.get(host, host), port), ANSWER_TIMEOUT_S) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return client.recv(5) == b"HTTP/"
    except OSError:
        return False


def browser_url(bind: str) -> str:
    host, port = split(bind)
    if host in (*EVERYWHERE, "127.0.0.1", "::1"):
        host = "localhost"
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}" if port == 80 else f"http://{name}:{port}"


def _reason(bind: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Another program already listens on {bind}: stop it, or choose another port with --bind or MSE_BIND."
    if error.errno == errno.EACCES:
        return f"Only root may listen on {bind}: choose a port from 1024 on with --bind or MSE_BIND."
    return f"Nothing can listen on {bind} ({error.strerror or error}): choose another address with --bind or MSE_BIND."
