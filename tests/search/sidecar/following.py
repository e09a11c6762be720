"""A follower in a thread of the test, with all that it needs around it."""

import threading
from pathlib import Path

from search.encoders import load
from search.sidecar.follower import Follower
from search.sidecar.keeper import SnapshotKeeper
from search.sidecar.loading import LoadEncoder, Loader
from search.sidecar.service import Service
from search.sidecar.snapshot import SnapshotFolder
from search.sidecar.terms import VectorTerm
from tests.search.sidecar.scratch import Library, unit_vectors
from tests.search.sidecar.waiting import eventually

# The promise is a second; one test holds the follower to it, the others only ask for the right result on a busy machine.
PROMISED_S = 1.0
VISIBLE_S = 10.0
LOADED_S = 30.0


class Following:
    def __init__(self, library: Library, folder: Path, load_encoder: LoadEncoder = load) -> None:
        self.library = library
        self.snapshots = SnapshotFolder(folder)
        self.service = Service()
        self.loader = Loader(library.url, self.snapshots, load_encoder)
        self.follower = Follower(library.url, self.service, self.loader)
        self.keeper = SnapshotKeeper(self.follower, self.snapshots)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.follower.run, args=(self._stop,))
        self._thread.start()

    def ready(self, space_id: int = 1) -> "Following":
        eventually(lambda: self.space_id == space_id, within_s=LOADED_S)
        return self

    @property
    def space_id(self) -> int | None:
        return self.service.served.space.id if self.service.served else None

    def finds(self, meme_id: int, seed: int) -> bool:
        """Whether the vector that follows from `seed` is the meme's best."""
        found = self.service.search([VectorTerm(unit_vectors(seed)[0])], 1)
        return found.ids.tolist() == [meme_id] and float(found.scores[0]) > 0.99

    def has(self, meme_id: int) -> bool:
        served = self.service.served
        return served is not None and len(served.index.vectors_of(meme_id)) > 0

    def vectors(self) -> dict[tuple[int, int], bytes]:
        """What the index holds, as `Library.searchable` tells it."""
        assert self.service.served is not None
        index = self.service.served.index
        keys, vectors = index.rows(0, len(index))
        return {divmod(key, 256): vector.tobytes() for key, vector in zip(keys.tolist(), vectors, strict=True)}

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
