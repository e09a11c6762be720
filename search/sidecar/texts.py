"""The vectors of texts: the last ones are remembered, and those asked for at once are encoded together."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import islice
from typing import Protocol

from search.sidecar.terms import Vector

# 768 floats each: 12 MB.
CACHED_TEXTS = 4096
# One batch of 16 takes a text tower about as long as three single texts.
MOST_TOGETHER = 16


class TextEncoder(Protocol):
    def encode_texts(self, texts: Sequence[str]) -> Vector:
        """(len(texts), dims)"""


class TextVectors:
    """Any number of threads may ask; `encoding` is held while the encoder, which need not be thread-safe, is at work."""

    def __init__(self, encoder: TextEncoder, encoding: threading.Lock) -> None:
        self._encoder = encoder
        self._encoding = encoding
        self._known: OrderedDict[str, Vector] = OrderedDict()
        self._waiting: dict[str, Future[Vector]] = {}
        self._lock = threading.Lock()

    def of(self, text: str) -> Vector:
        """(dims,). Raises whatever the encoder raises for this text."""
        with self._lock:
            vector = self._known.get(text)
            if vector is not None:
                self._known.move_to_end(text)
                return vector
            waiting = self._waiting.setdefault(text, Future())
        while not waiting.done():
            with self._encoding:
                self._encode_waiting()
        return waiting.result()

    def _encode_waiting(self) -> None:
        with self._lock:
            texts = list(islice(self._waiting, MOST_TOGETHER))
        if not texts:
            return
        try:
            vectors = list(self._encoder.encode_texts(texts))
        except Exception:  # noqa: BLE001 - told to whoever asked, below
            for text in texts:  # one text that cannot be encoded must not cost the others their answer
                self._encode_alone(text)
            return
        for text, vector in zip(texts, vectors, strict=True):
            self._settle(text, vector)

    def _encode_alone(self, text: str) -> None:
        try:
            self._settle(text, self._encoder.encode_texts([text])[0])
        except Exception as error:  # noqa: BLE001 - raised again where it was asked
            with self._lock:
                self._waiting.pop(text).set_exception(error)

    def _settle(self, text: str, vector: Vector) -> None:
        vector = vector.copy()  # a view would keep the whole batch in memory
        with self._lock:
            self._known[text] = vector
            while len(self._known) > CACHED_TEXTS:
                self._known.popitem(last=False)
            self._waiting.pop(text).set_result(vector)
