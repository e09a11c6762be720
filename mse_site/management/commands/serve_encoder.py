"""`manage.py serve_encoder`: the encoder of this machine for sites on others, which name it by MSE_ENCODER=remote:..."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mse_site.env import BadSetting, Environment
from search import spaces
from search.encoders import EncoderError
from search.encoders.serving import EncoderServer

# Of this protocol's other servers.
BIND = "127.0.0.1:1708"


class Command(BaseCommand):
    help = "Answer with vectors of texts and pictures over HTTP. Whoever reaches the address may ask; nothing is kept."
    requires_system_checks = []  # it needs no database
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bind", default=BIND, metavar="HOST:PORT", help="default: %(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bind = Environment({"--bind": options["bind"]}).bind("--bind", BIND)
            encoder = spaces.encoder_of(settings.MSE_ENCODER)
            host, _, port = bind.rpartition(":")
            server = EncoderServer((host.strip("[]"), int(port)), encoder)
        except (BadSetting, EncoderError, OSError) as error:
            raise CommandError(str(error)) from error
        for number in (signal.SIGINT, signal.SIGTERM):
            # It waits for the loop that the signal interrupts.
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        self.stdout.write(f"{encoder.name}, revision {encoder.revision}, is at http://{bind}. Ctrl-C stops it.")
        self.stdout.flush()
        with server:
            server.serve_forever()
