"""Asking servers on Unix sockets whether they are there."""

import socket
from pathlib import Path

from mse_site.embedded import unix


def test_nobody_there_and_a_silent_server_are_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    assert unix.ask(path, b"PING\r\n", 5) is None
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert not unix.accepts(path)
        server.listen()
        assert unix.accepts(path)
        assert unix.ask(path, b"PING\r\n", 5) is None
