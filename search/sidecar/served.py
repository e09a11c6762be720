"""One embedding space with what it takes to answer in it: its encoder and its index."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from search.encoders import Encoder, Picture
from search.sidecar.index import ExactIndex
from search.sidecar.terms import Vector

# 768 floats each: 12 MB.
CACHED_TEXTS = 4096


@dataclass(frozen=True)
class Space:
    """An embedding space as Postgres has it."""

    id: int
    encoder: str  # the spec that the encoder is loaded by
    revision: str
    dims: int


class Served:
    """Remembers the vectors of the texts asked for last; encodes one thing at a time: encoders need not be thread-safe."""

    def __init__(self, space: Space, encoder: Encoder, index: ExactIndex) -> None:
        self.space = space
        self.encoder = encoder
        self.index = index
        self._encoding = threading.Lock()
        self._texts: OrderedDict[str, Vector] = OrderedDict()
        self._texts_lock = threading.Lock()

    def encode_text(self, text: str) -> Vector:
        with self._texts_lock:
            vector = self._texts.get(text)
            if vector is not None:
                self._texts.move_to_end(text)
                return vector
        with self._encoding:
            vector = self.encoder.encode_texts([text]).reshape(-1)
        with self._texts_lock:
            self._texts[text] = vector
            while len(self._texts) > CACHED_TEXTS:
                self._texts.popitem(last=False)
        return vector

    def encode_picture(self, picture: Picture) -> Vector:
        with self._encoding:
            return self.encoder.encode_pictures([picture]).reshape(-1)
