"""Frames on the socket: four bytes of length, then one msgpack map. Arrays travel as raw little-endian bytes."""

import socket
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt

from search.sidecar.terms import BadTerm, Ids, MemeTerm, PictureTerm, Term, TextTerm, Vector, VectorTerm

# Web processes of another release must not be answered with something they would misread.
PROTOCOL = 2
# Room for a picture of 32 MiB beside 2 million allowed ids.
LARGEST_FRAME_BYTES = 64 * 1024 * 1024
# The receiving side never reserves more than this on the word of the length alone.
RECEIVE_BYTES = 1024 * 1024
LENGTH = struct.Struct(">I")

Message = dict[str, Any]


class BrokenFrame(Exception):
    """The other side sent something that is no frame, or stopped in the middle of one."""


class EndOfStream(Exception):
    """The other side closed the connection between two frames."""


def pack(message: Mapping[str, Any]) -> bytes:
    """One whole frame. Raises BrokenFrame when it would be too large, ValueError, TypeError or OverflowError for content
    that msgpack cannot carry."""
    body: bytes = msgpack.packb(message, use_bin_type=True)
    if len(body) > LARGEST_FRAME_BYTES:
        raise BrokenFrame(f"a frame of {len(body)} bytes is too large; at most {LARGEST_FRAME_BYTES} are allowed")
    return LENGTH.pack(len(body)) + body


def send(connection: socket.socket, frame: bytes, deadline: float) -> None:
    """Raises TimeoutError when the other side does not read it in time, OSError when it is gone.

    Connections are blocking ones: a time limit would cost calls to the system for each piece, beside a search of a
    millisecond, so it is set for those pieces alone that have to be waited for.
    """
    try:
        sent = connection.send(frame, socket.MSG_DONTWAIT)
    except BlockingIOError:
        sent = 0
    if sent < len(frame):
        connection.settimeout(seconds_until(deadline))  # sendall holds it for all that is left
        connection.sendall(memoryview(frame)[sent:])
        connection.settimeout(None)  # after an error it is closed anyway


def receive(connection: socket.socket, deadline: float, begun: bytes = b"") -> Message:
    """The next message, complete before `deadline` (monotonic); `begun` are bytes of it that were read before.

    Raises TimeoutError, EndOfStream, BrokenFrame or OSError.
    """
    head = _receive_exactly(connection, LENGTH.size, deadline, begun)
    (size_bytes,) = LENGTH.unpack(head)
    if size_bytes > LARGEST_FRAME_BYTES:
        raise BrokenFrame(f"a frame of {size_bytes} bytes was announced; at most {LARGEST_FRAME_BYTES} are allowed")
    return unpack(_receive_exactly(connection, size_bytes, deadline, is_inside=True))


def _receive_exactly(
    connection: socket.socket, size_bytes: int, deadline: float, begun: bytes = b"", *, is_inside: bool = False
) -> bytearray:
    received = bytearray(begun)
    while len(received) < size_bytes:
        piece = _receive_some(connection, min(size_bytes - len(received), RECEIVE_BYTES), deadline)
        if not piece and not received and not is_inside:
            raise EndOfStream("it closed the connection")
        if not piece:
            raise BrokenFrame("the connection was closed in the middle of a frame")
        received += piece
    return received


def _receive_some(connection: socket.socket, most_bytes: int, deadline: float) -> bytes:
    try:
        return connection.recv(most_bytes, socket.MSG_DONTWAIT)
    except BlockingIOError:
        connection.settimeout(seconds_until(deadline))
        piece = connection.recv(most_bytes)
        connection.settimeout(None)
        return piece


def seconds_until(deadline: float) -> float:
    """Never 0: a socket would take that for "do not block". Raises TimeoutError once the deadline has passed."""
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("timed out")
    return left_s


def unpack(body: bytes | bytearray) -> Message:
    try:
        message = msgpack.unpackb(body, raw=False, strict_map_key=True)
    except (ValueError, msgpack.UnpackException) as error:  # includes nesting that is too deep
        raise BrokenFrame(f"not msgpack: {error}") from error
    if not isinstance(message, dict):
        raise BrokenFrame("not a map")
    return message


def pack_array(array: npt.ArrayLike, dtype: str) -> bytes:
    return np.ascontiguousarray(array, dtype).tobytes()


def unpack_floats(data: object) -> Vector:
    return _unpack_array(data, "<f4")


def unpack_ids(data: object) -> Ids:
    return _unpack_array(data, "<i8")


def _unpack_array(data: object, dtype: str) -> npt.NDArray[Any]:
    if not isinstance(data, bytes) or len(data) % np.dtype(dtype).itemsize:
        raise BrokenFrame(f"not an array of {dtype}")
    return np.frombuffer(data, dtype).astype(dtype[1:])


def pack_term(term: Term) -> list[Any]:
    match term:
        case TextTerm(text, weight):
            return ["text", text, float(weight)]
        case PictureTerm(data, weight):
            return ["picture", data, float(weight)]
        case VectorTerm(vector, weight):
            return ["vector", pack_array(vector, "<f4"), float(weight)]
        case MemeTerm(meme_id, weight):
            return ["meme", int(meme_id), float(weight)]


def unpack_terms(packed: object) -> list[Term]:
    if not isinstance(packed, list):
        raise BrokenFrame("terms must be a list")
    return [_unpack_term(item, position) for position, item in enumerate(packed)]


def _unpack_term(packed: object, position: int) -> Term:
    match packed:
        case ["text", str(text), float(weight)]:
            return TextTerm(text, weight)
        case ["picture", bytes(data), float(weight)]:
            return PictureTerm(data, weight)
        case ["vector", bytes(data), float(weight)]:
            return VectorTerm(unpack_floats(data), weight)
        case ["meme", int(meme_id), float(weight)]:
            return MemeTerm(meme_id, weight)
    raise BadTerm("no term looks like this", position)


def pack_terms(terms: Sequence[Term]) -> list[list[Any]]:
    return [pack_term(term) for term in terms]
