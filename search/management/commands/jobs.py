"""Long work in the terminal: `manage.py jobs`, and with `--follow` its bars until all of it has ended."""

import time
from collections.abc import Sequence
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from search import job_rows
from search.job_lines import Line, lines
from search.models import Job

LOOKS_EVERY_S = 1.0
BAR_WIDTH = 24


class Command(BaseCommand):
    help = "What is being done, how far it is, and what became of the latest work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--follow", action="store_true", help="stay, with bars, until everything has ended")
        parser.add_argument("--limit", type=int, default=20, help="how many of those that have ended (20)")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=cast(IO[str], self.stdout._out))  # OutputWrapper hides the stream and ends every write
        if options["follow"]:
            self._follow(console)
        ended = Job.objects.exclude(finished_at=None).select_related("started_by").order_by("-pk")
        shown = [*going_on(), *lines(ended[: max(0, options["limit"])], curates=True)]
        console.print(table(shown) if shown else "Nothing has been done lately.", highlight=False)

    def _follow(self, console: Console) -> None:
        with Live(console=console, transient=True, auto_refresh=False) as live:
            while seen := going_on():
                live.update(Group(table(seen)), refresh=True)
                time.sleep(LOOKS_EVERY_S)


def going_on() -> list[Line]:
    job_rows.expire()
    return lines(Job.objects.going_on().select_related("started_by").order_by("pk"), curates=True)


def table(shown: Sequence[Line]) -> Table:
    found = Table(box=None, pad_edge=False, show_header=False)
    for one in shown:
        job = one.job
        by = f"by {job.started_by.username}" if job.started_by else ""
        told = " · ".join(part for part in (one.far if job.done or job.total else "", one.pace, one.said) if part)
        name = Text(f"{one.kind.label} {job.about}".strip())
        found.add_row(Text(str(job.pk), justify="right"), name, bar(one), Text(one.state), Text(by), Text(told))
    return found


def bar(shown: Line) -> ProgressBar | Text:
    if not shown.job.is_open:
        return Text("")
    percent = shown.job.percent
    return ProgressBar(total=None if percent is None else 100, completed=percent or 0, width=BAR_WIDTH)
