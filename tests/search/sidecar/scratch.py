"""A database with the tables that the sidecar reads, and the writes that happen to them in life."""

import importlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.conninfo import make_conninfo

from search.sidecar.database import Connection

DIMS = 512  # of the encoder lite

TABLES = """
create extension if not exists vector;
create table search_embeddingspace (
    id bigserial primary key, name varchar not null, revision varchar not null, dims int not null, state varchar not null);
create table search_meme (id bigserial primary key, state varchar not null default 'active');
create table search_embedding (
    id bigserial primary key, space_id bigint not null, meme_id bigint not null, frame smallint not null default 0,
    vector halfvec not null, unique (space_id, meme_id, frame));
create table search_embeddingchange (
    id bigserial primary key, meme_id bigint not null, created_at timestamptz not null default now());
"""
# The real triggers, not a copy of them.
TRIGGERS: str = importlib.import_module("search.migrations.0002_record_embedding_changes").FORWARDS


def connect(url: str) -> Connection:
    return psycopg.connect(url, autocommit=True)


def with_database(url: str, name: str) -> str:
    return make_conninfo(url, dbname=name)


def unit_vectors(seed: int, count: int = 1, dims: int = DIMS) -> npt.NDArray[np.float32]:
    """(count, dims), rounded to 16 bits as the database does it."""
    vectors = np.random.default_rng(seed).standard_normal((count, dims))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32)


def as_halfvec(vector: npt.NDArray[np.float32]) -> str:
    return "[" + ",".join(map(str, vector.tolist())) + "]"


class Library:
    """Every method commits, unless a connection that is inside a transaction is passed along."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = connect(url)

    def add_space(
        self, state: str = "active", *, name: str = "lite", revision: str = "lite-1", dims: int = DIMS
    ) -> int:
        return self._value(
            "insert into search_embeddingspace (name, revision, dims, state) values (%s, %s, %s, %s) returning id",
            [name, revision, dims, state],
        )

    def promote(self, space_id: int) -> None:
        with self.connection.transaction():
            self.connection.execute("update search_embeddingspace set state = 'retired' where state = 'active'")
            self.connection.execute("update search_embeddingspace set state = 'active' where id = %s", [space_id])

    def add_meme(self, connection: Connection | None = None) -> int:
        return self._value("insert into search_meme default values returning id", [], connection)

    def set_frames(
        self,
        meme_id: int,
        vectors: Iterable[npt.NDArray[np.float32]],
        *,
        space_id: int = 1,
        connection: Connection | None = None,
    ) -> None:
        for frame, vector in enumerate(vectors):
            (connection or self.connection).execute(
                """insert into search_embedding (space_id, meme_id, frame, vector) values (%s, %s, %s, %s)
                   on conflict (space_id, meme_id, frame) do update set vector = excluded.vector""",
                [space_id, meme_id, frame, as_halfvec(vector)],
            )

    def add(self, seed: int, *, frames: int = 1, space_id: int = 1, connection: Connection | None = None) -> int:
        """A meme with vectors that follow from `seed`."""
        meme_id = self.add_meme(connection)
        self.set_frames(meme_id, unit_vectors(seed, frames), space_id=space_id, connection=connection)
        return meme_id

    def set_state(self, meme_id: int, state: str) -> None:
        self.connection.execute("update search_meme set state = %s where id = %s", [state, meme_id])

    def delete_vectors(self, meme_id: int) -> None:
        self.connection.execute("delete from search_embedding where meme_id = %s", [meme_id])

    def prune(self, below: int | None = None) -> None:
        """What the periodic job does with changes that are old: here all, or those of transactions before `below`."""
        self.connection.execute(
            """delete from search_embeddingchange
                where xid < (select max(xid::text::bigint) from search_embeddingchange
                              where %(below)s::bigint is null or xid::text::bigint < %(below)s)::text::xid8""",
            {"below": below},
        )

    def hang_up(self, application: str) -> None:
        """End every connection of that name to this database, from the server's side."""
        self.connection.execute(
            """select pg_terminate_backend(pid) from pg_stat_activity
                where application_name = %s and datname = current_database()""",
            [application],
        )

    def searchable(self, space_id: int = 1) -> dict[tuple[int, int], bytes]:
        """(meme, frame) -> the 16-bit vector, of everything that a search may find."""
        rows = self.connection.execute(
            """select e.meme_id, e.frame, e.vector::text from search_embedding e join search_meme m on m.id = e.meme_id
                where e.space_id = %s and m.state = 'active'""",
            [space_id],
        )
        return {(meme, frame): np.array(vector[1:-1].split(","), np.float16).tobytes() for meme, frame, vector in rows}

    def close(self) -> None:
        self.connection.close()

    def _value(self, query: str, values: list[Any], connection: Connection | None = None) -> int:
        row = (connection or self.connection).execute(query, values).fetchone()
        assert row is not None
        return int(row[0])
