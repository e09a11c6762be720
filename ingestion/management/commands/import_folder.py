"""Index a folder of memes in place: `manage.py import_folder PATH`."""

from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ingestion import crawling
from ingestion.crawlers.base import SourceGone
from ingestion.locks import AWAY, LOST, SourceBusy
from ingestion.models import FailedFind
from search.jobs import Cancelled
from search.locators import readable

SHOWN_FAILURES = 20


class Command(BaseCommand):
    help = "Index a folder, with its subfolders, in place. Safe to repeat: only what is new or changed is read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--yes", action="store_true", help="mark files as missing even when many are gone at once")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=cast(IO[str], self.stdout._out))  # OutputWrapper hides the stream and ends every write
        try:
            summary = self._import(console, options["path"], options["yes"])
        except (SourceGone, SourceBusy, Cancelled) as error:
            raise CommandError(str(error)) from error
        except AWAY as error:
            raise CommandError(f"{LOST} Is the site running? `make run` starts it.") from error
        self._report(console, summary)
        if summary.refused is not None:
            raise CommandError(str(summary.refused))

    def _import(self, console: Console, path: Path, allow_missing: bool) -> crawling.Summary:
        columns = (TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("files", total=crawling.count_files(path))
            return crawling.import_folder(
                path,
                allow_missing=allow_missing,
                on_progress=lambda counts: bar.update(task, completed=counts.total()),
            )

    def _report(self, console: Console, summary: crawling.Summary) -> None:
        counts = summary.counts
        console.print(
            f"{counts.added} added, {counts.known} already there, {counts.failed} failed, "
            f"{counts.ignored} other files ignored, {summary.missing} missing.",
            highlight=False,
        )
        failures = FailedFind.objects.filter(source=summary.source).order_by("locator")
        for failure in failures[:SHOWN_FAILURES]:
            console.print(f"  {readable(failure.locator)}: {failure.reason}", markup=False, highlight=False)
        if counts.failed > SHOWN_FAILURES:
            console.print(f"  ... and {counts.failed - SHOWN_FAILURES} more, listed in the admin under failed finds.")
        if counts.added:
            console.print("The new ones become searchable while the site runs; its pages show how far it is.")
