"""Waiting awake ends when somebody else wants the processor."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from search.sidecar.awake import LOST_TURN_S, REST_S, Awake

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    one, other = socket.socketpair()
    yield one, other
    one.close()
    other.close()


def test_what_arrives_while_it_looks_is_received(pair: Pair) -> None:
    looks = []

    def answer_at_the_third_look() -> None:
        looks.append(None)
        if len(looks) == 3:
            pair[1].sendall(b"answer")

    # Whatever else runs here must not end the looking: each look may be the one that the system takes for others.
    for _ in range(100):
        looks.clear()
        received = Awake(1.0, give_way=answer_at_the_third_look).receive(pair[0], 4)
        if received:
            assert received == b"answ"
            return
    raise AssertionError("it never had its turns")


def test_after_a_lost_turn_it_sleeps_for_a_while(pair: Pair) -> None:
    def lose_a_turn() -> None:
        threading.Event().wait(2 * LOST_TURN_S)  # the passing of time is what is tested

    awake = Awake(60.0, give_way=lose_a_turn)
    started = time.monotonic()
    assert awake.receive(pair[0], 4) == b""
    pair[1].sendall(b"answer")
    received = awake.receive(pair[0], 4)
    assert received == b"" or time.monotonic() - started > REST_S


def test_nobody_waits_awake_for_longer_than_was_said(pair: Pair) -> None:
    assert Awake(0.0).receive(pair[0], 4) == b""
    assert Awake(0.01).receive(pair[0], 4) == b""


def test_an_end_is_left_to_whoever_reads_on(pair: Pair) -> None:
    pair[1].close()
    assert Awake(1.0).receive(pair[0], 4) == b""
