"""Sessions in the database as Django keeps them, read without its detours: every request reads one."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.db import connection
from django.utils import timezone

DATA = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DjangosStore):
    def load(self) -> dict[str, Any]:
        """What is in the session; of one that is gone or has expired nothing, and it gets another key when it is saved."""
        with connection.cursor() as cursor:
            cursor.execute(DATA, [self.session_key, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        return dict(self.decode(row[0]))
