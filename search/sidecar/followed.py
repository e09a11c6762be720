"""An index together with how far into Postgres' history it reaches, and the step that takes it further."""

from collections.abc import Iterable
from dataclasses import dataclass

from search.sidecar import database
from search.sidecar.served import Served

# Searches wait while a batch is put in: at 768 dims this many take 2 ms.
BATCH_MEMES = 1000


@dataclass(eq=False)
class Followed:
    """`served.index` holds everything that the transactions visible in `horizon` did, and maybe some of what came later."""

    served: Served
    lineage: str  # of the database that `horizon` belongs to
    horizon: str  # pg_snapshot
    oldest: int | None  # first transaction in the journal when it was read last; None: the journal was empty
    saved_version: int | None = None  # of the index, as it lies in the snapshot folder

    def misses_changes(self, reading: database.Reading) -> bool:
        """Whether the journal no longer reaches back to `horizon`, because it was pruned or truncated meanwhile.

        Pruning deletes everything below one transaction number and keeps that transaction's rows, so nothing was
        pruned unless the oldest row left is a newer one, and nothing was missed unless that is beyond the horizon.
        """
        if self.oldest is None or reading.oldest is None:
            return self.oldest is not None
        return reading.oldest > self.oldest and reading.oldest > database.xmin_of(self.horizon)

    def advance(self, connection: database.Connection, reading: database.Reading, also: Iterable[int] = ()) -> None:
        """Bring every changed meme to its state of now. Safe to repeat and to be interrupted: the horizon moves last."""
        meme_ids = sorted({*reading.changed, *also})
        for start in range(0, len(meme_ids), BATCH_MEMES):
            batch = meme_ids[start : start + BATCH_MEMES]
            self.served.apply(database.read_memes(connection, self.served.space, batch))
        self.horizon, self.oldest = reading.snapshot, reading.oldest
