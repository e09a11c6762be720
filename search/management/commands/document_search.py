"""Write the page about the query language: `manage.py document_search`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from search.query.document import document

PAGE = Path("docs/search.md")


class Command(BaseCommand):
    help = f"Write {PAGE} from the table of keys that the parser reads by."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        (settings.BASE_DIR / PAGE).write_text(document(), encoding="utf-8")
        self.stdout.write(f"Wrote {PAGE}.")
