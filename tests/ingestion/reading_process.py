"""Read one source in a process of its own, from a host on this machine: `python -m tests.ingestion.reading_process ID PORT`.

Without a port, it is read as the worker's task does.
"""

import os
import subprocess
import sys
from pathlib import Path

import django

from tests.fixtures import processes


def begin(source_id: int, port: int, media: Path, **variables: str) -> "subprocess.Popen[bytes]":
    return processes.begin("tests.ingestion.reading_process", str(source_id), str(port), media=media, **variables)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mse_site.settings")
    django.setup()
    from ingestion import runs, tasks
    from search.models import Source
    from tests.ingestion.conftest import web_of
    from tests.ingestion.fetch.hostile import Server

    source_id, port = map(int, sys.argv[1:])
    if port:
        runs.crawl(Source.objects.get(pk=source_id), web=web_of(Server(port)))
    else:
        tasks.crawl(source_id)


if __name__ == "__main__":
    main()
