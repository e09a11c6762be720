"""`manage.py demo`: the whole site with a drawn library and three people."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import DatabaseError, connection
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from ingestion.crawlers.base import SourceGone
from ingestion.locks import SourceBusy
from mse_site import seeding
from mse_site.demo.people import PASSWORD
from mse_site.demo.world import COUNT
from mse_site.embedded.narration import Narrator
from mse_site.embedded.stack import Stack
from mse_site.management.commands.up import Command as UpCommand
from search import indexing

LOOK_EVERY_S = 0.5


class Command(UpCommand):
    help = "Run the site with a demo library that it draws itself. Repeated, it goes on where it was."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--count", type=int, default=COUNT, help="memes to draw (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.count = max(1, options["count"])
        super().handle(*args, **options)

    def serve(self, stack: Stack, narrator: Narrator) -> None:
        """Fill the library beside the supervisor, which belongs to this thread."""
        for login in seeding.create_people():
            narrator.say(f"  [bold]{login.username:<8}[/] password [bold]{PASSWORD}[/]  [dim]{login.role}[/]")
        narrator.say(f"  [dim]Other commands on this library: MSE_DATA_DIR={settings.DATA_DIR} manage.py ...[/]\n")
        stopping = threading.Event()
        work = threading.Thread(target=self._fill, args=(narrator, stopping), daemon=True)
        work.start()
        try:
            stack.wait()
        finally:
            stopping.set()
            work.join(5)

    def _fill(self, narrator: Narrator, stopping: threading.Event) -> None:
        """Draw and take in. What is in the way is said in a line, and the site runs on with what it has."""
        try:
            self._draw(narrator, stopping)
        except _Stopped:
            return
        except (SourceBusy, SourceGone, OSError, DatabaseError) as error:
            if not stopping.is_set():
                narrator.say(f"  [red]✗[/] The demo library is not complete: {escape(' '.join(str(error).split()))}")
        else:
            if not stopping.is_set():
                narrator.say("  The demo library is complete.")
        finally:
            connection.close()

    def _draw(self, narrator: Narrator, stopping: threading.Event) -> None:
        columns = (TextColumn("  {task.description:<8}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=narrator.console) as bar, ThreadPoolExecutor(1) as beside:
            drawn = bar.add_task("drawn", total=self.count)
            stages = {name: bar.add_task(name, total=None) for name in ("media", "text", "vectors")}
            is_over = threading.Event()
            following = beside.submit(_follow, bar, stages, lambda: stopping.is_set() or is_over.is_set())
            try:
                seeding.fill(self.count, on_drawn=lambda number: _advance(bar, drawn, number, stopping))
                bar.update(drawn, completed=self.count)
            except BaseException:
                is_over.set()
                raise
            following.result()


class _Stopped(Exception):
    """Somebody pressed Ctrl-C while the library was being drawn."""


def _advance(bar: Progress, task: TaskID, number: int, stopping: threading.Event) -> None:
    if stopping.is_set():
        raise _Stopped
    bar.update(task, completed=number)


def _follow(bar: Progress, stages: dict[str, TaskID], is_over: Callable[[], bool]) -> None:
    """Show how far the workers are, until everything that was drawn is searchable."""
    try:
        while not is_over():
            done = indexing.progress()
            for name, value in (("media", done.media), ("text", done.text), ("vectors", done.embedded)):
                bar.update(stages[name], completed=value, total=done.memes or None)
            if bar.tasks[0].finished and done.memes and done.is_complete():
                return
            time.sleep(LOOK_EVERY_S)
    finally:
        connection.close()
