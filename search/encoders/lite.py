"""The encoder that needs no weights: what a picture says and what it looks like.

A vector has 512 dimensions: 384 of words (words.py), 96 of colour layout and 19 of named looks (looks.py), 12 spare
ones, and a last one that means "nothing was said". docs/encoders.md explains them to people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from search.encoders.base import Picture, Vectors
from search.encoders.looks import SIGNATURE_DIMS, describe
from search.encoders.palette import LOOKS, find_looks
from search.encoders.words import WORD_DIMS, embed_words, fold, tokenize, weigh

DIMS = 512
WORDS = slice(0, WORD_DIMS)
LAYOUT = slice(WORD_DIMS, WORD_DIMS + SIGNATURE_DIMS)
NAMED = slice(LAYOUT.stop, LAYOUT.stop + len(LOOKS))
NOTHING_SAID = DIMS - 1

# Shares of a picture's energy. Words are most of what a meme is about; without words the other two fill the vector.
_WORDS_SHARE = 0.55
_NAMED_SHARE = 0.27
_LAYOUT_SHARE = 0.18


class LiteEncoder:
    """The words found in a picture and its colours, light and shape, in one space with the words of a query."""

    spec: ClassVar[str] = "lite"
    name: ClassVar[str] = "lite (words and colours)"
    # Belongs to the numbers in words.py, palette.py, looks.py and here: change any of them, and this.
    revision: ClassVar[str] = "lite-1"
    dims: ClassVar[int] = DIMS
    reads_text: ClassVar[bool] = True

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return ``(len(texts), dims)``; a text without words points away from every picture."""
        return _stack([_encode_text(text) for text in texts])

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Return ``(len(pictures), dims)``; a picture without words is all looks."""
        return _stack([_encode_picture(picture) for picture in pictures])


def _encode_text(text: str) -> Vectors:
    """Look words count twice: as words, and as the look they name, with the weight of one word."""
    vector = np.zeros(DIMS, dtype=np.float32)
    tokens = tokenize(fold(text))
    words, _ = embed_words(tokens)
    looks = find_looks(tokens)
    vector[WORDS] = words * np.float32(math.sqrt(sum(weigh(token) ** 2 for token in set(tokens))))
    for look in set(looks):
        vector[NAMED.start + LOOKS.index(look)] = 1.0
    if not vector.any():
        vector[NOTHING_SAID] = 1.0
    return _unit(vector)


def _encode_picture(picture: Picture) -> Vectors:
    vector = np.zeros(DIMS, dtype=np.float32)
    words, said = embed_words(tokenize(fold(picture.text)))
    looks, layout = describe(picture.image)
    # A stray letter read out of a pattern must not drown the looks: less than one telling word counts less.
    vector[WORDS] = words * np.float32(math.sqrt(_WORDS_SHARE) * min(said, 1.0))
    vector[NAMED] = _unit(looks) * np.float32(math.sqrt(_NAMED_SHARE))
    vector[LAYOUT] = layout * np.float32(math.sqrt(_LAYOUT_SHARE))
    return _unit(vector)


def _unit(vector: Vectors) -> Vectors:
    scaled: Vectors = vector / np.linalg.norm(vector)
    return scaled


def _stack(rows: list[Vectors]) -> Vectors:
    return np.stack(rows).astype(np.float32) if rows else np.zeros((0, DIMS), dtype=np.float32)
