"""What the sidecar reads from Postgres, each in one statement: the active space, its vectors, and what changed since."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from search.sidecar.index import FRAMES_PER_MEME
from search.sidecar.served import Space
from search.sidecar.terms import Ids, Vector

Connection = psycopg.Connection[tuple[Any, ...]]
Changes = dict[int, dict[int, Vector]]

CONNECT_TIMEOUT_S = 5
# A server that vanished without closing the connection is noticed after this long. TCP only; Unix sockets tell at once.
SILENCE_TIMEOUT_MS = 10_000
COPY_BLOCK_BYTES = 8 * 1024 * 1024
# Binary COPY: signature, flags and an empty extension before the first row, -1 after the last.
COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"

SEARCHABLE = """
      from search_embedding e join search_meme m on m.id = e.meme_id
     where e.space_id = {space_id} and m.state = 'active'
       and e.frame between 0 and {last_frame} and vector_dims(e.vector) = {dims}"""


@dataclass(frozen=True)
class Reading:
    """One look at the journal. `snapshot` is what this look could see; `oldest` the first transaction still recorded."""

    snapshot: str  # pg_snapshot: "xmin:xmax:xip,..."
    oldest: int | None
    space: Space | None
    changed: list[int]

    @property
    def xmin(self) -> int:
        return xmin_of(self.snapshot)


def xmin_of(snapshot: str) -> int:
    return int(snapshot.split(":")[0])


def connect(url: str) -> Connection:
    """A connection in autocommit mode: each statement has its own snapshot."""
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        tcp_user_timeout=SILENCE_TIMEOUT_MS,
        keepalives_idle=5,
        keepalives_interval=2,
        application_name="mse-sidecar",
    )


@contextmanager
def frozen(connection: Connection) -> Iterator[None]:
    """Inside, every statement sees the database at one and the same moment."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        yield


def read_lineage(connection: Connection) -> str:
    """Changes when transaction numbers lose their meaning: another cluster, a restored or recovered one, new tables."""
    row = connection.execute(
        """select concat_ws('-', s.system_identifier, c.timeline_id,
                            (select oid from pg_database where datname = current_database()),
                            'search_embedding'::regclass::oid, 'search_embeddingchange'::regclass::oid)
             from pg_control_system() s, pg_control_checkpoint() c"""
    ).fetchone()
    assert row is not None
    return str(row[0])


def read_changes(connection: Connection, since: str | None) -> Reading:
    """Every meme touched by a transaction that committed after `since` (a `pg_snapshot`); none when that is None.

    Ids and transaction numbers come in the order transactions began, not in the order they committed. Asking which
    changes the former snapshot could not see misses none of them, and never waits for a long transaction to end.
    """
    row = connection.execute(
        """select pg_current_snapshot()::text,
                  (select xid::text::bigint from search_embeddingchange order by xid limit 1),
                  (select array[s.id::text, s.name, s.revision, s.dims::text]
                     from search_embeddingspace s where s.state = 'active' limit 1),
                  array(select distinct c.meme_id from search_embeddingchange c
                         where c.xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
                           and not pg_visible_in_snapshot(c.xid, %(since)s::pg_snapshot))""",
        {"since": since},
    ).fetchone()
    assert row is not None
    snapshot, oldest, space, changed = row
    return Reading(snapshot, oldest, _space(space), changed)


def _space(row: Sequence[str] | None) -> Space | None:
    return None if row is None else Space(int(row[0]), row[1], row[2], int(row[3]))


def read_memes(connection: Connection, space: Space, meme_ids: Sequence[int]) -> Changes:
    """The searchable vectors of these memes as they are now, by frame; no frames for one that is not searchable."""
    changes: Changes = {meme_id: {} for meme_id in meme_ids}
    query = "select e.meme_id, e.frame, halfvec_send(e.vector)" + _searchable(space) + " and e.meme_id = any(%s)"
    with connection.cursor(binary=True) as cursor:
        for meme_id, frame, sent in cursor.execute(query, [list(meme_ids)]):
            changes[meme_id][frame] = np.frombuffer(sent, ">f2", offset=4).astype(np.float32)
    return changes


def count_vectors(connection: Connection, space: Space) -> int:
    row = connection.execute("select count(*) from search_embedding where space_id = %s", [space.id]).fetchone()
    assert row is not None
    return int(row[0])


def read_keys(connection: Connection, space: Space) -> Ids:
    """The keys of all searchable vectors, sorted, (n,) int64."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(f"select e.meme_id::bigint * {FRAMES_PER_MEME} + e.frame" + _searchable(space))
        return np.sort(np.fromiter((key for (key,) in cursor), np.int64))


def stream_vectors(
    connection: Connection, space: Space, *, block_bytes: int = COPY_BLOCK_BYTES
) -> Iterator[tuple[Ids, npt.NDArray[np.float16]]]:
    """All searchable vectors in blocks: keys (n,) and vectors (n, dims). Rows of one COPY all have the same size."""
    record = _record(space.dims)
    query = (
        "copy (select e.meme_id::bigint, e.frame::smallint, e.vector"
        + _searchable(space)
        + ") to stdout (format binary)"
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        pending = bytearray()
        is_begun = False
        for piece in copy:
            pending += piece
            if not is_begun and len(pending) >= len(COPY_HEADER):
                _check(pending.startswith(COPY_HEADER), "no binary COPY header")
                del pending[: len(COPY_HEADER)]
                is_begun = True
            if is_begun and len(pending) >= block_bytes:
                yield _decode(_take_rows(pending, record), record)
        whole = _take_rows(pending, record)
        _check(pending == COPY_TRAILER, "the COPY ended in the middle of a row")
        yield _decode(whole, record)


def _searchable(space: Space) -> str:
    return SEARCHABLE.format(space_id=int(space.id), dims=int(space.dims), last_frame=FRAMES_PER_MEME - 1)


def _record(dims: int) -> np.dtype[np.void]:
    """One row of the COPY: a count of fields, then each with its size; halfvec is dims, unused, then 16-bit floats."""
    head = [("fields", ">i2"), ("id_size", ">i4"), ("id", ">i8"), ("frame_size", ">i4"), ("frame", ">i2")]
    return np.dtype([*head, ("vector_size", ">i4"), ("dims", ">i2"), ("unused", ">i2"), ("vector", ">f2", (dims,))])


def _take_rows(pending: bytearray, record: np.dtype[np.void]) -> bytes:
    size = len(pending) // record.itemsize * record.itemsize
    taken = bytes(pending[:size])
    del pending[:size]
    return taken


def _decode(data: bytes, record: np.dtype[np.void]) -> tuple[Ids, npt.NDArray[np.float16]]:
    rows = np.frombuffer(data, record)
    dims = record["vector"].shape[0]
    for name, expected in (
        ("fields", 3),
        ("id_size", 8),
        ("frame_size", 2),
        ("vector_size", 4 + 2 * dims),
        ("dims", dims),
    ):
        _check(bool((rows[name] == expected).all()), f"unexpected {name} in a COPY row")
    return rows["id"].astype(np.int64) * FRAMES_PER_MEME + rows["frame"], rows["vector"].astype(np.float16)


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise psycopg.DataError(message)
