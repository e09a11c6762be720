"""What is up, what is not, and the command that mends it: the checks behind `manage.py doctor`."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from search import indexing, spaces
from search.models import Claim, Embedding, Meme
from search.sidecar.client import Health, Sidecar, SidecarAway

State = Literal["ok", "warning", "fault"]
LOW_SPACE_BYTES = 2_000_000_000
WORST_LAG_S = 5.0


@dataclass(frozen=True)
class Finding:
    """One line of the table; `remedy` is empty when nothing is to be done."""

    part: str
    state: State
    detail: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at every part. A part that cannot be asked becomes a fault, never an exception."""
    findings: list[Finding] = []
    for part, check in CHECKS.items():
        try:
            findings.extend(check())
        except (DatabaseError, SidecarAway, redis.RedisError, OSError) as error:
            findings.append(Finding(part, "fault", f"{type(error).__name__}: {error}".splitlines()[0], REMEDIES[part]))
    return findings


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("Python", "ok" if fits else "fault", version, "" if fits else "PYTHON=python3.12 make clean setup")


def _space() -> Iterator[Finding]:
    folder = settings.DATA_DIR
    free = shutil.disk_usage(folder).free
    state: State = "ok" if free > LOW_SPACE_BYTES else "warning"
    yield Finding(
        "Disk",
        state,
        f"{free / 1e9:.1f} GB free under {folder}",
        "" if state == "ok" else "free some space, or move MSE_DATA_DIR",
    )
    if not os.access(folder, os.W_OK):
        yield Finding("Disk", "fault", f"{folder} is not writable", f"chown -R $USER {folder}")


def _postgres() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), (SELECT extversion FROM pg_extension WHERE extname = 'vector')"
        )
        version, vector = cursor.fetchone() or ("?", None)
    where = "embedded" if settings.EMBEDDED_POSTGRES else "DATABASE_URL"
    yield Finding("Postgres", "ok", f"{version} ({where})")
    remedy = "" if vector else 'psql "$DATABASE_URL" -c "CREATE EXTENSION vector"'
    yield Finding("pgvector", "ok" if vector else "fault", vector or "not installed in this database", remedy)
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    yield Finding(
        "Migrations", "fault" if waiting else "ok", f"{waiting} waiting" if waiting else "all applied",
        "manage.py migrate" if waiting else "",
    )  # fmt: skip


def _redis() -> Iterator[Finding]:
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2) as client:
        info = client.info("server")
        waiting = client.llen("default") + client.llen("gpu")
    where = "embedded" if settings.EMBEDDED_REDIS else "REDIS_URL"
    yield Finding("Redis", "ok", f"{info['redis_version']} ({where}), {waiting} tasks waiting")


def _sidecar() -> Iterator[Finding]:
    health = Sidecar(settings.SIDECAR_SOCKET).health()
    state: State = "ok" if health.state == "ready" and (health.lag_s or 0) < WORST_LAG_S else "warning"
    detail = f"{health.state}, {health.memes} memes, {health.vectors} vectors, lag {health.lag_s or 0:.1f} s"
    yield Finding("Sidecar", state, detail, "" if state == "ok" else "wait a moment; then see data/logs/sidecar.log")
    yield _index_against_database(health)


def _index_against_database(health: Health) -> Finding:
    rows = Embedding.objects.filter(space=health.space_id, meme__state=Meme.State.ACTIVE).count()
    if rows == health.vectors:
        return Finding("Index", "ok", f"{rows} vectors in both index and database")
    remedy = "wait a moment; if it stays, delete data/sidecar and restart"
    return Finding("Index", "warning", f"{health.vectors} in the index, {rows} in the database", remedy)


def _encoder() -> Iterator[Finding]:
    space = spaces.active()
    if space is None:
        yield Finding("Encoder", "warning", f"{settings.MSE_ENCODER}, nothing embedded yet", "manage.py up")
        return
    yield Finding("Encoder", "ok", f"{space.name}, revision {space.revision}, {space.dims} dims")
    if space.name != settings.MSE_ENCODER:
        detail = f"{settings.MSE_ENCODER} is being filled; {space.name} serves until it is complete"
        yield Finding("Encoder", "warning", detail, "keep the site running")


def _library() -> Iterator[Finding]:
    done = indexing.progress()
    waiting = max(0, done.memes - min(done.media, done.text, done.embedded))
    yield Finding("Library", "ok", f"{done.memes} memes, {waiting} still being read", "manage.py up" if waiting else "")
    failed = Claim.objects.exclude(failed_at=None).count()
    if failed:
        yield Finding("Failures", "warning", f"{failed} stages of memes set aside", "manage.py retry_failed")


CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "Python": _python,
    "Disk": _space,
    "Postgres": _postgres,
    "Redis": _redis,
    "Sidecar": _sidecar,
    "Encoder": _encoder,
    "Library": _library,
}
REMEDIES = {
    "Python": "",
    "Disk": "check MSE_DATA_DIR",
    "Postgres": "manage.py up, or check DATABASE_URL",
    "Redis": "manage.py up, or check REDIS_URL",
    "Sidecar": "manage.py up; searches are answered by Postgres meanwhile",
    "Encoder": "manage.py migrate",
    "Library": "manage.py migrate",
}
