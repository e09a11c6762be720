"""What a web process gets from the sidecar in every condition that it can be in."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from search.encoders import load
from search.sidecar import wire
from search.sidecar.client import Sidecar
from search.sidecar.dispatch import Dispatcher
from search.sidecar.index import ExactIndex
from search.sidecar.served import Served, Space
from search.sidecar.server import Server
from search.sidecar.service import Service
from search.sidecar.terms import BadTerm, Health, MemeTerm, SidecarAway, Term, TextTerm, UnknownMeme, VectorTerm
from tests.search.sidecar.scratch import DIMS, unit_vectors

VECTOR = unit_vectors(1)[0]


def serve(path: Path) -> Server:
    index = ExactIndex(DIMS)
    index.apply({meme: {0: vector} for meme, vector in enumerate(unit_vectors(1, 20), 1)})
    service = Service()
    service.publish(Served(Space(7, "lite", "lite-1", DIMS), load("lite"), index))
    server = Server(path, Dispatcher(service, lambda: Health("ready", memes=20)).answer)
    server.start()
    return server


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    server = serve(tmp_path / "s")
    yield tmp_path / "s"
    server.stop()
    server.release()


def test_the_three_questions_are_answered(path: Path) -> None:
    sidecar = Sidecar(path)
    found = sidecar.search([VectorTerm(VECTOR)], 5, exclude=[3])
    assert found.ids[0] == 1
    assert (str(found.ids.dtype), str(found.scores.dtype), len(found.ids)) == ("int64", "float32", 5)
    assert found.space_id == 7
    assert found.took_ms > 0
    np.testing.assert_allclose(sidecar.encode([VectorTerm(VECTOR)]).vector, VECTOR / np.linalg.norm(VECTOR), atol=1e-6)
    assert sidecar.health() == Health("ready", memes=20)


def test_allowed_and_excluded_memes_reach_the_index(path: Path) -> None:
    found = Sidecar(path).search([VectorTerm(VECTOR)], 5, allowed=np.array([2, 3, 4]), exclude=[4])
    assert sorted(found.ids.tolist()) == [2, 3]
    assert len(Sidecar(path).search([VectorTerm(VECTOR)], 5, allowed=np.array([], np.int64)).ids) == 0


BAD: list[list[Term]] = [
    [],
    [TextTerm("")],
    [TextTerm("a lone surrogate \ud800")],
    [VectorTerm(np.full(DIMS, np.nan))],
    [VectorTerm(np.zeros(DIMS))],
    [VectorTerm(np.ones(3))],
    [TextTerm("a", 1e308)],
    [MemeTerm(2**70)],
    [TextTerm("x" * (wire.LARGEST_FRAME_BYTES + 1))],
]


@pytest.mark.parametrize("terms", BAD, ids=range(len(BAD)))
def test_bad_terms_are_refused_and_the_connection_goes_on(path: Path, terms: list[Term]) -> None:
    sidecar = Sidecar(path)
    with pytest.raises(BadTerm):
        sidecar.search(terms, 5)
    assert len(sidecar.search([VectorTerm(VECTOR)], 5).ids) == 5


def test_the_position_of_a_bad_term_and_an_unknown_meme_come_through(path: Path) -> None:
    with pytest.raises(UnknownMeme, match="4711") as caught:
        Sidecar(path).search([TextTerm("a"), MemeTerm(4711)], 5)
    assert caught.value.position == 1


def test_no_socket_is_away(tmp_path: Path) -> None:
    with pytest.raises(SidecarAway):
        Sidecar(tmp_path / "nothing").health()


def test_a_socket_nobody_listens_on_is_away(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(tmp_path / "s"))
    with pytest.raises(SidecarAway):
        Sidecar(tmp_path / "s").health()


def test_an_index_that_is_not_loaded_is_away_but_tells_its_health(tmp_path: Path) -> None:
    server = Server(tmp_path / "s", Dispatcher(Service(), lambda: Health("starting", loading=0.5)).answer)
    server.start()
    with pytest.raises(SidecarAway, match="not loaded"):
        Sidecar(tmp_path / "s").search([TextTerm("a")], 5)
    assert Sidecar(tmp_path / "s").health().loading == 0.5
    server.stop()
    server.release()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen(1)
        yield listener


def test_silence_is_away_after_the_timeout(listener: socket.socket, tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(SidecarAway):
        Sidecar(tmp_path / "s", timeout_s=0.1).health()
    assert 0.1 <= time.monotonic() - started < 2


def test_a_full_backlog_is_away_soon(listener: socket.socket, tmp_path: Path) -> None:
    waiting = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(2)]
    for connection in waiting:
        connection.connect(str(tmp_path / "s"))
    started = time.monotonic()
    with pytest.raises(SidecarAway):
        Sidecar(tmp_path / "s", timeout_s=5).health()
    assert time.monotonic() - started < 2
    for connection in waiting:
        connection.close()


ANSWERS = {
    "half": b"\x00\x00\x00\x09\x81",
    "huge": b"\xff\xff\xff\xff",
    "garbage": b"\x00\x00\x00\x02\xc1\xc1",
    "no map": b"\x00\x00\x00\x01\x05",
    "nothing in it": b"\x00\x00\x00\x01\x80",
    "nothing": b"",
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_broken_answer_is_away(listener: socket.socket, tmp_path: Path, answer: str) -> None:
    def reply() -> None:
        connection, _ = listener.accept()
        with connection:
            wire.receive(connection, time.monotonic() + 5)
            connection.sendall(ANSWERS[answer])

    thread = threading.Thread(target=reply)
    thread.start()
    with pytest.raises(SidecarAway):
        Sidecar(tmp_path / "s").search([TextTerm("a")], 5)
    thread.join()


def test_a_late_answer_is_never_taken_for_the_next_one(listener: socket.socket, tmp_path: Path) -> None:
    is_late = threading.Event()

    def reply() -> None:
        late, _ = listener.accept()
        wire.receive(late, time.monotonic() + 5)
        is_late.wait()
        with late, contextlib.suppress(OSError):
            wire.send(late, wire.pack({"state": "waiting"}), time.monotonic() + 5)
        prompt, _ = listener.accept()
        with prompt:
            wire.receive(prompt, time.monotonic() + 5)
            wire.send(prompt, wire.pack({"state": "ready"}), time.monotonic() + 5)

    thread = threading.Thread(target=reply)
    thread.start()
    sidecar = Sidecar(tmp_path / "s", timeout_s=0.2)
    with pytest.raises(SidecarAway):
        sidecar.health()
    is_late.set()
    sidecar.timeout_s = 5
    assert sidecar.health().state == "ready"
    thread.join()


def test_a_restarted_sidecar_is_asked_again_without_a_complaint(tmp_path: Path) -> None:
    server, sidecar = serve(tmp_path / "s"), Sidecar(tmp_path / "s")
    assert len(sidecar.search([VectorTerm(VECTOR)], 5).ids) == 5
    server.stop()
    server.release()
    with pytest.raises(SidecarAway):
        sidecar.health()
    server = serve(tmp_path / "s")
    assert len(sidecar.search([VectorTerm(VECTOR)], 5).ids) == 5
    server.stop()
    server.release()
    server = serve(tmp_path / "s")
    assert len(sidecar.search([VectorTerm(VECTOR)], 5).ids) == 5  # the kept connection is dead
    server.stop()
    server.release()


def test_a_client_of_another_release_is_told_so(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as old:
        old.connect(str(path))
        wire.send(old, wire.pack({"v": 0, "op": "health"}), time.monotonic() + 5)
        assert wire.receive(old, time.monotonic() + 5)["error"] == "protocol"


def test_sixteen_threads_share_one_client(path: Path) -> None:
    sidecar, wrong = Sidecar(path), []
    vectors = unit_vectors(1, 20)

    def work(number: int) -> None:
        for step in range(50):
            meme = (number + step) % 20 + 1
            if sidecar.search([VectorTerm(vectors[meme - 1])], 1).ids.tolist() != [meme]:
                wrong.append(meme)
        sidecar.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_forked_child_opens_its_own_connection(path: Path) -> None:
    sidecar, vectors = Sidecar(path), unit_vectors(1, 20)
    sidecar.health()

    def gets_its_own_answers(meme: int) -> bool:
        return all(sidecar.search([VectorTerm(vectors[meme - 1])], 1).ids.tolist() == [meme] for _ in range(200))

    child = os.fork()
    if not child:
        os._exit(0 if gets_its_own_answers(2) else 1)
    assert gets_its_own_answers(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_client_loads_nothing_heavy() -> None:
    code = (
        "import sys, search.sidecar.client, search.sidecar.terms; "
        "print([n for n in ('faiss', 'torch', 'onnxruntime', 'psycopg', 'PIL', 'django') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_background_of_a_query_comes_when_it_is_asked_for(path: Path) -> None:
    sidecar = Sidecar(path)
    assert sidecar.search([VectorTerm(VECTOR)], 5).background is None
    background = sidecar.search([VectorTerm(VECTOR)], 5, with_background=True).background
    assert background is not None
    assert (background.sampled, background.total) == (20, 20)
    assert background.spread > 0
