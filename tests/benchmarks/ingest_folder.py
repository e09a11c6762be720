"""How much two workers do of what one does, and how long they wait for Postgres: `python -m tests.benchmarks.ingest_folder`."""

import json
import random
import shutil
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from tests.benchmarks.drawn_memes import scenery
from tests.benchmarks.ingest_site import Site, empty_site
from tests.benchmarks.report import Figure, Report, figure, main

FILES, QUICK_FILES = 10_000, 600
DRAWN = 100  # different pictures; the other files have the same ones with other bytes behind them
LONGEST_PX = 900
WRITES = ("INSERT", "UPDATE", "DELETE", "COPY", "SELECT pg_advisory", "BEGIN", "SAVEPOINT", "RELEASE")
EMPTY = "TRUNCATE search_meme, search_source, search_claim, search_embeddingchange CASCADE"


def measure_folder(quick: bool) -> list[Figure]:
    """The same folder twice, by one worker and by two, each doing whatever stage is left; `lite`, text is not read."""
    files = QUICK_FILES if quick else FILES
    with empty_site() as site:
        draw(site.folder / "memes", files)
        one, two = (_run(site, files, workers) for workers in (1, 2))
    return [
        figure("folder: two workers beside one", two["rate"], "files/s", reference=one["rate"], bound=">= 1.6"),
        figure("folder: one worker's time that is writing to Postgres", 100 * one["writing"], "%", bound="< 10"),
        figure("folder: two workers' time that is writing to Postgres", 100 * two["writing"], "%", bound="< 10"),
    ]


def draw(folder: Path, files: int) -> None:
    folder.mkdir(parents=True)
    dice = random.Random(7)
    scenes = [scenery((LONGEST_PX + 100, LONGEST_PX + 100), dice) for _ in range(4)]
    drawn = []
    for number in range(min(DRAWN, files)):
        left, top = dice.randrange(100), dice.randrange(100)
        buffer = BytesIO()
        scenes[number % 4].crop((left, top, left + LONGEST_PX, top + 600)).save(buffer, "JPEG", quality=85)
        drawn.append(buffer.getvalue())
    for number in range(files):
        (folder / f"{number:05}.jpg").write_bytes(drawn[number % len(drawn)] + number.to_bytes(4, "big"))


def _run(site: Site, files: int, workers: int) -> dict[str, float]:
    """Files a second from when all workers are ready to the last vector, and the share of their time that is writing."""
    media = site.folder / f"media-{workers}"
    words = ("ingest_folder", "work", site.folder / "memes", files)
    running = [site.start(*words, number, MSE_MEDIA_DIR=str(media)) for number in range(workers)]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()  # it is ready
    started = time.perf_counter()
    told = [json.loads(process.communicate(b"\n")[0]) for process in running]
    took = time.perf_counter() - started
    shutil.rmtree(media)
    return {"rate": files / took, "writing": sum(one["writing_s"] for one in told) / (workers * took)}


def work(folder: Path, files: int, number: int) -> None:
    """What a worker does, until nothing is left; the first one also reads the folder."""
    import django

    django.setup()
    from django.db import connection

    from ingestion.crawling import import_folder
    from search import indexing, spaces
    from search.models import Embedding

    if number == 0:
        with connection.cursor() as cursor:
            cursor.execute(EMPTY)
    spaces.ensure("lite")
    writing = Watch(connection)
    print("ready", flush=True)
    sys.stdin.readline()
    if number == 0:
        import_folder(folder)
    stages: list[Callable[[], int]] = [indexing.derive_media, indexing.read_texts, indexing.embed_memes]
    while Embedding.objects.count() < files:
        if not sum([stage() for stage in stages]):
            time.sleep(0.05)
    print(json.dumps({"writing_s": writing.seconds}))


class Watch:
    """Adds up how long a connection writes: statements that change something, and the ends of transactions."""

    def __init__(self, connection: Any) -> None:
        self.seconds = 0.0
        connection.execute_wrappers.append(self._statement)
        commit = connection._commit

        def timed() -> None:
            started = time.perf_counter()
            commit()
            self.seconds += time.perf_counter() - started

        connection._commit = timed

    def _statement(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            if str(sql).lstrip().upper().startswith(tuple(word.upper() for word in WRITES)):
                self.seconds += time.perf_counter() - started


def measure(quick: bool) -> Report:
    files = QUICK_FILES if quick else FILES
    return Report("A folder", measure_folder(quick), {"files": files}, "most of the files" if quick else "")


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        main(measure, __doc__)
