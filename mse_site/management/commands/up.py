"""`manage.py up`: the whole site on this machine, until Ctrl-C."""

import sys
import time
from typing import Any

import psycopg
from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from rich.markup import escape

from mse_site.embedded import listening
from mse_site.embedded.errors import CannotRun
from mse_site.embedded.narration import Narrator
from mse_site.embedded.stack import Stack, StackConfig
from mse_site.embedded.supervisor import StopRequested
from mse_site.env import BadSetting, Environment


class Command(BaseCommand):
    help = "Run everything the site is made of: its own Postgres and Redis (unless configured), search, workers, pages."
    requires_system_checks = []  # there is no database yet; `handle` runs what can be
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bind", default=settings.BIND, metavar="HOST:PORT", help="default: %(default)s")
        parser.add_argument("--no-workers", action="store_true", help="pages and search only; nothing new is read in")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        narrator = Narrator(sys.stdout)
        try:
            bind = Environment({"--bind": options["bind"]}).bind("--bind", settings.BIND)
            self._check_exposure(bind)
            config = stack_config(bind=bind, has_workers=not options["no_workers"])
            with Stack(config, narrator) as stack:
                with narrator.starting():
                    stack.start()
                narrator.say(f"\n  [bold]{escape(settings.SITE_NAME)}[/] is at [bold]{listening.browser_url(config.bind)}[/]"
                             f"  [dim](after {time.monotonic() - began:.1f} s)[/]")  # fmt: skip
                narrator.say(
                    f"  [dim]Logs are in {escape(str(settings.DATA_DIR / 'logs'))}. Ctrl-C stops everything.[/]\n"
                )
                self.serve(stack, narrator)
                narrator.say("Stopping ...")
        except StopRequested:
            pass
        except (CannotRun, BadSetting, OSError, DatabaseError, psycopg.Error) as error:
            raise CommandError(f"{error}".strip()) from error
        narrator.say("Stopped. Nothing is left running.")

    def _check_exposure(self, bind: str) -> None:
        """The only checks that need no database, of the address that will be listened on."""
        settings.BIND = bind
        self.check(tags=[Tags.security])

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
        encoder=settings.MSE_ENCODER,
        web_workers=settings.WEB_WORKERS,
        worker_processes=settings.WORKER_PROCESSES,
        has_folders=bool(settings.FOLDERS),
        has_workers=has_workers,
        is_migrated=is_migrated,
    )


def is_migrated() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    finally:
        connection.close()
