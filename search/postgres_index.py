"""An HNSW index for each large embedding space, so that Postgres answers fast too while the sidecar is away."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import OperationalError, connection
from psycopg import sql

from search import jobs
from search.models import Embedding, EmbeddingSpace

log = logging.getLogger(__name__)

MOST_DIMS = 4000  # of halfvec that pgvector can index
PREFIX = "embedding_hnsw_"
KEPT_TO = 2  # down to the half of what it is built from: a library at the bound must not go to and fro
# One build at a time, whoever asks; any number that nobody else uses here.
LOCK = 0x6D73655F686E7377
# pgvector's own defaults: m 16, ef_construction 64. Twice of each found 0.5 % more and took twice as long to build.
CREATE = """
CREATE INDEX CONCURRENTLY {index} ON search_embedding
 USING hnsw ((vector::halfvec({dims})) halfvec_ip_ops) WHERE space_id = {space_id}
"""


def name(space: EmbeddingSpace) -> str:
    return f"{PREFIX}{space.pk}"


def is_ready(space: EmbeddingSpace) -> bool:
    """Whether searches can use the index of `space`; not while it is being built or after that was broken off."""
    return _states().get(name(space), False)


def keep() -> list[str]:
    """Build what is missing, drop what nobody searches any more; returns the names of what was built.

    Memes can be read and written meanwhile. Safe to repeat and to kill: what a killed build left is noticed and made
    anew. When another process is at it, nothing happens; when somebody stops it, what is not built yet is left for later. Not
    inside a transaction.
    """
    with _alone() as is_alone:
        if not is_alone:
            return []
        least: int = settings.POSTGRES_INDEX_FROM
        kept = {name(space) for space in _spaces_of(least // KEPT_TO or least)}
        for index, is_valid in _states().items():
            if index not in kept or not is_valid:
                _run(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(index)))
        there = _states()
        missing = [space for space in _spaces_of(least) if name(space) not in there]
        built = []
        with suppress(jobs.Cancelled):
            for space in missing:
                with jobs.running("postgres_index", key=str(space.pk), about=space.name) as job:
                    _build_told(job, space)
                built.append(name(space))
        return built


def _spaces_of(least: int) -> list[EmbeddingSpace]:
    """Those with so many vectors that are searched, or will be; a retired one never is again without being filled first."""
    if not least:
        return []
    spaces = EmbeddingSpace.objects.filter(dims__lte=MOST_DIMS).exclude(state=EmbeddingSpace.State.RETIRED)
    return [space for space in spaces.order_by("pk") if Embedding.objects.filter(space=space).count() >= least]


def _build_told(job: jobs.Running, space: EmbeddingSpace) -> None:
    """Raises Cancelled when somebody asks to stop; what is left of the index is dropped by the next one who looks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    job.watch(lambda: _blocks(process), lambda: _break_off(process))
    try:
        _build(name(space), space)
    except OperationalError:
        job.check_cancelled()
        raise


def _blocks(process: int) -> tuple[int, int] | None:
    """Of the table: how many are in the index that this process builds, and how many there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT blocks_done, blocks_total FROM pg_stat_progress_create_index WHERE pid = %s", [process])
        found = cursor.fetchone()
    return (int(found[0]), int(found[1])) if found and found[1] else None


def _break_off(process: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_cancel_backend(%s)", [process])


def _build(index: str, space: EmbeddingSpace) -> None:
    numbers = {"dims": sql.Literal(space.dims), "space_id": sql.Literal(space.pk)}
    log.info("Building %s for %s.", index, space)
    # As much as it needs and no more than it may have: beyond that pgvector goes on, on disk and several times slower.
    memory = sql.SQL("SET maintenance_work_mem = {}").format(sql.Literal(f"{settings.POSTGRES_INDEX_MB}MB"))
    try:
        _run(memory)
        # Parallel workers take one process's work in less time from everybody else, and shared memory from containers.
        _run(sql.SQL("SET max_parallel_maintenance_workers = 0"))
        _run(sql.SQL(CREATE).format(index=sql.Identifier(index), **numbers))
    finally:
        _run(sql.SQL("RESET maintenance_work_mem"))
        _run(sql.SQL("RESET max_parallel_maintenance_workers"))
    log.info("%s is there.", index)


def _states() -> dict[str, bool]:
    """Our indexes by name, and whether each is complete."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = 'search_embedding'::regclass AND starts_with(c.relname, %s)",
            [PREFIX],
        )
        return dict(cursor.fetchall())


@contextmanager
def _alone() -> Iterator[bool]:
    """A lock of the database session: it goes with the process that holds it, however that ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _run(statement: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
