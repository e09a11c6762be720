"""What encoders and those who ask them say to each other over HTTP: msgpack, and vectors as 16-bit floats.

The protocol is the one of Meme Search Engine's embedding server: https://github.com/osmarks/meme-search-engine. `revision`,
`reads_text`, `image_text` and the header are additions that others pass over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

from search.encoders.base import Vectors

CONTENT_TYPE = "application/msgpack"
# On every answer: whoever asks notices that there is another model behind the address.
REVISION_HEADER = "X-Encoder-Revision"
MOST_BODY_BYTES = 2**26
MOST_BATCH = 64
MOST_DIMS = 4096
# Pictures need no more: encoders look at a few hundred pixels.
LONGEST_PX = 1024
SHORTEST_NORM = 1e-3


class BadMessage(Exception):
    """The other side said something that is not of this protocol; the message is a sentence."""


@dataclass(frozen=True)
class Config:
    """The answer to GET /config."""

    model: str
    batch: int
    dims: int
    revision: str
    reads_text: bool = False


def pack(value: object) -> bytes:
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


def unpack(data: bytes) -> Any:
    """Raises BadMessage for what is no msgpack."""
    try:
        return msgpack.unpackb(data)
    except (ValueError, TypeError, msgpack.UnpackException) as error:  # keys that cannot be hashed are TypeErrors
        raise BadMessage("this is not msgpack") from error


def read_config(data: bytes) -> Config:
    """Raises BadMessage. A server without a revision is known by its model's name and length of vectors."""
    said = unpack(data)
    if not isinstance(said, dict) or not isinstance(said.get("model"), str):
        raise BadMessage("its configuration names no model")
    batch, dims = said.get("batch"), said.get("embedding_size")
    if type(batch) is not int or batch < 1 or type(dims) is not int or not 1 <= dims <= MOST_DIMS:
        raise BadMessage("its configuration says neither how many it takes at once nor how long its vectors are")
    revision = said.get("revision") or f"{said['model']} {dims}"
    if not isinstance(revision, str):
        raise BadMessage("its revision is no text")
    return Config(said["model"], min(batch, MOST_BATCH), dims, revision, bool(said.get("reads_text")))


def pack_vectors(vectors: Vectors) -> bytes:
    """vectors (n, dims) float32 -> one string of little-endian 16-bit floats for each."""
    return pack([row.tobytes() for row in vectors.astype("<f2")])


def unpack_vectors(data: bytes, count: int, dims: int) -> Vectors:
    """(count, dims) float32 of unit norm; raises BadMessage for another count or length, and for what is not finite."""
    rows = unpack(data)
    if not isinstance(rows, list) or len(rows) != count:
        raise BadMessage(f"it did not answer with {count} vectors")
    if not all(isinstance(row, bytes) and len(row) == 2 * dims for row in rows):
        raise BadMessage(f"its vectors do not have {dims} numbers")
    vectors = np.frombuffer(b"".join(rows), "<f2").reshape(count, dims).astype(np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not math.isfinite(float(norms.sum())) or (count and float(norms.min()) < SHORTEST_NORM):
        raise BadMessage("its vectors hold what is no number, or point nowhere")
    unit: Vectors = vectors / norms
    return unit
