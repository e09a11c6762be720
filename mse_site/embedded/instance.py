"""One running site for one data folder: the lock that says so, and the record of its processes."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from mse_site.embedded.errors import CannotRun

LOCK_NAME = "instance.lock"
RECORD_NAME = "processes.json"


class AlreadyRunning(CannotRun):
    """Another process runs the site on this data folder; the message names it."""


@dataclass(frozen=True)
class Record:
    """A process that was started; `created` (seconds since 1970) tells it from a later one with the same number."""

    name: str
    pid: int
    created: float
    stop_signal: int
    command: Sequence[str]


@contextmanager
def claim(data_dir: Path) -> Iterator[None]:
    """Hold the data folder. The kernel lets go of it when this process dies, however it dies; children do not inherit it.

    The lock is not in the folder of the sockets, which people remove when something does not start.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK_NAME).open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip() or "of unknown number"
            raise AlreadyRunning(
                f"Process {holder} already runs the site on {data_dir}: stop it first (Ctrl-C there, or kill {holder})."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def keep_records(own_dir: Path, records: Iterable[Record]) -> None:
    """Replace the record, so that a reader sees the old one or the new one."""
    draft = own_dir / (RECORD_NAME + ".new")
    draft.write_text(json.dumps([asdict(record) for record in records], indent=1), encoding="utf-8")
    draft.replace(own_dir / RECORD_NAME)


def read_records(own_dir: Path) -> list[Record] | None:
    """None after an orderly end. A record that cannot be read is an empty one: the end was not orderly."""
    try:
        entries = json.loads((own_dir / RECORD_NAME).read_text(encoding="utf-8"))
        return [Record(**entry) for entry in entries]
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return []


def forget_records(own_dir: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        (own_dir / RECORD_NAME).unlink()
