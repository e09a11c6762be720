"""Connections that are looked at, not asked, before a request relies on them."""

import select

from django.db.backends.postgresql import base
from psycopg import Connection


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Of a server that is gone the kernel says so, of one on this machine at once. Every request begins with this."""
        is_here = self.settings_dict["HOST"].startswith("/")
        if is_here and self.connection is not None and not self.connection.closed and not _has_news(self.connection):
            return True
        return super().is_usable()


def _has_news(connection: Connection) -> bool:
    """Something came that nobody asked for, such as the end."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    return bool(waiting.poll(0))
