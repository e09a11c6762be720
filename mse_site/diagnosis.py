"""What is up, what is not, and the command that mends it: the checks behind `manage.py doctor`."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import OperationalError as BrokerAway
from kombu.transport.redis import Channel

from mse_site.celery import app
from mse_site.embedded import listening
from search import indexing, spaces
from search.encoders import EncoderError
from search.encoders.specs import parse
from search.models import Claim, Embedding, Meme
from search.sidecar.client import Health, Sidecar, SidecarAway

State = Literal["ok", "warning", "fault"]
LOW_SPACE_BYTES = 2_000_000_000
# Broker queues are lists in Redis, one for each step of priority; the first step has no suffix.
PRIORITIES = ["" if step == 0 else f"{Channel.sep}{step}" for step in Channel.priority_steps]
WORST_LAG_S = 5.0
MODEL_FILES = ("open_clip_config.json", "open_clip_model.safetensors")
WORKERS = ("worker", "gpu")  # before the @ of their names
ANSWER_S = 1.0  # for which workers are waited
LATE_S = 60.0  # beat sends something every ten seconds, and writes it down every twenty


AWAY = (DatabaseError, SidecarAway, redis.RedisError, BrokerAway, OSError)


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
        except AWAY as error:
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
        queues = [f"{queue}{steps}" for queue in ("default", "gpu") for steps in PRIORITIES]
        waiting = sum(client.llen(queue) for queue in queues)
    where = "embedded" if settings.EMBEDDED_REDIS else "REDIS_URL"
    yield Finding("Redis", "ok", f"{info['redis_version']} ({where}), {waiting} tasks waiting")


def _sidecar() -> Iterator[Finding]:
    health = Sidecar(settings.SIDECAR_SOCKET).health()
    state: State = "ok" if health.state == "ready" and (health.lag_s or 0) < WORST_LAG_S else "warning"
    detail = f"{health.state}, {health.memes} memes, {health.vectors} vectors, lag {health.lag_s or 0:.1f} s"
    remedy = f"wait a moment; then see {settings.DATA_DIR / 'logs' / 'sidecar.log'}"
    yield Finding("Sidecar", state, detail, "" if state == "ok" else remedy)
    yield _index_against_database(health)


def _index_against_database(health: Health) -> Finding:
    rows = Embedding.objects.filter(space=health.space_id, meme__state=Meme.State.ACTIVE).count()
    if rows == health.vectors:
        return Finding("Index", "ok", f"{rows} vectors in both index and database")
    remedy = f"wait a moment; if it stays, delete {settings.DATA_DIR / 'sidecar'} and restart"
    return Finding("Index", "warning", f"{health.vectors} in the index, {rows} in the database", remedy)


def _web() -> Iterator[Finding]:
    if listening.answers(settings.BIND):
        yield Finding("Web", "ok", f"answers on {settings.BIND}")
    else:  # perhaps it was told another address
        yield Finding("Web", "warning", f"nobody answers on {settings.BIND}", "manage.py up")


def _workers() -> Iterator[Finding]:
    answering = _answering()
    away = [name for name in WORKERS if name not in answering]
    if not away:
        yield Finding("Workers", "ok", "all answer")
        return
    remedy = f"manage.py up; see {settings.DATA_DIR / 'logs'}"
    # The one on the GPU does one thing at a time: while it embeds, it does not answer.
    detail = "gpu is busy or away" if away == ["gpu"] else f"{' and '.join(away)} away: nothing new is read"
    yield Finding("Workers", "warning", detail, remedy)


def _answering() -> set[str]:
    """The workers that answer at once. Raises what is in AWAY when the broker does not answer."""
    with app.connection_for_write(settings.CELERY_BROKER_URL) as broker:
        answers = app.control.inspect(timeout=ANSWER_S, connection=broker).ping() or {}
    return {name.partition("@")[0] for name in answers}


def _beat() -> Iterator[Finding]:
    last_run_at = PeriodicTask.objects.filter(enabled=True).aggregate(last=Max("last_run_at"))["last"]
    remedy = f"manage.py up; see {settings.DATA_DIR / 'logs' / 'beat.log'}"
    if last_run_at is None:
        yield Finding("Beat", "warning", "has not run yet: what a killed worker left is not taken up", remedy)
        return
    age_s = (timezone.now() - last_run_at).total_seconds()
    if age_s < LATE_S:
        yield Finding("Beat", "ok", f"last wrote {age_s:.0f} s ago")
    else:
        yield Finding("Beat", "warning", f"has not run since {last_run_at:%Y-%m-%d %H:%M} UTC", remedy)


def _encoder() -> Iterator[Finding]:
    wrong = _why_not_loadable(settings.MSE_ENCODER)
    if wrong:
        yield Finding("Encoder", "fault", wrong, "set MSE_ENCODER to one that is there: docs/encoders.md")
    space = spaces.active()
    if space is None:
        yield Finding("Encoder", "warning", f"{settings.MSE_ENCODER}, nothing embedded yet", "manage.py up")
        return
    yield Finding("Encoder", "ok", f"{space.name}, revision {space.revision}, {space.dims} dims")
    if space.name != settings.MSE_ENCODER:
        detail = f"{settings.MSE_ENCODER} is being filled; {space.name} serves until it is complete"
        yield Finding("Encoder", "warning", detail, "keep the site running")


def _why_not_loadable(spec: str) -> str:
    """As far as can be told without loading anything; empty when nothing speaks against it."""
    try:
        openclip = parse(spec)
    except EncoderError as error:
        return str(error)
    if openclip is None or openclip.origin != "local-dir":
        return ""
    missing = [path for name in MODEL_FILES if not (path := Path(openclip.source).expanduser() / name).is_file()]
    return f"{missing[0]} is not there" if missing else ""


def _library() -> Iterator[Finding]:
    done = indexing.progress()
    waiting = max(0, done.memes - min(done.media, done.text, done.embedded))
    detail = f"{done.memes} memes, {waiting} still being read"
    if waiting and not _is_anybody_working():
        yield Finding("Library", "warning", f"{detail}, and no worker answers", "manage.py up")
    else:
        yield Finding("Library", "ok", detail)
    failed = Claim.objects.exclude(failed_at=None).count()
    if failed:
        yield Finding("Failures", "warning", f"{failed} stages of memes set aside", "manage.py retry_failed")


def _is_anybody_working() -> bool:
    try:
        return bool(_answering())
    except AWAY:
        return False


CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "Python": _python,
    "Disk": _space,
    "Postgres": _postgres,
    "Redis": _redis,
    "Web": _web,
    "Workers": _workers,
    "Beat": _beat,
    "Sidecar": _sidecar,
    "Encoder": _encoder,
    "Library": _library,
}
REMEDIES = {
    "Python": "",
    "Disk": "check MSE_DATA_DIR",
    "Postgres": "manage.py up, or check DATABASE_URL",
    "Redis": "manage.py up, or check REDIS_URL",
    "Web": "check MSE_BIND",
    "Workers": "manage.py up, or check REDIS_URL",
    "Beat": "manage.py migrate",
    "Sidecar": "manage.py up; searches are answered by Postgres meanwhile",
    "Encoder": "manage.py migrate",
    "Library": "manage.py migrate",
}
