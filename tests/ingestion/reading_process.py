"""Read one source in a process of its own, from a host on this machine: `python -m tests.ingestion.reading_process ID PORT`.

Without a port, it is read as the worker's task does. Addresses behind the port are a new source, which is read to its end.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import django

from tests.fixtures import processes

if TYPE_CHECKING:
    from search.models import Source

BEGINNINGS, AGAIN_S = 300, 0.2


def begin(source_id: int, port: int, media: Path) -> "subprocess.Popen[bytes]":
    return begin_with([source_id, port], media)


def begin_with(words: Sequence[object], media: Path, **variables: str) -> "subprocess.Popen[bytes]":
    return processes.begin("tests.ingestion.reading_process", *map(str, words), media=media, **variables)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mse_site.settings")
    django.setup()
    from ingestion import tasks
    from search.models import Source

    source_id, port = map(int, sys.argv[1:3])
    if len(sys.argv) > 3:
        read_to_the_end(sys.argv[3:], port)
    elif port:
        read(Source.objects.get(pk=source_id), port)
    else:
        tasks.crawl(source_id)


def read(source: "Source", port: int) -> None:
    from ingestion import runs
    from tests.ingestion.conftest import web_of
    from tests.ingestion.fetch.hostile import Server

    runs.crawl(source, web=web_of(Server(port)))


def read_to_the_end(addresses: list[str], port: int) -> None:
    """Begun again as the worker's task is, when the database goes away."""
    from ingestion import runs
    from ingestion.models import Subscription
    from search.models import Source

    source = Source.objects.create(kind=Source.Kind.URLS, name="a list", root="list:a")
    Subscription.objects.create(source=source, options={"addresses": "\n".join(addresses)})
    for _ in range(BEGINNINGS):
        try:
            read(source, port)
            return
        except runs.DatabaseAway:
            threading.Event().wait(AGAIN_S)
    raise SystemExit("The database did not come back.")


if __name__ == "__main__":
    main()
