"""`manage.py evaluate USER AXIS --out FOLDER`: how good a taste is, as plots in files with their numbers beside them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rating import evaluation, sharing, sheets
from rating.held_out import NotMeasurable
from rating.models import Taste


class Command(BaseCommand):
    help = "Measure a taste on verdicts and comparisons that never taught it. Safe to repeat: files are overwritten."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="whose taste")
        parser.add_argument("axis", help="by its name or number")
        parser.add_argument("--out", type=Path, required=True, help="a folder; it is made if it is not there")
        parser.add_argument("--format", choices=["svg", "png"], default="svg")
        parser.add_argument(
            "--networks", type=int, metavar="VERSION", help="instead of what is learned at every answer"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        taste, user = self._taste(options)
        try:
            found = evaluation.evaluate(user, taste, options["networks"])
        except NotMeasurable as error:
            raise CommandError(str(error)) from error
        ticked = sheets.results(user, taste)
        plots = [*found.plots, *(replace(one.curve, name=f"sheet-{one.sheet.pk}") for one in ticked)]
        folder: Path = options["out"]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "evaluation.json").write_text(json.dumps(found.as_json(), indent=1) + "\n", encoding="utf-8")
            (folder / "sheets.json").write_text(
                json.dumps([one.as_json() for one in ticked], indent=1) + "\n", encoding="utf-8"
            )
            if plots:
                from rating.management import drawing  # takes a second, and nothing else needs it

                for plot in plots:
                    drawing.draw(plot, folder / f"{plot.name}.{options['format']}")
        except OSError as error:
            raise CommandError(f"Cannot write to {folder}: {error}") from error
        tested = found.comparisons["tested"]
        self.stdout.write(f"{found.verdicts.count} verdicts, {tested} comparisons, {len(plots)} plots in {folder}.")

    def _taste(self, options: dict[str, Any]) -> tuple[Taste, User]:
        user = User.objects.filter(username__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"There is nobody called {options['user']!r} here.")
        axis = sharing.axis_called(options["axis"])
        if axis is None:
            raise CommandError(f"There is no axis called {options['axis']!r}.")
        taste = evaluation.of_name(user, axis)
        if taste is None:
            raise CommandError("Nothing is known of this taste yet.")
        return taste, user
