"""A library of as many memes as are wanted, written into the site's own tables: titles, words, vectors, no pictures.

Plain, every meme stands for itself and has one vector. Lived in, it has what collections have: copies, pictures that many
wrote other words on, and clips of several frames.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
from psycopg import sql

from search import vectors as vectors_of_postgres
from search.sidecar.terms import Ids, Vector
from tests.benchmarks import kin
from tests.search.sidecar.mixture import Mixture

BLOCK_ROWS = 20_000
CLIP_EVERY = 12
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
    "is_nsfw", "dated_at", "top_score", "created_at",
)  # fmt: skip
SIGHTING_COLUMNS = (
    "source_id", "meme_id", "locator", "url", "title", "author", "community", "score", "posted_at", "seen_at",
)  # fmt: skip
# The other texts of a meme: blank, which Django sees to, and no default of the table.
BLANKS = """
select column_name from information_schema.columns
 where table_name = 'search_meme' and data_type = 'character varying' and is_nullable = 'NO' and column_default is null
   and column_name <> all(%s)"""
SOURCES, COMMUNITIES, AUTHORS = 3, 20, 1000


@dataclass(frozen=True)
class Encoder:
    """Whose vectors they are taken for."""

    spec: str
    revision: str
    dims: int


def fill(url: str, memes: int, encoder: Encoder, *, is_lived_in: bool = False) -> Vector:
    """Memes 1 to `memes`, each seen once, with vectors in a space that is active; returns the first one of each meme,
    (memes, dims) float32.

    In one transaction, so that whoever follows the database sees nothing or everything. Triggers work as always.
    """
    vectors = np.empty((memes, encoder.dims), np.float32)
    with psycopg.connect(url) as connection:
        blanks = tuple(name for (name,) in connection.execute(BLANKS, [list(MEME_COLUMNS)]))
        with connection.cursor().copy(_copy("search_meme", MEME_COLUMNS + blanks)) as copy:
            for row in rows(memes, is_lived_in=is_lived_in):
                copy.write_row((*row, *("" for _ in blanks)))
        first_source = _add_sources(connection)
        with connection.cursor().copy(_copy("search_sighting", SIGHTING_COLUMNS)) as copy:
            for row in rows(memes, is_lived_in=is_lived_in):
                copy.write_row(_sighting(first_source, row))
        space_id = _add_space(connection, encoder)
        with connection.cursor().copy(vectors_of_postgres.COPY) as copy:
            copy.write(vectors_of_postgres.COPY_BEGIN)
            for start, frames in _frames(memes, encoder.dims, is_lived_in):
                vectors[start : start + len(frames[0][1])] = frames[0][1]
                for number, (ids, block) in enumerate(frames):
                    copy.write(vectors_of_postgres.copied(space_id, ids, block, number))
            copy.write(vectors_of_postgres.COPY_END)
        connection.execute("select setval('search_meme_id_seq', %s)", [memes])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze search_meme, search_embedding, search_sighting")
    return vectors


def _frames(memes: int, dims: int, is_lived_in: bool) -> Iterator[tuple[int, list[tuple[Ids, Vector]]]]:
    """Row of the first meme of a block, and for each frame number the ids of memes that have it and its vectors."""
    mixture = Mixture(dims=dims, clusters=1000)
    for start in range(0, memes, BLOCK_ROWS):
        ids = np.arange(start + 1, min(start + BLOCK_ROWS, memes) + 1)
        block = mixture.draw(len(ids), start + 1)
        if not is_lived_in:
            yield start, [(ids, block)]
            continue
        block = kin.vectors(ids, block, mixture)
        clips = np.flatnonzero(ids % CLIP_EVERY == 0)
        later = [(ids[clips], kin.near(block[clips], kin.NEXT_FRAME, start + n)) for n in range(1, kin.FRAMES)]
        yield start, [(ids, block), *later]


def vocabulary() -> list[str]:
    """Made-up words, the common ones first."""
    chance = random.Random(0)
    return list(dict.fromkeys("".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(WORDS)))


def phrase(chance: random.Random, words: list[str], length: int) -> str:
    """Common words more often than rare ones."""
    return " ".join(words[int(len(words) * chance.random() ** 3)] for _ in range(length))


def rows(memes: int, *, is_lived_in: bool = False) -> Iterator[tuple[object, ...]]:
    """Along MEME_COLUMNS: one in twelve is a clip, two thirds have words in them."""
    alone = _rows(memes, kin.FRAMES if is_lived_in else 1)
    return kin.rows(alone, MEME_COLUMNS) if is_lived_in else alone


def _rows(memes: int, frames: int) -> Iterator[tuple[object, ...]]:
    chance, words = random.Random(1), vocabulary()
    for meme_id in range(1, memes + 1):
        is_clip = meme_id % CLIP_EVERY == 0
        width, height = chance.randint(300, 2000), chance.randint(300, 2000)
        at = FIRST_DAY + timedelta(minutes=meme_id)
        text = phrase(chance, words, chance.randint(3, 20)) if chance.random() < 2 / 3 else ""
        yield (
            meme_id, f"{chance.getrandbits(256):064x}", "active", phrase(chance, words, chance.randint(2, 6)),
            "video" if is_clip else "image", "mp4" if is_clip else "jpeg", width, height, 9000 if is_clip else None,
            chance.randint(10_000, 2_000_000), is_clip, True, at, width > 1600, frames if is_clip else 1,
            chance.getrandbits(62), f"#{chance.getrandbits(24):06x}", at, text, "[]", False, at, chance.randint(0, 50_000), at,
        )  # fmt: skip


def _sighting(first_source: int, row: tuple[object, ...]) -> tuple[object, ...]:
    """Along SIGHTING_COLUMNS; date and score are those that the meme has already, so that triggers change nothing."""
    meme = dict(zip(MEME_COLUMNS, row, strict=True))
    number = int(str(meme["id"]))
    return (
        first_source + number % SOURCES, number, f"post/{number}", f"https://memes.example/post/{number}",
        meme["title"], f"author{number * 7 % AUTHORS}", f"community{number * 3 % COMMUNITIES}", meme["top_score"],
        meme["dated_at"], meme["created_at"],
    )  # fmt: skip


def _add_sources(connection: psycopg.Connection) -> int:
    """The id of the first of SOURCES; the others follow it."""
    found = connection.execute(
        "insert into search_source (kind, name, root, created_at)"
        " select 'feed', 'Feed ' || n, 'https://memes.example/' || n, now() from generate_series(1, %s) n returning id",
        [SOURCES],
    ).fetchall()
    return min(int(row[0]) for row in found)


def _copy(table: str, columns: tuple[str, ...]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)


def _add_space(connection: psycopg.Connection, encoder: Encoder) -> int:
    found = connection.execute(
        "insert into search_embeddingspace (name, revision, dims, reads_text, state, created_at)"
        " values (%s, %s, %s, false, 'active', now()) returning id",
        [encoder.spec, encoder.revision, encoder.dims],
    ).fetchone()
    assert found is not None
    return int(found[0])
