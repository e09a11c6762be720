"""The socket under clients that are slow, rude, numerous or late."""

import contextlib
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.sidecar import wire
from search.sidecar.server import Server, SocketTaken
from tests.search.sidecar.waiting import eventually


@contextlib.contextmanager
def serving(path: Path, *, most_clients: int = 50, frame_timeout_s: float = 5.0) -> Iterator[Server]:
    """Echoes."""
    server = Server(path, lambda request: request, most_clients=most_clients, frame_timeout_s=frame_timeout_s)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        server.release()


def connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(path))
    return connection


def ask(connection: socket.socket, number: int) -> int:
    deadline = time.monotonic() + 5
    wire.send(connection, wire.pack({"number": number}), deadline)
    return int(wire.receive(connection, deadline)["number"])


def is_closed(connection: socket.socket) -> bool:
    connection.settimeout(5)
    try:
        while connection.recv(4096):
            continue
    except ConnectionResetError:
        return True
    return True


def test_only_the_owner_may_use_the_socket(tmp_path: Path) -> None:
    with serving(tmp_path / "s"):
        assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600


def test_one_connection_carries_many_questions(tmp_path: Path) -> None:
    with serving(tmp_path / "s"), connect(tmp_path / "s") as client:
        assert [ask(client, number) for number in range(50)] == list(range(50))


def test_a_path_too_long_for_an_address_works(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    from search.sidecar.client import Sidecar
    from search.sidecar.terms import SidecarAway

    with serving(folder / "s"), pytest.raises(SidecarAway, match="cannot be read"):  # an echo is no state of health
        Sidecar(folder / "s").health()


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1", b"\x00\x00\x00\x01\x05"]
)
def test_garbage_ends_its_own_connection_alone(tmp_path: Path, garbage: bytes) -> None:
    with serving(tmp_path / "s"), connect(tmp_path / "s") as rude, connect(tmp_path / "s") as polite:
        rude.sendall(garbage)
        assert is_closed(rude)
        assert ask(polite, 1) == 1


def test_half_a_frame_keeps_nobody_waiting_and_times_out(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "s", frame_timeout_s=0.2),
        connect(tmp_path / "s") as slow,
        connect(tmp_path / "s") as other,
    ):
        slow.sendall(b"\x00\x00\x00\x09\x81")
        assert ask(other, 2) == 2
        assert is_closed(slow)


def test_a_client_that_never_reads_its_answer_is_dropped(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "s", frame_timeout_s=0.2),
        connect(tmp_path / "s") as deaf,
        connect(tmp_path / "s") as other,
    ):
        frame = wire.pack({"data": bytes(8 * 1024 * 1024)})
        wire.send(deaf, frame, time.monotonic() + 5)
        assert ask(other, 3) == 3
        eventually(lambda: is_gone(deaf), within_s=5)


def is_gone(connection: socket.socket) -> bool:
    try:
        connection.send(b"\x00")
    except OSError:
        return True
    return False


def test_an_idle_client_may_think_longer_than_a_frame_may_take(tmp_path: Path) -> None:
    with serving(tmp_path / "s", frame_timeout_s=0.05), connect(tmp_path / "s") as client:
        assert ask(client, 1) == 1
        threading.Event().wait(0.2)  # the passing of time is what is tested
        assert ask(client, 2) == 2


def test_one_client_too_many_is_turned_away_and_the_others_stay(tmp_path: Path) -> None:
    with serving(tmp_path / "s", most_clients=2), connect(tmp_path / "s") as one, connect(tmp_path / "s") as two:
        assert [ask(one, 1), ask(two, 2)] == [1, 2]
        with connect(tmp_path / "s") as three:
            assert is_closed(three)
        assert [ask(one, 3), ask(two, 4)] == [3, 4]


def test_sixteen_clients_at_once_get_their_own_answers(tmp_path: Path) -> None:
    wrong: list[int] = []

    def work(number: int) -> None:
        with connect(tmp_path / "s") as client:
            wrong.extend(n for n in range(number * 1000, number * 1000 + 100) if ask(client, n) != n)

    with serving(tmp_path / "s"):
        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_second_server_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path / "s"), connect(tmp_path / "s") as client:
        with pytest.raises(SocketTaken, match="another"), serving(tmp_path / "s"):
            pass
        assert ask(client, 1) == 1
        with connect(tmp_path / "s") as late:
            assert ask(late, 2) == 2


def test_a_socket_that_a_dead_process_left_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(tmp_path / "s"))
    with serving(tmp_path / "s"), connect(tmp_path / "s") as client:
        assert ask(client, 1) == 1


def test_a_foreign_listener_keeps_its_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as foreign:
        foreign.bind(str(tmp_path / "s"))
        foreign.listen()
        with pytest.raises(SocketTaken, match="listens"), serving(tmp_path / "s"):
            pass
        assert (tmp_path / "s").is_socket()


def test_a_file_in_the_way_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("precious")
    with pytest.raises(SocketTaken, match="not a socket"), serving(tmp_path / "s"):
        pass
    assert (tmp_path / "s").read_text() == "precious"


def test_an_end_hangs_up_and_leaves_no_socket(tmp_path: Path) -> None:
    with serving(tmp_path / "s"):
        client = connect(tmp_path / "s")
        assert ask(client, 1) == 1
    assert is_closed(client)
    client.close()
    assert not os.path.lexists(tmp_path / "s")
