"""The sidecar put together: socket, service, follower and snapshots, from start to a clean end."""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import faiss

from search.encoders import load
from search.sidecar.coded import CodedIndex
from search.sidecar.dispatch import Dispatcher
from search.sidecar.follower import Follower
from search.sidecar.keeper import SnapshotKeeper
from search.sidecar.loading import Loader
from search.sidecar.plan import Plan
from search.sidecar.served import Served
from search.sidecar.server import Server
from search.sidecar.service import Service
from search.sidecar.snapshot import SnapshotFolder
from search.sidecar.terms import Health
from search.sidecar.tuning import Tuner
from search.sidecar.warming import Warmed

log = logging.getLogger(__name__)

# For a statement or a block of an index load that is under way.
PATIENCE_S = 5.0

Work = Callable[[threading.Event], None]


class Process:
    """Answers on the socket from the first moment, first with its health alone."""

    def __init__(
        self, socket_path: Path, url: str, snapshots: Path, *, device: str, threads: int, plan: Plan, encoder: str = ""
    ) -> None:
        folder = SnapshotFolder(snapshots)
        self._service = Service()
        encoders = snapshots.parent / "encoders"
        self._encoder = Warmed(lambda spec: load(spec, device=device, threads=threads, folder=encoders), encoder)
        self._loader = Loader(url, folder, self._encoder, plan)
        self._follower = Follower(url, self._service, self._loader)
        self._keeper = SnapshotKeeper(self._follower, folder)
        self._tuner = Tuner(self._service, folder.new_rows, plan)
        self._folder = folder
        self._server = Server(socket_path, Dispatcher(self._service, self.health).answer)
        self._threads = threads
        self._has_failed = False
        self._started = time.monotonic()

    def run(self, stop: threading.Event) -> bool:
        """Until `stop` is set; then save the index. False when something broke. Raises SocketTaken before anything else."""
        faiss.omp_set_num_threads(self._threads)
        self._server.start()
        log.info("Listening on %s.", self._server.path)
        self._encoder.start()
        self._folder.clear_rows()  # whoever listens here owns the folder
        works = [self._start(work, stop) for work in (self._follower.run, self._keeper.run, self._tuner.run)]
        stop.wait()
        self._server.stop()
        for work in works:
            work.join(PATIENCE_S)
        self._keeper.save(is_last=True)
        self._server.release()
        log.info("Stopped.")
        return not self._has_failed

    def _start(self, work: Work, stop: threading.Event) -> threading.Thread:
        thread = threading.Thread(target=self._run_or_end, args=(work, stop), name=work.__qualname__, daemon=True)
        thread.start()
        return thread

    def _run_or_end(self, work: Work, stop: threading.Event) -> None:
        try:
            work(stop)
        except Exception:
            log.exception("The sidecar ends, because a part of it failed.")  # half of it running would look like health
            self._has_failed = True
            stop.set()

    def health(self) -> Health:
        served, follower = self._service.served, self._follower
        common = Health(
            "starting" if follower.wants_space else "waiting",
            loading=self._loader.progress,
            followed=follower.is_connected,
            lag_s=follower.lag_s,
            tuning=self._tuner.progress,
            sampled_recall=self._tuner.sampled_recall,
            note=follower.problem or self._loader.problem or self._tuner.problem,
            pid=os.getpid(),
            uptime_s=time.monotonic() - self._started,
        )
        return common if served is None else _with_served(common, served)


def _with_served(health: Health, served: Served) -> Health:
    space, encoder = served.space, served.encoder
    outdated = f"texts are encoded by revision {encoder.revision}, the vectors are of revision {space.revision}"
    return replace(
        health,
        state="ready",
        space_id=space.id,
        encoder=space.encoder,
        revision=encoder.revision,
        dims=space.dims,
        vectors=len(served.index),
        memes=served.index.meme_count,
        is_exact=not isinstance(served.index, CodedIndex) or served.index.codes is None,
        note=health.note or ("" if encoder.revision == space.revision else outdated),
    )
