"""Read a source now: `manage.py crawl NAME`."""

from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localtime
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ingestion import history, listing, runs
from ingestion.intake import Counts
from ingestion.locks import SourceBusy
from search.jobs import Cancelled
from search.models import Source

SHOWN_RUNS = 30


class Command(BaseCommand):
    help = "Read a source now, as its schedule would, and say what came of it. Without a name, list the sources."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="name or number of the source")
        parser.add_argument(
            "--yes", action="store_true", help="of a folder: mark missing files even when many are gone"
        )
        parser.add_argument("--history", action="store_true", help="its latest runs, or those of all sources, instead")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=cast(IO[str], self.stdout._out))  # OutputWrapper hides the stream and ends every write
        if options["history"]:
            self._tell_history(console, self._named(options["name"]) if options["name"] else None)
            return
        if not options["name"]:
            self._list(console)
            return
        source = self._named(options["name"])
        try:
            run = self._run(console, source, options["yes"])
        except (SourceBusy, Cancelled, runs.DatabaseAway) as error:
            raise CommandError(str(error)) from error
        counts = run.counts
        console.print(
            f"{counts.added} added, {counts.known} known, {counts.failed} failed, {run.missing} missing.",
            highlight=False,
        )
        if run.is_pending:
            console.print("Some of it could not be had right now: the next run tries again.")
        if run.error:
            raise CommandError(run.error)

    def _list(self, console: Console) -> None:
        for line in listing.lines():
            console.print(
                f"{line.source.pk:>4}  {line.source.name} ({line.source.kind}): {line.state}, {line.memes} memes",
                highlight=False, markup=False,
            )  # fmt: skip

    def _tell_history(self, console: Console, source: Source | None) -> None:
        told = Table("when", "source", "by", "took", "came of it", "said", box=None, pad_edge=False)
        for run in history.latest(SHOWN_RUNS, source):
            by = run.started_by.username if run.started_by else "schedule"
            took = str(run.finished_at - run.started_at).split(".")[0] if run.finished_at else "going on"
            came = f"{run.added} added, {run.known} known, {run.failed} failed, {run.missing} missing"
            when = localtime(run.started_at).strftime("%Y-%m-%d %H:%M")
            told.add_row(*map(Text, (when, run.source.name, by, took, came, run.error)))
        if told.row_count:
            console.print(told)
        else:
            console.print("Nothing has been read yet.")

    def _named(self, name: str) -> Source:
        found = list(listing.sources().filter(name=name)) or list(listing.sources().filter(name__iexact=name))
        if not found and name.isdecimal():
            found = list(listing.sources().filter(pk=int(name)))
        if not found:
            raise CommandError(f"There is no source called {name}: `manage.py crawl` lists them.")
        if len(found) > 1:
            numbers = ", ".join(str(source.pk) for source in found)
            raise CommandError(f"Several sources are called {name}: say {numbers} instead.")
        return found[0]

    def _run(self, console: Console, source: Source, allow_missing: bool) -> runs.Run:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(f"Reading {source}", total=None)

            def tell(counts: Counts) -> None:
                bar.update(task, description=f"Reading {source}: {counts.added} new, {counts.total()} seen")

            return runs.crawl(source, allow_missing=allow_missing, on_progress=tell)
