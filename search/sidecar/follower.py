"""Follow Postgres: wait for a notification or a few seconds, read what changed, bring the index there."""

import logging
import threading
import time

import psycopg

from search.sidecar import database
from search.sidecar.followed import Followed
from search.sidecar.loading import Loader
from search.sidecar.served import Space
from search.sidecar.service import Service

log = logging.getLogger(__name__)

CHANNELS = ("mse_embeddings", "mse_spaces")
# A notification may be lost with its connection: look by oneself this often.
POLL_S = 2.0
# How soon a wish to stop or a finished load is noticed.
SLICE_S = 0.2
# Commits that follow each other closely are read together.
GATHER_S = 0.02
SHORTEST_RETRY_S = 0.1
LONGEST_RETRY_S = 5.0


class Follower:
    """Keeps `service` on the active space and its index level with Postgres; without Postgres, all stays as it is."""

    def __init__(self, url: str, service: Service, loader: Loader) -> None:
        self._url = url
        self._service = service
        self._loader = loader
        self._retry_s = SHORTEST_RETRY_S
        self._level_at: float | None = None  # monotonic time at which the index was level last
        self._is_level = False
        self.current: Followed | None = None
        self.is_connected = False
        self.wants_space = True  # None is active: there is nothing to load
        self.problem = ""

    @property
    def lag_s(self) -> float | None:
        """0 while level and listening, else the time since the index was level last; None: it never was."""
        if self._level_at is None or self.current is None:
            return None
        return 0.0 if self._is_level else time.monotonic() - self._level_at

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with database.connect(self._url) as connection:
                    self._follow(connection, stop)
            except psycopg.Error as error:
                self._note_loss(error)
                stop.wait(self._retry_s)
                self._retry_s = min(self._retry_s * 2, LONGEST_RETRY_S)
        self._loader.cancel()

    def _note_loss(self, error: psycopg.Error) -> None:
        before = self.problem
        self.problem = f"Postgres cannot be followed: {str(error).strip() or type(error).__name__}"
        self.is_connected = self._is_level = False
        if self.problem != before:
            log.warning("%s", self.problem)

    def _follow(self, connection: database.Connection, stop: threading.Event) -> None:
        for channel in CHANNELS:
            connection.execute(f"listen {channel}")
        lineage = database.read_lineage(connection)
        while not stop.is_set():
            self._step(connection, lineage)
            if self.problem:
                log.info("Following Postgres again.")
            self.is_connected, self.problem, self._retry_s = True, "", SHORTEST_RETRY_S
            self._wait(connection, stop)

    def _step(self, connection: database.Connection, lineage: str) -> None:
        loaded = self._loader.take()
        current = self.current if self.current is not None and self.current.lineage == lineage else None
        reading = database.read_changes(connection, current.horizon if current else None)
        if current is not None:
            self._advance(connection, current, reading)
        if reading.space is None:
            self._loader.cancel()
            self._publish(None)
        elif loaded is not None and _fits(loaded, reading.space, lineage):
            self._take_over(connection, loaded)
        elif current is None or current.served.space != reading.space or current.misses_changes(reading):
            self._loader.want(reading.space, lineage, self._service.served)
        else:
            self._loader.cancel()
        self.wants_space = reading.space is not None

    def _advance(self, connection: database.Connection, current: Followed, reading: database.Reading) -> None:
        if current.misses_changes(reading):
            self._is_level = False
            return
        self._is_level = self._is_level and not reading.changed
        current.advance(connection, reading)
        self._is_level, self._level_at = True, time.monotonic()

    def _take_over(self, connection: database.Connection, loaded: Followed) -> None:
        """Publish a loaded index once it is level: it may have been loaded from long ago."""
        reading = database.read_changes(connection, loaded.horizon)
        if loaded.misses_changes(reading):
            return  # the next step loads it anew
        loaded.advance(connection, reading)
        self._publish(loaded)

    def _publish(self, followed: Followed | None) -> None:
        if followed is None and self.current is not None:
            log.info("No embedding space is active.")
        self.current = followed
        self._service.publish(followed.served if followed else None)
        if followed is not None:
            self._is_level, self._level_at = True, time.monotonic()
            log.info("Answering in space %d (%s).", followed.served.space.id, followed.served.space.encoder)

    def _wait(self, connection: database.Connection, stop: threading.Event) -> None:
        deadline = time.monotonic() + POLL_S
        while not stop.is_set() and not self._loader.is_done and time.monotonic() < deadline:
            for _ in connection.notifies(timeout=SLICE_S, stop_after=1):
                stop.wait(GATHER_S)
                return


def _fits(loaded: Followed, space: Space, lineage: str) -> bool:
    return loaded.served.space == space and loaded.lineage == lineage
