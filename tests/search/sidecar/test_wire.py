"""Frames over a real socket pair, whole and broken."""

import contextlib
import socket
import time
from collections.abc import Iterator

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.sidecar import wire
from search.sidecar.terms import BadTerm, MemeTerm, PictureTerm, Term, TextTerm, VectorTerm

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    one, other = socket.socketpair()
    yield one, other
    one.close()
    other.close()


def soon(seconds: float = 2.0) -> float:
    return time.monotonic() + seconds


def test_messages_arrive_in_order(pair: Pair) -> None:
    for number in range(3):
        wire.send(pair[0], wire.pack({"number": number}), soon())
    assert [wire.receive(pair[1], soon())["number"] for _ in range(3)] == [0, 1, 2]


def test_terms_survive_the_journey() -> None:
    vector = np.array([0.5, -1.0], np.float32)
    terms: list[Term] = [
        TextTerm("naïve 猫", -0.5),
        PictureTerm(b"\x00\xff", 2),
        MemeTerm(2**40),
        VectorTerm(vector, 0.25),
    ]
    body = msgpack.unpackb(msgpack.packb(wire.pack_terms(terms)))
    back = wire.unpack_terms(body)
    assert back[:3] == terms[:3]
    assert isinstance(back[3], VectorTerm)
    np.testing.assert_array_equal(back[3].vector, vector)


def test_a_closed_connection_is_not_a_broken_frame(pair: Pair) -> None:
    pair[0].close()
    with pytest.raises(wire.EndOfStream):
        wire.receive(pair[1], soon())


@pytest.mark.parametrize("sent", [b"\x00", b"\x00\x00\x00\x05", b"\x00\x00\x00\x05\x81"])
def test_half_a_frame_is_broken(pair: Pair, sent: bytes) -> None:
    pair[0].sendall(sent)
    pair[0].close()
    with pytest.raises(wire.BrokenFrame):
        wire.receive(pair[1], soon())


def test_a_huge_length_is_refused_before_anything_is_reserved(pair: Pair) -> None:
    pair[0].sendall(b"\xff\xff\xff\xff")
    with pytest.raises(wire.BrokenFrame, match="4294967295"):
        wire.receive(pair[1], soon())


def test_a_frame_that_trickles_in_is_given_up_at_the_deadline(pair: Pair) -> None:
    pair[0].sendall(b"\x00\x00\x00\x05\x81")
    with pytest.raises(TimeoutError):
        wire.receive(pair[1], soon(0.05))


def test_too_large_a_message_is_not_sent() -> None:
    with pytest.raises(wire.BrokenFrame):
        wire.pack({"data": bytes(wire.LARGEST_FRAME_BYTES)})


@given(st.binary(max_size=200))
def test_rubbish_is_a_broken_frame_or_a_map(body: bytes) -> None:
    with contextlib.suppress(wire.BrokenFrame):  # nothing else may come out
        assert isinstance(wire.unpack(body), dict)


def test_deep_nesting_is_a_broken_frame() -> None:
    with pytest.raises(wire.BrokenFrame):
        wire.unpack(b"\x91" * 100_000 + b"\x00")


@pytest.mark.parametrize("packed", [["text", 1, 1.0], ["text", "a"], ["text", "a", "b"], ["taste", 1, 1.0], 5, None])
def test_an_unknown_shape_of_term_is_a_bad_term_with_its_position(packed: object) -> None:
    with pytest.raises(BadTerm) as caught:
        wire.unpack_terms([["text", "a", 1.0], packed])
    assert caught.value.position == 1


@pytest.mark.parametrize("data", [b"123", "text", None, [1, 2]])
def test_what_is_no_array_is_a_broken_frame(data: object) -> None:
    with pytest.raises(wire.BrokenFrame):
        wire.unpack_ids(data)
