"""An encoder over HTTP, for sites and programs on other machines: GET /config, and POST / with texts or pictures."""

from __future__ import annotations

import io
import logging
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any

from search.encoders import protocol
from search.encoders.base import Encoder, Picture, Vectors
from search.encoders.protocol import BadMessage
from search.media import BadMedia, Limits, load

log = logging.getLogger(__name__)

BODY_S = 60.0
PIECE_BYTES = 2**20
IDLE_S = 30.0  # then a connection on which nothing comes is closed
WAIT_S = 30.0  # so long a request waits for its turn before it is told that the server is busy
# Requests that are read or encoded; each may hold MOST_BODY_BYTES and its pictures.
AT_ONCE = 4
LONGEST_TEXT = 10_000  # characters; models read a few hundred
LIMITS = Limits(pixels=16_000_000, frame_pixels=16_000_000, size_bytes=protocol.MOST_BODY_BYTES)
# What the protocol's other clients shrink pictures to before they send them; encoders then go on by themselves.
IMAGE_SIZE = (512, 512)


class Refused(Exception):
    """A request that is not answered, with its status and a sentence."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class EncoderServer(ThreadingMixIn, TCPServer):
    """Serves one encoder, which encodes one batch at a time. `serve_forever` and `shutdown` as of any server."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], encoder: Encoder) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.encoder = encoder
        self.encoding = threading.Lock()
        self.turns = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(address, _Requests)

    def config(self) -> bytes:
        return protocol.pack(
            {
                "model": self.encoder.name,
                "batch": protocol.MOST_BATCH,
                "image_size": IMAGE_SIZE,
                "embedding_size": self.encoder.dims,
                "revision": self.encoder.revision,
                "reads_text": self.encoder.reads_text,
            }
        )

    def encode(self, body: bytes) -> bytes:
        """Raises Refused."""
        try:
            asked = protocol.unpack(body)
        except BadMessage as error:
            raise Refused(400, str(error)) from error
        if not isinstance(asked, dict):
            raise Refused(400, "a map with text or images was expected")
        if asked.get("text"):
            texts = _texts(asked["text"])
            return self._packed(lambda: self.encoder.encode_texts(texts))
        if asked.get("images"):
            pictures = _pictures(asked["images"], asked.get("image_text"))
            return self._packed(lambda: self.encoder.encode_pictures(pictures))
        raise Refused(400, "images or text required")

    def _packed(self, encode: Callable[[], Vectors]) -> bytes:
        with self.encoding:
            return protocol.pack_vectors(encode())


class _Requests(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    # An answer in one piece, sent at once: else each waits 40 ms for the other side to acknowledge its head.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: EncoderServer

    def do_GET(self) -> None:
        if self.path == "/config":
            self._send(200, self.server.config())
        elif self.path == "/":
            self._send(204, b"")
        else:
            self._send(404, protocol.pack("there is nothing here"))

    def do_POST(self) -> None:
        if not self.server.turns.acquire(timeout=WAIT_S):
            self._refuse(Refused(503, "too many ask at once; try again"))
            return
        try:
            self._send(200, self.server.encode(self._body()))
        except Refused as refused:
            self._refuse(refused)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception:
            log.exception("a batch could not be encoded")
            self._refuse(Refused(500, "the encoder failed; its log has more"))
        finally:
            self.server.turns.release()

    def _body(self) -> bytes:
        if self.path != "/":
            raise Refused(404, "there is nothing here")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise Refused(411, "the length of the request has to be told")
        if len(length) > 12 or int(length) > protocol.MOST_BODY_BYTES:
            raise Refused(413, f"at most {protocol.MOST_BODY_BYTES} bytes are taken at once")
        return self._read(int(length))

    def _read(self, size_bytes: int) -> bytes:
        """Whoever sends drop by drop loses their turn."""
        deadline, body = time.monotonic() + BODY_S, bytearray()
        while len(body) < size_bytes:
            piece = self.rfile.read1(min(size_bytes - len(body), PIECE_BYTES))
            if not piece:
                raise ConnectionResetError("it ended in the middle of a request")
            if time.monotonic() > deadline:
                raise Refused(408, f"a request has to arrive within {BODY_S:g} seconds")
            body += piece
        return bytes(body)

    def _refuse(self, refused: Refused) -> None:
        self.close_connection = True  # what it still sends would be taken for another request
        self._send(refused.status, protocol.pack(str(refused)))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header(protocol.REVISION_HEADER, self.server.encoder.revision)
        if status != 204:
            self.send_header("Content-Type", protocol.CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)


def _listed(given: object, kind: type) -> list[Any]:
    if not isinstance(given, list) or not all(isinstance(one, kind) for one in given):
        raise Refused(400, f"a list of {kind.__name__} was expected")
    if len(given) > protocol.MOST_BATCH:
        raise Refused(400, f"max batch size is {protocol.MOST_BATCH}")
    return given


def _texts(given: object) -> list[str]:
    return [text[:LONGEST_TEXT] for text in _listed(given, str)]


def _pictures(given: object, words: object) -> list[Picture]:
    files = _listed(given, bytes)
    texts = _texts(words) if words else [""] * len(files)
    if len(texts) != len(files):
        raise Refused(400, "as many image_text as images were expected")
    return [Picture(_decoded(file, number), text) for number, (file, text) in enumerate(zip(files, texts, strict=True))]


def _decoded(file: bytes, number: int) -> Any:
    try:
        return load(io.BytesIO(file), longest_px=protocol.LONGEST_PX, limits=LIMITS)
    except BadMedia as error:
        raise Refused(422, f"image {number}: {error.reason}") from error
