"""Who is there: the processes of one data folder, however they came about."""

from pathlib import Path

import psutil

from mse_site.embedded import cluster, leftovers, paths


def alive(data_dir: Path) -> list[str]:
    """The command lines of every process that carries the folder's mark or is one of its Postgres processes."""
    mark = str(paths.own_dir(data_dir).parent)
    found = psutil.process_iter(["environ", "cmdline", "status"])
    marked = [process for process in found if (process.info["environ"] or {}).get(leftovers.MARK) == mark]
    lines = [" ".join(process.info["cmdline"]) for process in marked if process.info["status"] != psutil.STATUS_ZOMBIE]
    return lines + [str(process) for process in cluster.processes(data_dir / "postgres")]
