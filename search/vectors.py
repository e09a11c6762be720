"""Vectors as numpy arrays: the one place where pgvector's types are converted."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from django.db.models import BinaryField, Func
from pgvector import HalfVector

Vector = npt.NDArray[np.float32]


def to_array(value: object) -> Vector:
    """A database vector, whichever form the driver gave it, as float32 of shape (dims,)."""
    if isinstance(value, HalfVector):
        value = value.to_list()
    return np.asarray(value, dtype=np.float32)


class Packed(Func):
    """A vector of the database as pgvector sends it, for `unpacked`: reading many as text takes ten times as long."""

    function = "halfvec_send"
    output_field = BinaryField()


def unpacked(rows: Sequence[bytes], dims: int) -> Vector:
    """(n, dims) float32 of `Packed` vectors: 16-bit numbers, big end first, after their count and a field of no use."""
    halves = np.frombuffer(b"".join(rows), ">f2").reshape(len(rows), 2 + dims)
    return halves[:, 2:].astype(np.float32)


def combine(vectors: Sequence[Vector], weights: Sequence[float]) -> Vector:
    """The weighted sum of unit vectors, scaled to unit norm again; zero when they cancel out. Shapes (dims,)."""
    total = sum((weight * vector for vector, weight in zip(vectors, weights, strict=True)), np.zeros_like(vectors[0]))
    norm = float(np.linalg.norm(total))
    return total if norm == 0.0 else total / np.float32(norm)
