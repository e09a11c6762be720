"""Ask a server on a Unix socket whether it is there."""

import os
import socket
from pathlib import Path

ANSWER_TIMEOUT_S = 1.0


def accepts(path: Path) -> bool:
    return ask(path, b"", 0) is not None


def ask(path: Path, question: bytes, answer_bytes: int) -> bytes | None:
    """The first bytes of the answer; None when nobody is there or the answer takes longer than a second."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(ANSWER_TIMEOUT_S)
        try:
            client.connect(os.fspath(path))
            client.sendall(question)
            return client.recv(answer_bytes)
        except OSError:
            return None
