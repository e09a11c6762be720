"""An encoder on another machine: the server, whoever asks it, and what either does when the other talks rubbish."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import ClassVar

import httpx
import msgpack
import numpy as np
import pytest
from PIL import Image

from search.encoders import EncoderAway, EncoderError, Picture, load
from search.encoders.lite import LiteEncoder
from search.encoders.serving import EncoderServer
from tests.drawing import drawing, encoded
from tests.search.encoders.listening import answering, running, serving
from tests.search.encoders.promises import PICTURES, TEXTS, assert_keeps_its_promises

# What the original's server says: it knows of no revision.
CONFIG = {"model": "ViT-SO400M-14-SigLIP-384", "batch": 2, "image_size": [384, 384], "embedding_size": 3}


@pytest.fixture
def url() -> Iterator[str]:
    with serving(LiteEncoder()) as address:
        yield address


def test_a_remote_encoder_keeps_the_promises_and_is_the_same_as_the_one_behind_it(url: str) -> None:
    here, there = LiteEncoder(), load(f"remote:{url}/")
    assert_keeps_its_promises(there)
    assert (there.spec, there.revision, there.dims) == (f"remote:{url}/", here.revision, here.dims)
    assert there.reads_text
    np.testing.assert_allclose(there.encode_texts(TEXTS), here.encode_texts(TEXTS), atol=1e-3)
    np.testing.assert_allclose(there.encode_pictures(PICTURES), here.encode_pictures(PICTURES), atol=1e-3)


def test_more_than_the_server_takes_at_once_goes_in_batches(url: str) -> None:
    texts = [f"cat number {number}" for number in range(150)]
    vectors = load(f"remote:{url}").encode_texts(texts)
    np.testing.assert_allclose(vectors, LiteEncoder().encode_texts(texts), atol=1e-3)


def test_the_server_speaks_the_original_protocol(url: str) -> None:
    """As the original's backend asks: a BMP, and maps whose only key is `text` or `images`."""
    assert httpx.get(f"{url}/").status_code == 204
    config = msgpack.unpackb(httpx.get(f"{url}/config").content)
    assert config["embedding_size"] == 512
    assert config["batch"] == 64
    assert len(config["image_size"]) == 2
    picture = drawing("red")
    answer = httpx.post(url, content=msgpack.packb({"images": [encoded(picture, "BMP")]}))
    assert answer.headers["Content-Type"] == "application/msgpack"
    (row,) = msgpack.unpackb(answer.content)
    wanted = LiteEncoder().encode_pictures([Picture(picture)])[0]
    np.testing.assert_allclose(np.frombuffer(row, "<f2"), wanted, atol=1e-3)
    rows = msgpack.unpackb(httpx.post(url, content=msgpack.packb({"text": ["red", "cat"]})).content)
    assert [len(row) for row in rows] == [1024, 1024]


REFUSED = {
    "rubbish": (b"\xc1 rubbish", 400),
    "nothing": (b"", 400),
    "a list": (msgpack.packb([1]), 400),
    "neither text nor images": (msgpack.packb({"sound": ["x"]}), 400),
    "numbers for texts": (msgpack.packb({"text": [1]}), 400),
    "one text": (msgpack.packb({"text": "cat"}), 400),
    "too many texts": (msgpack.packb({"text": ["cat"] * 65}), 400),
    "no picture": (msgpack.packb({"images": [b"GIF89a"]}), 422),
    "other counts": (msgpack.packb({"images": [b"x"], "image_text": ["a", "b"]}), 400),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_makes_no_sense_is_refused_with_a_sentence(name: str, url: str) -> None:
    body, status = REFUSED[name]
    answer = httpx.post(url, content=body)
    assert answer.status_code == status
    assert len(msgpack.unpackb(answer.content)) > 10
    assert httpx.get(f"{url}/config").status_code == 200


def test_a_body_that_is_too_large_is_refused_before_it_is_read(url: str) -> None:
    with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0), timeout=10) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in connection.recv(4096)


def test_a_server_without_a_revision_is_known_by_its_model_and_dims() -> None:
    half = np.array([3, 0, 4], "<f2").tobytes()

    def original(asked: str, body: bytes) -> tuple[int, bytes]:
        if asked == "GET /config":
            return 200, msgpack.packb(CONFIG)
        given = msgpack.unpackb(body)
        assert set(given) == {"images"}, "words are sent to those alone that read them"
        return 200, msgpack.packb([half] * len(given["images"]))

    with answering(original) as address:
        encoder = load(f"remote:{address}")
        assert encoder.revision == "ViT-SO400M-14-SigLIP-384 3"
        pictures = [Picture(Image.new("RGB", (3000, 20)), "words")] * 5
        np.testing.assert_allclose(encoder.encode_pictures(pictures), [[0.6, 0, 0.8]] * 5, atol=1e-6)


ANSWERS = {
    "another count": (200, msgpack.packb([b"\0\x3c" * 3] * 3), "2 vectors"),
    "other dims": (200, msgpack.packb([b"\0\x3c" * 4] * 2), "3 numbers"),
    "no numbers": (200, msgpack.packb([b"\0\x7e" * 3] * 2), "no number"),
    "infinity": (200, msgpack.packb([b"\0\x7c" * 3] * 2), "no number"),
    "zeros": (200, msgpack.packb([bytes(6)] * 2), "point nowhere"),
    "texts": (200, msgpack.packb(["cat", "dog"]), "3 numbers"),
    "rubbish": (200, b"<html>", "2 vectors|msgpack"),
    "too much": (200, bytes(100_000), "more than was asked for"),
    "a fault": (500, msgpack.packb("out of memory"), "out of memory"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_makes_no_sense_is_an_error_with_a_sentence(name: str) -> None:
    status, said, reason = ANSWERS[name]
    with answering(lambda asked, _: (200, msgpack.packb(CONFIG)) if asked == "GET /config" else (status, said)) as url:
        encoder = load(f"remote:{url}")
        with pytest.raises(EncoderError, match=reason) as raised:
            encoder.encode_texts(["cat", "dog"])
        assert not isinstance(raised.value, EncoderAway), "asked again, it would say the same"


@pytest.mark.parametrize("said", [b"<html>", msgpack.packb([]), msgpack.packb({**CONFIG, "embedding_size": 10**9})])
def test_an_address_with_something_else_behind_it_is_no_encoder(said: bytes) -> None:
    with answering(lambda *_: (200, said)) as url, pytest.raises(EncoderError, match="no embedding server"):
        load(f"remote:{url}")


def test_a_server_that_is_away_is_said_to_be() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # nobody listens there
        with pytest.raises(EncoderAway, match="does not answer"):
            load(f"remote:http://127.0.0.1:{unused.getsockname()[1]}")


def test_a_busy_server_is_asked_again() -> None:
    statuses = iter([503, 200])
    with answering(lambda *_: (next(statuses), msgpack.packb(CONFIG))) as url:
        assert load(f"remote:{url}").dims == 3


def test_nobody_waits_for_a_server_that_did_not_answer_a_moment_ago() -> None:
    asked: list[str] = []

    def busy(request: str, _: bytes) -> tuple[int, bytes]:
        asked.append(request)
        return (200, msgpack.packb(CONFIG)) if request == "GET /config" else (503, b"")

    with answering(busy) as url:
        encoder = load(f"remote:{url}")
        with pytest.raises(EncoderAway, match="it is busy"):
            encoder.encode_texts(["cat"])
        with pytest.raises(EncoderAway, match="a moment ago"):
            encoder.encode_texts(["cat"])
    assert asked == ["GET /config", *["POST /"] * 3]


class Retrained(LiteEncoder):
    """The same address, another model."""

    revision: ClassVar[str] = "lite-2"


def test_vectors_of_another_model_at_the_same_address_are_refused() -> None:
    server = EncoderServer(("127.0.0.1", 0), LiteEncoder())
    with running(server) as url:
        encoder = load(f"remote:{url}")
        encoder.encode_texts(["cat"])
        server.encoder = Retrained()
        with pytest.raises(EncoderAway, match="another model now, lite-2 instead of lite-1"):
            encoder.encode_texts(["cat"])
