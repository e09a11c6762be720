"""Stop what a supervisor that was killed left running."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

import psutil

from mse_site.embedded import instance
from mse_site.embedded.instance import Record

# In the environment of every process of a site: its data folder.
MARK = "MSE_STACK"
# The clock may have been set since; numbers do not come round this fast.
SAME_START_S = 5.0
ORDERLY_S, KILLED_S = 15.0, 5.0


def stop(own_dir: Path) -> list[str]:
    """End every process of an earlier run on this data folder, by asking first; the names of those that were recorded.

    Nothing is done after an orderly end. Only call it while holding the folder.
    """
    records = instance.read_records(own_dir)
    if records is None:
        return []
    leaders = {record: process for record in records if (process := _same_process(record))}
    for record, process in leaders.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(record.stop_signal)
    everybody = _with_children(leaders.values()) | _marked(own_dir.parent)
    _, alive = psutil.wait_procs(everybody, ORDERLY_S if leaders else KILLED_S)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, KILLED_S)
    instance.forget_records(own_dir)
    return [record.name for record in leaders]


def _same_process(record: Record) -> psutil.Process | None:
    try:
        process = psutil.Process(record.pid)
        is_same = abs(process.create_time() - record.created) < SAME_START_S
        return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


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
