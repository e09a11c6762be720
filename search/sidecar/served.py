"""One embedding space with what it takes to answer in it: its encoder and its index."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from search.encoders import Encoder, Picture
from search.sidecar.coded import CodedIndex
from search.sidecar.index import ExactIndex, Frames
from search.sidecar.sample import Sample
from search.sidecar.terms import Background, Vector
from search.sidecar.together import CACHED_PICTURES, CACHED_TEXTS, Together

Index = ExactIndex | CodedIndex


@dataclass(frozen=True)
class Space:
    """An embedding space as Postgres has it."""

    id: int
    encoder: str  # the spec that the encoder is loaded by
    revision: str
    dims: int


class Served:
    """Encodes one batch at a time. `index` may be followed by one of another form; a request keeps the one it has."""

    def __init__(self, space: Space, encoder: Encoder, index: Index) -> None:
        self.space = space
        self.encoder = encoder
        self.index = index
        self._sample = Sample(index)
        self._changing = threading.Lock()
        encoding = threading.Lock()
        self._texts = Together[str](encoder.encode_texts, encoding, remembered=CACHED_TEXTS)
        self._pictures = Together[Picture](encoder.encode_pictures, encoding, remembered=CACHED_PICTURES)

    def apply(self, changes: Mapping[int, Frames]) -> None:
        """Give each meme exactly these frames in whichever index serves now. Safe to repeat."""
        with self._changing:
            self.index.apply(changes)
            self._sample.follow(self.index, changes)

    def succeed(self, old: Index, new: Index, watch: set[int]) -> None:
        """Let `new`, a copy of `old`, take its place, once it has what changed in `old` since the `watch` began."""
        with self._changing:
            new.apply({meme_id: old.frames_of(meme_id) for meme_id in old.end_watch(watch)})
            new.version = old.version + 1  # whoever saved the old one has to save this one
            self.index = new

    def background(self, query: Vector) -> Background:
        """How `query`, (dims,), scores with a sample that stays the same while its vectors do."""
        return self._sample.background(query, self.index.meme_count)

    def encode_text(self, text: str) -> Vector:
        return self._texts.of(text, text)

    def known_picture(self, data: bytes) -> Vector | None:
        """The vector of a picture that was encoded lately, by its file."""
        return self._pictures.known(sha256(data).digest())

    def encode_picture(self, data: bytes, picture: Picture) -> Vector:
        """And of one that was not; `data` is its file. One search looks more than once, and its pages and sliders again."""
        return self._pictures.of(sha256(data).digest(), picture)
