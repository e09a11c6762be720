"""The same searches by pgvector's HNSW index, in the Postgres that the site would start."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from mse_site.embedded import start_servers
from search.sidecar.terms import Ids, Vector
from tests.benchmarks.search_library import DIMS, K, blocks, recall

# 1000 is the largest that pgvector takes.
EF_SEARCH = (100, 200, 300, 400, 500, 600, 800, 1000)
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
RECORD = np.dtype(
    [
        ("fields", ">i2"), ("id_size", ">i4"), ("id", ">i8"), ("vector_size", ">i4"), ("dims", ">i2"), ("unused", ">i2"),
        ("vector", ">f2", (DIMS,)),
    ]
)  # fmt: skip


@dataclass
class Pgvector:
    connection: psycopg.Connection
    build_s: float

    def search(self, query: Vector) -> Ids:
        rows = self.connection.execute(
            "select id from memes order by vector <#> %s limit %s", [HalfVector(query), K], prepare=True, binary=True
        )
        return np.array([meme_id for (meme_id,) in rows], np.int64)

    def reach(self, queries: Vector, truth: list[set[int]], target: float) -> tuple[int, float]:
        """Set the smallest `ef_search` whose recall reaches `target`, else the largest; and the recall it has."""
        for ef_search in EF_SEARCH:
            self.connection.execute(f"set hnsw.ef_search = {ef_search}")
            reached = recall([self.search(query) for query in queries], truth)
            if reached >= target:
                break
        return ef_search, reached


@contextmanager
def pgvector(vectors: Path) -> Iterator[Pgvector]:
    folder = Path(tempfile.mkdtemp(prefix="mse-search-"))
    folder.chmod(0o711)  # the Postgres server may run as a user of its own and must get through
    servers = start_servers(folder / "data")
    try:
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute("create extension if not exists vector")
            register_vector(connection)
            yield Pgvector(connection, _fill(connection, vectors))
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _fill(connection: psycopg.Connection, vectors: Path) -> float:
    connection.execute(f"create table memes (id bigint primary key, vector halfvec({DIMS}) not null)")
    with connection.cursor().copy("copy memes from stdin (format binary)") as copy:
        copy.write(HEADER)
        for keys, block in blocks(vectors):
            rows = np.zeros(len(block), RECORD)
            rows["fields"], rows["id_size"], rows["id"] = 2, 8, keys // 256
            rows["vector_size"], rows["dims"], rows["vector"] = 4 + 2 * DIMS, DIMS, block
            copy.write(rows.tobytes())
        copy.write(b"\xff\xff")
    started = time.perf_counter()
    connection.execute("set maintenance_work_mem = '1GB'")
    connection.execute("create index on memes using hnsw (vector halfvec_ip_ops)")
    return time.perf_counter() - started
