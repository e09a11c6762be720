"""Stop what a supervisor that was killed left running."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

from mse_site.embedded import instance
from mse_site.embedded.errors import CannotRun
from mse_site.embedded.instance import Record

# In the environment of every process of a site: its data folder.
MARK = "MSE_STACK"
# The clock may have been set since; numbers do not come round this fast.
SAME_START_S = 5.0
ORDERLY_S, KILLED_S = 15.0, 15.0
LOOK_S = 0.1


class CannotStop(CannotRun):
    """The kernel itself holds on to a process of an earlier run."""


def stop(own_dir: Path, *, patience_s: float = ORDERLY_S) -> list[str]:
    """End every process of an earlier run on this data folder, by asking first; the names of those that were recorded.

    Nothing is done after an orderly end. Only call it while holding the folder.
    """
    records = instance.read_records(own_dir)
    if records is None:
        return []
    leaders = [(record, process) for record in records if (process := _same_process(record))]
    family = _with_children([process for _, process in leaders])
    for record, process in leaders:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(record.stop_signal)
    _wait_or_kill(lambda: {one for one in family if _is_alive(one)} | _marked(own_dir.parent), patience_s)
    instance.forget_records(own_dir)
    return [record.name for record, _ in leaders]


def _wait_or_kill(still_there: Callable[[], set[psutil.Process]], patience_s: float) -> None:
    """Ask again each time who is there, because what is about to end may start one more."""
    began = time.monotonic()
    while alive := still_there():
        waited_s = time.monotonic() - began
        if waited_s > patience_s + KILLED_S:
            raise CannotStop(f"These processes of an earlier run cannot be ended: {sorted(one.pid for one in alive)}.")
        if waited_s > patience_s:
            for process in alive:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        psutil.wait_procs(alive, LOOK_S)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _same_process(record: Record) -> psutil.Process | None:
    try:
        process = psutil.Process(record.pid)
        is_same = abs(process.create_time() - record.created) < SAME_START_S
    except psutil.NoSuchProcess:
        return None
    return process if is_same and _is_alive(process) else None


def _with_children(leaders: Iterable[psutil.Process]) -> set[psutil.Process]:
    everybody = set(leaders)
    for leader in leaders:
        with contextlib.suppress(psutil.NoSuchProcess):
            everybody.update(leader.children(recursive=True))
    return everybody


def _marked(data_dir: Path) -> set[psutil.Process]:
    """Children whose parent is gone already, and whatever was started in the instant before the supervisor died."""
    found = psutil.process_iter(["environ"])
    marked = {process for process in found if (process.info["environ"] or {}).get(MARK) == str(data_dir)}
    return {process for process in marked if process.pid != os.getpid()}
