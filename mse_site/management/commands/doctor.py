"""`manage.py doctor`: what is up, what is wrong, and what mends it."""

import json
import sys
from dataclasses import asdict
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.table import Table

from mse_site.diagnosis import Finding, examine

MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]look[/]", "fault": "[red]fault[/]"}


class Command(BaseCommand):
    help = "Show what is up, versions, space and counts, and for each fault the command that mends it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON list instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings]))
        else:
            self._print(findings)
        if any(finding.state == "fault" for finding in findings):
            sys.exit(1)

    def _print(self, findings: list[Finding]) -> None:
        table = Table("Part", "State", "Detail", "What to do", box=None, pad_edge=False)
        for finding in findings:
            table.add_row(finding.part, MARKS[finding.state], finding.detail, finding.remedy)
        Console(file=cast(IO[str], self.stdout._out)).print(table)  # OutputWrapper hides the stream
