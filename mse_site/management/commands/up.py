"""`manage.py up`: the whole site on this machine, until Ctrl-C."""

import os
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mse_site.embedded import listening
from mse_site.embedded.errors import CannotRun
from mse_site.embedded.narration import Narrator
from mse_site.embedded.stack import Stack, StackConfig
from mse_site.embedded.supervisor import StopRequested
from mse_site.env import BadSetting, Environment


class Command(BaseCommand):
    help = "Run everything the site is made of: its own Postgres and Redis (unless configured), search, workers, pages."
    requires_system_checks = []  # there is no database yet
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bind", default=settings.BIND, metavar="HOST:PORT", help="default: %(default)s")
        parser.add_argument("--no-workers", action="store_true", help="pages and search only; nothing new is read in")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        narrator = Narrator(sys.stdout)
        try:
            bind = Environment({"--bind": options["bind"]}).bind("--bind", settings.BIND)
            config = stack_config(bind=bind, has_workers=not options["no_workers"])
            with Stack(config, narrator) as stack:
                with narrator.starting():
                    stack.start()
                narrator.say(f"\n  [bold]{settings.SITE_NAME}[/] is at [bold]{listening.browser_url(config.bind)}[/]"
                             f"  [dim](after {time.monotonic() - began:.1f} s)[/]")  # fmt: skip
                narrator.say(f"  [dim]Logs are in {settings.DATA_DIR / 'logs'}. Ctrl-C stops everything.[/]\n")
                self.serve(stack, narrator)
                narrator.say("Stopping ...")
        except StopRequested:
            pass
        except (CannotRun, BadSetting, OSError) as error:
            raise CommandError(str(error)) from error
        narrator.say("Stopped. Nothing is left running.")

    def serve(self, stack: Stack, narrator: Narrator) -> None:
        """Until somebody asks to stop."""
        stack.wait()


def stack_config(*, bind: str, has_workers: bool = True) -> StackConfig:
    """The site that the settings describe."""
    return StackConfig(
        data_dir=settings.DATA_DIR,
        base_dir=settings.BASE_DIR,
        bind=bind,
        database_url=None if settings.EMBEDDED_POSTGRES else settings.DATABASE_URL,
        redis_url=None if settings.EMBEDDED_REDIS else settings.REDIS_URL,
        sidecar_socket=settings.SIDECAR_SOCKET,
        web_workers=settings.WEB_WORKERS,
        worker_processes=settings.WORKER_PROCESSES,
        has_workers=has_workers,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE},
        is_migrated=is_migrated,
    )


def is_migrated() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    finally:
        connection.close()
