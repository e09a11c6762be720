"""One run of a source at a time: a lock that a killed process gives up by dying."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection

from search.models import Source

log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)  # what a database that went away is noticed by
LOST = "The database does not answer. What was read so far is kept: the next run goes on from there."
NAMESPACE = 0x4D5345  # "MSE": keeps our advisory locks apart from anybody else's in the same database


class SourceBusy(Exception):
    """Another run of the source is going on."""


@contextmanager
def only_run_of(source: Source) -> Iterator[None]:
    """Hold the lock of `source`, or raise SourceBusy at once. It belongs to this database connection and dies with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [NAMESPACE, source.pk])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise SourceBusy(f"{source} is being read already: wait until that run has finished.")
    try:
        yield
    finally:
        _give_up(source)


def _give_up(source: Source) -> None:
    """Whatever ended the run is what is told: that of a lock which died with its connection would hide it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [NAMESPACE, source.pk])
    except AWAY as error:
        log.warning("the lock of %s went with the connection: %s", source, error)
        connection.close()  # the next query makes another one


def running() -> set[int]:
    """The ids of the sources that are being read right now, by any process."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [NAMESPACE],
        )
        return {int(row[0]) for row in cursor.fetchall()}
