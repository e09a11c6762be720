"""A sidecar in a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path

from search.sidecar import database
from search.sidecar.client import Sidecar
from search.sidecar.coded import CodedIndex
from search.sidecar.snapshot import SnapshotFolder
from search.sidecar.terms import Health, SidecarAway
from tests.search.sidecar.scratch import Library
from tests.search.sidecar.waiting import eventually

START_S = 60.0  # several test processes share two cores


class Running:
    """Starts at once; may be killed and started again on the same socket and snapshots."""

    def __init__(self, folder: Path, library: Library, *options: str) -> None:
        self.socket = folder / "sidecar.sock"
        self.snapshots = folder / "snapshots"
        self.log = folder / "log"
        self.client = Sidecar(self.socket)
        self._url = library.url
        self._options = options
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "search.sidecar", "--socket", str(self.socket), "--database", self._url]
        with self.log.open("a") as log:
            self.process = subprocess.Popen([*command, "--snapshots", str(self.snapshots), *self._options], stderr=log)

    def health(self) -> Health | None:
        try:
            return self.client.health()
        except SidecarAway:
            assert self.process.poll() is None, self.log.read_text()
            return None

    def wait_until(self, state: str) -> Health:
        def look() -> Health | None:
            health = self.health()
            return health if health is not None and health.state == state and health.followed else None

        health = eventually(look, within_s=START_S)
        assert health is not None
        return health

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(START_S)

    def saved(self, library: Library) -> dict[tuple[int, int], bytes]:
        """What the snapshot that it left behind holds, as `Library.searchable` tells it."""
        space = database.read_changes(library.connection, None).space
        assert space is not None
        restored = SnapshotFolder(self.snapshots).restore(space, database.read_lineage(library.connection))
        assert restored is not None
        meta, index = restored
        assert meta.reread == []
        keys, vectors = index.rows(0, index.slots if isinstance(index, CodedIndex) else len(index))  # emptied slots too
        return {divmod(key, 256): vector.tobytes() for key, vector in zip(keys.tolist(), vectors, strict=True)}
