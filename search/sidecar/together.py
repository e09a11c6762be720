"""Vectors of texts and pictures: the last ones are remembered, and those asked for at once are encoded together."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from search.sidecar.terms import Vector

# 768 floats each: 12 MB.
CACHED_TEXTS = 4096
CACHED_PICTURES = 64
# One batch of 16 takes a text tower about as long as three single texts.
MOST_TOGETHER = 16

Asked = TypeVar("Asked")


@dataclass
class _Waiting(Generic[Asked]):
    asked: Asked
    vector: Future[Vector]


class Together(Generic[Asked]):
    """Any number of threads may ask; `encoding` is held while the encoder, which need not be thread-safe, is at work."""

    def __init__(
        self, encode: Callable[[Sequence[Asked]], Vector], encoding: threading.Lock, *, remembered: int
    ) -> None:
        """encode: n texts or pictures -> (n, dims). The vectors of the `remembered` that were asked for last are kept."""
        self._encode = encode
        self._encoding = encoding
        self._remembered = remembered
        self._known: OrderedDict[Hashable, Vector] = OrderedDict()
        self._waiting: dict[Hashable, _Waiting[Asked]] = {}
        self._lock = threading.Lock()

    def known(self, key: Hashable) -> Vector | None:
        with self._lock:
            vector = self._known.get(key)
            if vector is not None:
                self._known.move_to_end(key)
            return vector

    def of(self, key: Hashable, asked: Asked) -> Vector:
        """(dims,), of what is the same whenever `key` is. Raises whatever the encoder raises for it."""
        vector = self.known(key)
        if vector is not None:
            return vector
        with self._lock:
            waiting = self._waiting.setdefault(key, _Waiting(asked, Future()))
        while not waiting.vector.done():
            with self._encoding:
                self._encode_waiting()
        return waiting.vector.result()

    def _encode_waiting(self) -> None:
        with self._lock:
            batch = dict(islice(self._waiting.items(), MOST_TOGETHER))
        if not batch:
            return
        try:
            vectors = list(self._encode([waiting.asked for waiting in batch.values()]))
        except Exception:  # noqa: BLE001 - told to whoever asked, below
            for key, waiting in batch.items():  # one that cannot be encoded must not cost the others their answer
                self._encode_alone(key, waiting)
            return
        for key, vector in zip(batch, vectors, strict=True):
            self._settle(key, vector)

    def _encode_alone(self, key: Hashable, waiting: _Waiting[Asked]) -> None:
        try:
            self._settle(key, self._encode([waiting.asked])[0])
        except Exception as error:  # noqa: BLE001 - raised again where it was asked
            with self._lock:
                self._waiting.pop(key).vector.set_exception(error)

    def _settle(self, key: Hashable, vector: Vector) -> None:
        vector = vector.copy()  # a view would keep the whole batch in memory
        with self._lock:
            self._known[key] = vector
            while len(self._known) > self._remembered:
                self._known.popitem(last=False)
            self._waiting.pop(key).vector.set_result(vector)
