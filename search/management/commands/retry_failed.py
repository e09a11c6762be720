"""`manage.py retry_failed`: try every stage again that had set a meme aside."""

from typing import Any

from django.core.management.base import BaseCommand

from search import claims
from search.tasks import nudge


class Command(BaseCommand):
    help = "Forget recorded failures, so that thumbnails, text and vectors are tried again."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{claims.retry()} failures will be tried again.")
        nudge()
