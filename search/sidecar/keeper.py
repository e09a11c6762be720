"""When to write the index to disk: soon after it was read from Postgres, then now and then, and at the end."""

import logging
import threading
import time

from search.sidecar.followed import Followed
from search.sidecar.follower import Follower
from search.sidecar.snapshot import SnapshotFolder

log = logging.getLogger(__name__)

INTERVAL_S = 300.0
# Writing must not keep the disk busy: at most this share of the time.
LARGEST_DISK_SHARE = 0.05
# An index that does not change is still followed; the journal behind its snapshot will be pruned one day.
REFRESH_S = 3600.0
LOOK_S = 1.0


class SnapshotKeeper:
    """Saves whatever the follower follows. A full or broken disk is logged and tried again later; nothing else stops."""

    def __init__(self, follower: Follower, snapshots: SnapshotFolder) -> None:
        self._follower = follower
        self._snapshots = snapshots
        self._saving = threading.Lock()  # the last save may meet one that is under way
        self._due_at = 0.0
        self._refresh_at = 0.0

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_S):
            if time.monotonic() >= self._due_at:
                self.save(is_last=False)

    def save(self, *, is_last: bool) -> None:
        """Write the index if it changed since it was written; else note how far it was followed, at the end or hourly."""
        followed = self._follower.current
        if followed is not None:
            with self._saving:
                self._save(followed, is_last=is_last)

    def _save(self, followed: Followed, *, is_last: bool) -> None:
        started = time.monotonic()
        version = followed.served.index.version
        try:
            if version != followed.saved_version:
                self._snapshots.write(followed)
                followed.saved_version = version
                log.info("Snapshot of %d vectors written.", len(followed.served.index))
            elif is_last or started >= self._refresh_at:
                self._snapshots.refresh(followed)
            else:
                return
            self._refresh_at = time.monotonic() + REFRESH_S
        except OSError as error:
            log.warning("The snapshot could not be written: %s", error)
        self._due_at = time.monotonic() + max(INTERVAL_S, (time.monotonic() - started) / LARGEST_DISK_SHARE)
