"""`manage.py export_collections PATH`: collections as folders of files, with the names that were chosen, kept in step."""

from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rating.curation import exporting

SHOWN_FAILURES = 20


class Command(BaseCommand):
    help = "Export collections as files, a folder for each. Safe to repeat; files that it did not write are left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="a folder that is there")
        parser.add_argument("--user", help="whose own collections; without it, those that are shared")

    def handle(self, *args: Any, **options: Any) -> None:
        user = None
        if options["user"] is not None:
            user = User.objects.filter(username__iexact=options["user"]).first()
            if user is None:
                raise CommandError(f"There is nobody called {options['user']!r} here.")
        try:
            done = exporting.export(options["path"], user)
        except (exporting.BadFolder, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done.written} written, {done.removed} removed, {done.unchanged} as they were.")
        for path, reason in done.failed[:SHOWN_FAILURES]:
            self.stderr.write(f"{path}: {reason}")
        if done.failed:
            raise CommandError(f"{len(done.failed)} could not be exported.")
