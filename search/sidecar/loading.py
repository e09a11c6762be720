"""Build the index of a space beside whatever serves meanwhile: from the snapshot on disk, else from Postgres."""

import logging
import threading
import time
from collections.abc import Callable

import numpy as np
import psycopg

from search.encoders import Encoder, EncoderError
from search.sidecar import database
from search.sidecar.coded import CodedIndex
from search.sidecar.followed import Followed
from search.sidecar.index import ExactIndex, room_for
from search.sidecar.plan import Plan
from search.sidecar.served import Index, Served, Space
from search.sidecar.snapshot import SnapshotFolder

log = logging.getLogger(__name__)

SHORTEST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0

LoadEncoder = Callable[[str], Encoder]


class Cancelled(Exception):
    """Another space is wanted by now, or the process is ending."""


class Load:
    """One attempt, in a thread of its own with a connection of its own. `result` or `problem` is set at its end."""

    def __init__(self, url: str, space: Space, lineage: str, *, snapshots: SnapshotFolder, plan: Plan) -> None:
        self.space = space
        self.lineage = lineage
        self.result: Followed | None = None
        self.problem = ""
        self.progress = 0.0
        self.is_done = threading.Event()
        self._url = url
        self._snapshots = snapshots
        self._plan = plan
        self._is_cancelled = threading.Event()

    def start(self, load_encoder: LoadEncoder) -> None:
        threading.Thread(target=self._run, args=(load_encoder,), name="load", daemon=True).start()

    def cancel(self) -> None:
        self._is_cancelled.set()

    def _run(self, load_encoder: LoadEncoder) -> None:
        started = time.monotonic()
        try:
            encoder = load_encoder(self.space.encoder)
            if encoder.dims != self.space.dims:
                raise EncoderError(f"it gives {encoder.dims} numbers, the space has {self.space.dims}")
            with database.connect(self._url) as connection:
                self.result = self._restore(connection, encoder) or self._load_all(connection, encoder)
            memes = self.result.served.index.meme_count
            log.info("Space %d: %d memes loaded in %.1f s.", self.space.id, memes, time.monotonic() - started)
        except Cancelled:
            log.info("Space %d is not wanted any more.", self.space.id)
        except (EncoderError, psycopg.Error, OSError, MemoryError) as error:
            self.problem = f"Space {self.space.id} ({self.space.encoder}) cannot be loaded: {error}"
        except Exception as error:
            log.exception("Loading space %d failed.", self.space.id)
            self.problem = f"Space {self.space.id} ({self.space.encoder}) cannot be loaded: {error!r}"
        finally:
            self.is_done.set()

    def _restore(self, connection: database.Connection, encoder: Encoder) -> Followed | None:
        """The snapshot brought up to now, if after that it holds exactly the vectors that Postgres has."""
        found = self._snapshots.restore(self.space, self.lineage)
        if found is None:
            return None
        meta, index = found
        followed = Followed(Served(self.space, encoder, index), self.lineage, meta.horizon, meta.oldest, index.version)
        with database.frozen(connection):
            reading = database.read_changes(connection, meta.horizon)
            if meta.oldest is None or followed.misses_changes(reading):
                self._drop_snapshot("it is older than the oldest change that is still recorded")
                return None
            followed.advance(connection, reading, also=meta.reread)
            if not np.array_equal(index.keys(), database.read_keys(connection, self.space)):
                self._drop_snapshot("with every recorded change it still differs from the database")
                return None
        return followed

    def _drop_snapshot(self, reason: str) -> None:
        log.warning("The snapshot of space %d is dropped: %s.", self.space.id, reason)
        self._snapshots.drop(self.space)

    def _load_all(self, connection: database.Connection, encoder: Encoder) -> Followed:
        with database.frozen(connection):
            reading = database.read_changes(connection, None)
            total = database.count_vectors(connection, self.space)
            index = self._empty_index(total)
            for keys, vectors in database.stream_vectors(connection, self.space):
                index.extend(keys, vectors)
                self.progress = len(index) / max(total, 1)
                if self._is_cancelled.is_set():
                    raise Cancelled
        return Followed(Served(self.space, encoder, index), self.lineage, reading.snapshot, reading.oldest)

    def _empty_index(self, total: int) -> Index:
        if not self._plan.wants_codes(total):
            return ExactIndex(self.space.dims, capacity=room_for(total))
        index = CodedIndex(self._snapshots.new_rows(self.space.dims))  # the codes are learned once it serves
        index.reserve(total)
        return index


class Loader:
    """Has the wanted space loaded, one at a time; after a failure it waits, longer each time."""

    def __init__(
        self, url: str, snapshots: SnapshotFolder, load_encoder: LoadEncoder, plan: Plan | None = None
    ) -> None:
        self._url = url
        self._snapshots = snapshots
        self._plan = plan or Plan()
        self._load_encoder = load_encoder
        self._load: Load | None = None
        self._failed: Space | None = None
        self._retry_at = 0.0
        self._retry_s = SHORTEST_RETRY_S
        self.problem = ""

    @property
    def progress(self) -> float | None:
        return None if self._load is None else self._load.progress

    @property
    def is_done(self) -> bool:
        return self._load is not None and self._load.is_done.is_set()

    def want(self, space: Space, lineage: str, current: Served | None) -> None:
        """Begin to load `space` unless that is under way; `current` lends its encoder when it is the same. Repeat freely."""
        if self._load is not None and (self._load.space, self._load.lineage) == (space, lineage):
            return
        if space == self._failed and time.monotonic() < self._retry_at:
            return
        self.cancel()
        self._load = Load(self._url, space, lineage, snapshots=self._snapshots, plan=self._plan)
        if current is not None and current.space.encoder == space.encoder:
            lent = current.encoder
            self._load.start(lambda _: lent)
        else:
            self._load.start(self._load_encoder)

    def take(self) -> Followed | None:
        """The loaded index, once; None while there is none. A failure is noted in `problem`."""
        load = self._load
        if load is None or not load.is_done.is_set():
            return None
        self._load = None
        self._note(load)
        return load.result

    def cancel(self) -> None:
        """Nothing has to be loaded (any more)."""
        self.problem = ""
        if self._load is not None:
            self._load.cancel()
            self._load = None

    def _note(self, load: Load) -> None:
        self.problem = load.problem
        if load.result is not None:
            self._failed = None
            return
        log.error("%s", load.problem)
        self._retry_s = min(self._retry_s * 2, LONGEST_RETRY_S) if load.space == self._failed else SHORTEST_RETRY_S
        self._failed, self._retry_at = load.space, time.monotonic() + self._retry_s
