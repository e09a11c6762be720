"""How long `manage.py demo` takes on a new data folder: to its pages, to the first search it answers, to the whole library."""

import http.client
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mse_site.demo.people import PASSWORD, PEOPLE
from mse_site.demo.world import COUNT, SEED, World
from tests.benchmarks.full_site import free_port, sign_in, started, wait
from tests.benchmarks.report import Report, figure, main

QUICK_COUNT = 60
ASK_EVERY_S = 0.5
# Things that the world draws often: whichever are drawn first, one of them is found by what it shows.
QUERIES = ("cat", "dog", "pizza", "car", "rocket")


@dataclass(frozen=True)
class Demo:
    port: int
    cookie: str

    def ask(self, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def finds_by_meaning(self) -> bool:
        """Whether a search for a thing is answered with a meme that its vector found. Asked as often as a person would,
        because each answer takes time from what is being waited for."""
        time.sleep(ASK_EVERY_S)
        hits = (hit for query in QUERIES for hit in self.ask(f"/api/v1/search?q={query}")["results"])
        return any(hit["score"] is not None for hit in hits)

    def progress(self) -> dict[str, int]:
        time.sleep(ASK_EVERY_S)
        found: dict[str, int] = self.ask("/api/v1/status")["progress"]
        return found


def measure(quick: bool) -> Report:
    count = QUICK_COUNT if quick else COUNT
    with _demo(count) as (port, log, since):
        # Before it has said so, a sign-in fails, and who fails a few times has to wait.
        wait(lambda: PASSWORD in log.read_text())
        up_s = since()
        demo = Demo(port, sign_in("127.0.0.1", port, PEOPLE[0].username, PASSWORD))
        wait(demo.finds_by_meaning)
        answers_s = since()
        # A few of the files are broken on purpose and never arrive.
        readable = sum(meme.is_readable for meme in World(SEED, count).memes)
        wait(lambda: demo.progress()["embedded"] >= readable)
        whole_s = since()
        wait(lambda: demo.progress()["text"] >= readable)
        text_s = since()
    figures = [
        figure("from the command until people may sign in", up_s, "s"),
        figure("from there to the first search with a result", answers_s - up_s, "s", bound="< 10"),
        figure("from there until every meme is found by meaning", whole_s - up_s, "s", bound="< 120"),
        figure("from there until every text is read", text_s - up_s, "s"),
    ]
    return Report("Demo", figures, {"memes drawn": count}, "most of the library" if quick else "")


@contextmanager
def _demo(count: int) -> Iterator[tuple[int, Path, Callable[[], float]]]:
    folder = Path(tempfile.mkdtemp(prefix="mse-demo-"))
    folder.chmod(0o711)  # the Postgres server may run as a user of its own and must get through
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    port = free_port()
    command = [sys.executable, "manage.py", "demo", "--bind", f"127.0.0.1:{port}", "--count", str(count)]
    log = folder / "log"
    begun = time.perf_counter()
    try:
        with log.open("wb") as output, started(command, {**kept, "MSE_DATA_DIR": str(folder / "data")}, output):
            yield port, log, lambda: time.perf_counter() - begun
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(measure, __doc__)
