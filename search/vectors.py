"""Vectors as numpy arrays: the one place where pgvector's types are converted."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import BinaryField, Func
from pgvector import HalfVector

Vector = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


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


# What a binary COPY begins and ends with: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4
COPY_BEGIN, COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
COPY = "COPY search_embedding (space_id, meme_id, frame, vector) FROM STDIN (FORMAT binary)"


def copy_in(space_id: int, memes: Ids, block: npt.NDArray[np.floating], frames: Ids | int = 0) -> None:
    """Write vectors that are not there: memes (n,), block (n, dims) of unit norm, any float. Raises IntegrityError."""
    if not len(memes):
        return
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(COPY) as copying:
        for piece in (COPY_BEGIN, copied(space_id, memes, block, frames), COPY_END):
            copying.write(piece)


def copied(space_id: int, memes: Ids, block: npt.NDArray[np.floating], frames: Ids | int = 0) -> bytes:
    """Rows of `COPY`, for `copy_in`: a count of fields, then each with its size before it."""
    dims = block.shape[1]
    record = np.dtype(
        [
            ("fields", ">i2"), ("space_size", ">i4"), ("space", ">i8"), ("meme_size", ">i4"), ("meme", ">i8"),
            ("frame_size", ">i4"), ("frame", ">i2"), ("vector_size", ">i4"), ("dims", ">i2"), ("unused", ">i2"),
            ("vector", ">f2", (dims,)),
        ]
    )  # fmt: skip
    rows = np.zeros(len(block), record)
    rows["fields"], rows["space_size"], rows["meme_size"], rows["frame_size"] = 4, 8, 8, 2
    rows["space"], rows["meme"], rows["frame"] = space_id, memes, frames
    rows["vector_size"], rows["dims"], rows["vector"] = 4 + 2 * dims, dims, block
    return rows.tobytes()


def halves(packed: bytes) -> Vector:
    """(dims,) float32 of one `Packed` vector."""
    return np.asarray(unpacked([packed], len(packed) // 2 - 2)[0], np.float32)


def combine(vectors: Sequence[Vector], weights: Sequence[float]) -> Vector:
    """The weighted sum of unit vectors, scaled to unit norm again; zero when they cancel out. Shapes (dims,)."""
    total = sum((weight * vector for vector, weight in zip(vectors, weights, strict=True)), np.zeros_like(vectors[0]))
    norm = float(np.linalg.norm(total))
    return total if norm == 0.0 else total / np.float32(norm)
