"""Read folders as soon as something changes in them: `manage.py watch`."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from ingestion import tasks, watching


class Command(BaseCommand):
    help = "Until it is stopped, have folders that are sources read as soon as something changes in them."

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it notes each change
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        watching.watch(tasks.ask_by_id, stop)
