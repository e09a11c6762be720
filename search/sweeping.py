"""Memes through a stage: leased in batches, worked on one by one, kept together; what goes wrong stays with its meme."""

import errno
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from celery.exceptions import SoftTimeLimitExceeded

from search import claims, jobs, library
from search.media import BadMedia
from search.models import Claim, Meme

log = logging.getLogger(__name__)

Made = TypeVar("Made")

KEEP_EVERY_S = 1.0  # what takes long is seen soon, and what takes no time is written by the batch

# The store or the machine is in trouble, not the meme: stop, keep the work for later, say it in the log.
BLOCKING_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})


class StageBlocked(Exception):
    """No meme can pass this stage at present, for a reason outside of the memes."""


@dataclass(frozen=True)
class Work(Generic[Made]):
    """What a stage does: `make` something of a meme, `keep` what was made of several, all or nothing."""

    stage: Claim.Stage
    batch: int
    make: Callable[[Meme], Made]
    keep: Callable[[Sequence[tuple[Meme, Made]]], None]


def sweep(work: Work[Any], *, budget_s: float, first: Callable[..., int] = lambda **_: 0) -> int:
    """Batch after batch until nothing is left; returns how many were done. `first` goes before each batch: reading text must
    not hold up thumbnails. Raises StageBlocked."""
    done, stop_at = 0, time.monotonic() + budget_s
    with jobs.sweep(work.stage.value, partial(claims.lacking, work.stage)) as job:
        while time.monotonic() < stop_at:
            first(budget_s=stop_at - time.monotonic())
            memes = claims.claim(work.stage, work.batch)
            if not memes:
                break
            done += _Turn(work, memes, job).run()
        else:
            job.has_more = True
    return done


class _Turn(Generic[Made]):
    """A batch in the hands of one worker. `_held` are those that are neither kept nor set aside."""

    def __init__(self, work: Work[Made], memes: Sequence[Meme], job: jobs.Running) -> None:
        self._work, self._memes, self._job = work, memes, job
        self._held = {meme.pk for meme in memes}
        self._made: list[tuple[Meme, Made]] = []
        self._done = 0

    def run(self) -> int:
        kept_at = time.monotonic()
        for meme in self._memes:
            try:
                self._settle(meme, self._make)
                if time.monotonic() - kept_at > KEEP_EVERY_S or meme is self._memes[-1]:
                    self._keep()
                    kept_at = time.monotonic()
            except StageBlocked:
                claims.release(sorted(self._held), self._work.stage)
                raise
            except SoftTimeLimitExceeded:
                claims.postpone(meme.pk, self._work.stage, "It took longer than a task may.")
                claims.release(sorted(self._held - {meme.pk}), self._work.stage)
                raise
        return self._done

    def _make(self, meme: Meme) -> None:
        self._made.append((meme, self._work.make(meme)))

    def _keep(self) -> None:
        made, self._made = self._made, []
        if not made:
            return
        try:
            self._work.keep(made)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.warning("What was made in %s is kept one by one", self._work.stage, exc_info=True)
            for meme, result in made:
                if self._settle(meme, partial(self._keep_one, result)):
                    self._count([meme])
        else:
            self._count([meme for meme, _ in made])

    def _keep_one(self, result: Made, meme: Meme) -> None:
        self._work.keep([(meme, result)])

    def _count(self, memes: Sequence[Meme]) -> None:
        self._held -= {meme.pk for meme in memes}
        self._done += len(memes)
        self._job.advance(len(memes))

    def _settle(self, meme: Meme, step: Callable[[Meme], None]) -> bool:
        """Try one meme; what goes wrong is kept with it and stops nothing else, unless it would stop every meme."""
        stage = self._work.stage
        try:
            step(meme)
        except (BadMedia, library.OriginalGone) as error:
            claims.fail(meme.pk, stage, str(error))
        except SoftTimeLimitExceeded:
            raise
        except OSError as error:
            if error.errno in BLOCKING_ERRORS:
                raise StageBlocked(f"{stage}: {error}") from error
            claims.postpone(meme.pk, stage, str(error))
        except Exception as error:
            log.exception("%s of meme %s failed", stage, meme.pk)
            claims.postpone(meme.pk, stage, f"{type(error).__name__}: {error}")
        else:
            return True
        self._held.discard(meme.pk)
        self._job.advance()
        return False
