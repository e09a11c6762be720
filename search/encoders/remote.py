"""An encoder on another machine, such as one with a GPU that serves many sites."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import numpy as np
from PIL import Image

from search.encoders import protocol
from search.encoders.base import EncoderAway, EncoderError, Picture, Vectors
from search.encoders.protocol import BadMessage

CONNECT_S = 3.0
# For an answer, and for each of its vectors: a ViT-B takes half a second for a picture on a CPU.
ANSWER_S, EACH_S = 5.0, 1.5
PAUSES_S = (0.2, 1.0)  # before it is tried again
# So long nobody is made to wait for a server that did not answer: searches have something else to fall back on.
REST_S = 5.0
BUSY = frozenset({429, 502, 503, 504})
# Of one request: half of what servers take, for the last picture comes on top.
BATCH_BYTES = protocol.MOST_BODY_BYTES // 2
MOST_CONFIG_BYTES = 100_000


class RemoteEncoder:
    """What the server behind an address answers. It belongs to the model that was there first: another one is refused.

    Vectors travel as 16-bit floats, so they differ from those of the same encoder here by a few parts in ten thousand.
    """

    def __init__(self, url: str, *, spec: str) -> None:
        self._url = url
        self._client = httpx.Client(trust_env=False, follow_redirects=False)
        self._resting_until = 0.0  # monotonic
        try:
            config = protocol.read_config(self._ask("GET", "/config"))
        except BadMessage as error:
            raise EncoderError(f"{url} is no embedding server: {error}.") from error
        self.spec = spec
        self.name = f"{config.model} at {httpx.URL(url).host}"
        self.revision = config.revision
        self.dims = config.dims
        self.reads_text = config.reads_text
        self._batch = config.batch

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return ``(len(texts), dims)``; raises EncoderAway when nobody answers or another model would, EncoderError when the
        answer makes no sense."""
        batches = [list(texts[start : start + self._batch]) for start in range(0, len(texts), self._batch)]
        return self._join([self._vectors({"text": batch}, len(batch)) for batch in batches])

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Return ``(len(pictures), dims)``; raises what `encode_texts` raises."""
        return self._join([self._vectors(asked, len(asked["images"])) for asked in self._requests(pictures)])

    def _requests(self, pictures: Sequence[Picture]) -> Iterator[dict[str, list[Any]]]:
        files: list[bytes] = []
        words: list[str] = []
        for picture in pictures:
            files.append(_bitmap(picture.image))
            words.append(picture.text)
            if len(files) == self._batch or sum(map(len, files)) >= BATCH_BYTES:
                yield self._request(files, words)
                files, words = [], []
        if files:
            yield self._request(files, words)

    def _request(self, files: list[bytes], words: list[str]) -> dict[str, list[Any]]:
        return {"images": files, **({"image_text": words} if self.reads_text else {})}

    def _vectors(self, asked: dict[str, list[Any]], count: int) -> Vectors:
        try:
            answer = self._ask("POST", "/", protocol.pack(asked), count)
            return protocol.unpack_vectors(answer, count, self.dims)
        except BadMessage as error:
            raise EncoderError(f"The embedding server {self._url} cannot be used: {error}.") from error

    def _join(self, batches: list[Vectors]) -> Vectors:
        return np.concatenate(batches) if batches else np.zeros((0, self.dims), dtype=np.float32)

    def _ask(self, method: str, path: str, body: bytes = b"", count: int = 0) -> bytes:
        """Tried again while nobody is there or the server is busy; not after it kept us waiting."""
        if time.monotonic() < self._resting_until:
            raise EncoderAway(f"The embedding server {self._url} did not answer a moment ago.")
        pauses_s = iter(PAUSES_S)
        while True:
            try:
                return self._ask_once(method, path, body, count)
            except (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError, _Busy) as error:
                pause_s = next(pauses_s, None)
                if pause_s is None:
                    raise self._away(error) from error
                time.sleep(pause_s)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise self._away(error) from error

    def _away(self, error: Exception) -> EncoderAway:
        self._resting_until = time.monotonic() + REST_S
        return EncoderAway(f"The embedding server {self._url} does not answer: {str(error) or type(error).__name__}")

    def _ask_once(self, method: str, path: str, body: bytes, count: int) -> bytes:
        timeout = httpx.Timeout(ANSWER_S + EACH_S * count, connect=CONNECT_S)
        headers = {"Content-Type": protocol.CONTENT_TYPE} if body else {}
        with self._client.stream(method, self._url + path, content=body, headers=headers, timeout=timeout) as answer:
            if answer.status_code in BUSY:
                raise _Busy(f"it is busy ({answer.status_code})")
            data = _read(answer, self._most_bytes(count) if answer.status_code == 200 else MOST_CONFIG_BYTES)
            if answer.status_code != 200:
                raise BadMessage(f"it refuses ({answer.status_code}): {_reason(data)}")
            self._check_revision(answer.headers.get(protocol.REVISION_HEADER))
        return data

    def _most_bytes(self, count: int) -> int:
        return count * (2 * self.dims + 16) + 16 if count else MOST_CONFIG_BYTES

    def _check_revision(self, revision: str | None) -> None:
        known = getattr(self, "revision", revision)
        if revision is not None and revision != known:
            reason = f"has another model now, {revision} instead of {known}; restart this site to use it"
            raise EncoderAway(f"The embedding server {self._url} {reason}.")


class _Busy(Exception):
    """The server is there and asks for patience."""


def _read(answer: httpx.Response, most_bytes: int) -> bytes:
    data = bytearray()
    for piece in answer.iter_bytes():
        data += piece
        if len(data) > most_bytes:
            raise BadMessage("it answers with more than was asked for")
    return bytes(data)


def _reason(data: bytes) -> str:
    try:
        return str(protocol.unpack(data))[:200]
    except BadMessage:
        return data[:200].decode("utf-8", "replace")


def _bitmap(image: Image.Image) -> bytes:
    """Lossless, so that the same picture gets the same vector, and not packed: a PNG takes longer to write and read than a
    local network takes for the difference. Shrunk when it is much larger than any encoder looks at."""
    small = image.copy()
    small.thumbnail((protocol.LONGEST_PX, protocol.LONGEST_PX))
    written = io.BytesIO()
    small.save(written, "BMP")
    return written.getvalue()
