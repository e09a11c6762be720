"""A library of as many memes as are wanted, written into the site's own tables: titles, words, vectors, no pictures."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
from psycopg import sql

from search.sidecar.terms import Vector
from tests.search.sidecar.mixture import Mixture

BLOCK_ROWS = 20_000
WORDS = 8_000
SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ka",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "se",
    "ti",
    "vo",
    "zu",
    "shi",
    "tro",
    "pla",
)
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
MEME_COLUMNS = (
    "id", "sha256", "state", "title", "kind", "format", "width", "height", "duration_ms", "size_bytes", "has_sound",
    "is_stored", "derived_at", "has_preview", "frame_count", "phash", "color", "text_read_at", "text", "text_boxes",
    "is_nsfw", "dated_at", "created_at",
)  # fmt: skip
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)


@dataclass(frozen=True)
class Encoder:
    """Whose vectors they are taken for."""

    spec: str
    revision: str
    dims: int


def fill(url: str, memes: int, encoder: Encoder) -> Vector:
    """Memes 1 to `memes` with one vector each in a space that is active; returns the vectors (memes, dims) float32.

    In one transaction, so that whoever follows the database sees nothing or everything. Triggers work as always.
    """
    mixture = Mixture(dims=encoder.dims, clusters=1000)
    vectors = np.empty((memes, encoder.dims), np.float32)
    with psycopg.connect(url) as connection:
        with connection.cursor().copy(_copy("search_meme", MEME_COLUMNS)) as copy:
            for row in rows(memes):
                copy.write_row(row)
        space_id = _add_space(connection, encoder)
        with connection.cursor().copy(_copy_vectors()) as copy:
            copy.write(HEADER)
            for start in range(0, memes, BLOCK_ROWS):
                block = mixture.draw(min(BLOCK_ROWS, memes - start), start + 1)
                vectors[start : start + len(block)] = block
                copy.write(_records(space_id, start + 1, block))
            copy.write(b"\xff\xff")
        connection.execute("select setval('search_meme_id_seq', %s)", [memes])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze search_meme, search_embedding")
    return vectors


def vocabulary() -> list[str]:
    """Made-up words, the common ones first."""
    chance = random.Random(0)
    return list(dict.fromkeys("".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(WORDS)))


def phrase(chance: random.Random, words: list[str], length: int) -> str:
    """Common words more often than rare ones."""
    return " ".join(words[int(len(words) * chance.random() ** 3)] for _ in range(length))


def rows(memes: int) -> Iterator[tuple[object, ...]]:
    """Along MEME_COLUMNS: one in twelve is a clip, two thirds have words in them."""
    chance, words = random.Random(1), vocabulary()
    for meme_id in range(1, memes + 1):
        is_clip = meme_id % 12 == 0
        width, height = chance.randint(300, 2000), chance.randint(300, 2000)
        at = FIRST_DAY + timedelta(minutes=meme_id)
        text = phrase(chance, words, chance.randint(3, 20)) if chance.random() < 2 / 3 else ""
        yield (
            meme_id, f"{chance.getrandbits(256):064x}", "active", phrase(chance, words, chance.randint(2, 6)),
            "video" if is_clip else "image", "mp4" if is_clip else "jpeg", width, height, 9000 if is_clip else None,
            chance.randint(10_000, 2_000_000), is_clip, True, at, width > 1600, 1, chance.getrandbits(62),
            f"#{chance.getrandbits(24):06x}", at, text, "[]", False, at, at,
        )  # fmt: skip


def _copy(table: str, columns: tuple[str, ...]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)


def _copy_vectors() -> str:
    return "copy search_embedding (space_id, meme_id, frame, vector) from stdin (format binary)"


def _add_space(connection: psycopg.Connection, encoder: Encoder) -> int:
    found = connection.execute(
        "insert into search_embeddingspace (name, revision, dims, reads_text, state, created_at)"
        " values (%s, %s, %s, false, 'active', now()) returning id",
        [encoder.spec, encoder.revision, encoder.dims],
    ).fetchone()
    assert found is not None
    return int(found[0])


def _records(space_id: int, first_meme: int, block: Vector) -> bytes:
    """Rows of binary COPY: a count of fields, then each field with its size before it."""
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
    rows["space"], rows["meme"] = space_id, np.arange(first_meme, first_meme + len(block))
    rows["vector_size"], rows["dims"], rows["vector"] = 4 + 2 * dims, dims, block
    return rows.tobytes()
