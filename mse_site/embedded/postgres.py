"""The private PostgreSQL of one data folder: a service on a socket that only its user can reach."""

from pathlib import Path
from signal import Signals

import psycopg
from psycopg import sql

from mse_site.embedded import account, cluster, memory, paths
from mse_site.embedded.account import Account
from mse_site.embedded.process import Service
from mse_site.embedded.supervisor import Supervisor

MAINTENANCE_DATABASE = "postgres"
EXTENSIONS = ("vector",)
ANSWER_TIMEOUT_S = 2


def folder(data_dir: Path) -> Path:
    return data_dir.absolute() / "postgres"


def prepare(data_dir: Path, supervisor: Supervisor, *, for_tests: bool = False) -> Service:
    """Everything that must be there before the server starts; repeated at every start, cheap when nothing is missing.

    `for_tests` gives up what survives a crash of the machine for speed.
    """
    owner = account.of_postgres()
    data_dir.mkdir(parents=True, exist_ok=True)
    _share_programs(owner)
    cluster.make(folder(data_dir), supervisor, owner, is_durable=not for_tests)
    settings = memory.postgres_settings(memory.available_bytes()) | (memory.FOR_TESTS if for_tests else {})
    cluster.write_settings(folder(data_dir), settings, owner)
    _make_reachable(data_dir, owner)
    return _service(data_dir, owner)


def ensure_database(data_dir: Path) -> None:
    """The site's database with its extensions, made when missing and brought up to date."""
    with psycopg.connect(paths.postgres_url(data_dir, MAINTENANCE_DATABASE), autocommit=True) as connection:
        name = sql.Identifier(paths.DATABASE)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [paths.DATABASE]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    with psycopg.connect(paths.postgres_url(data_dir), autocommit=True) as connection:
        for statement in _missing_extensions(connection):
            connection.execute(statement)


def answers(data_dir: Path) -> bool:
    url = paths.postgres_url(data_dir, MAINTENANCE_DATABASE)
    try:
        with psycopg.connect(url, connect_timeout=ANSWER_TIMEOUT_S):
            return True
    except psycopg.OperationalError:
        return False


def _service(data_dir: Path, owner: Account | None) -> Service:
    socket_dir = paths.postgres_dir(data_dir)
    return Service(
        "postgres",
        (
            str(cluster.binaries() / "postgres"),
            *("-D", str(folder(data_dir))),
            *("-k", str(socket_dir)),
            *("-c", "listen_addresses="),
            *("-c", "port=5432"),
            *("-c", "unix_socket_permissions=0700"),
            *("-c", "logging_collector=off"),
            *("-c", "log_line_prefix=%m [%p] "),
            *("-c", "timezone=UTC"),
        ),
        cwd=folder(data_dir),
        before_start=lambda: cluster.clear_after_crash(folder(data_dir), socket_dir),
        is_ready=lambda: answers(data_dir),
        ready_timeout_s=600.0,  # after a crash it first replays what it had not written yet
        stop_signals=(Signals.SIGINT, Signals.SIGQUIT),  # hang up on everybody and write; leave at once
        stop_timeout_s=30.0,
        orphan_signal=Signals.SIGINT,
        account=owner,
    )


def _missing_extensions(connection: psycopg.Connection) -> list[sql.Composed]:
    """What makes the extensions those that this PostgreSQL brings; a newer wheel has newer ones."""
    installed: dict[str, str] = dict(connection.execute("SELECT extname, extversion FROM pg_extension").fetchall())
    offered: dict[str, str] = dict(
        connection.execute("SELECT name, default_version FROM pg_available_extensions").fetchall()
    )
    statements = []
    for name in EXTENSIONS:
        if name not in installed:
            statements.append(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
        elif installed[name] != offered[name]:
            statements.append(sql.SQL("ALTER EXTENSION {} UPDATE").format(sql.Identifier(name)))
    return statements


def _make_reachable(data_dir: Path, owner: Account | None) -> None:
    sockets = paths.postgres_dir(data_dir)
    sockets.mkdir(mode=0o700, exist_ok=True)
    if owner is None:
        return
    for place in (folder(data_dir), sockets):
        account.give(place, owner)
        account.let_reach(place, owner)


def _share_programs(owner: Account | None) -> None:
    """The package's programs and the libraries that pip put beside it."""
    if owner is None:
        return
    package = cluster.binaries().parent.parent
    account.let_reach(package, owner)
    for tree in (package, package.with_name(f"{package.name}.libs")):
        if tree.is_dir():
            account.let_read(tree)
