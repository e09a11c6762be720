"""Moves the index into the form that its size asks for, beside the searches, and watches the recall of its codes."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable

from search.sidecar import codes as coding
from search.sidecar import recall
from search.sidecar.coded import CodedIndex
from search.sidecar.codes import SHALLOW, Codes
from search.sidecar.index import ExactIndex, room_for
from search.sidecar.plan import Plan
from search.sidecar.rows import RowFile
from search.sidecar.served import Served
from search.sidecar.service import Service

log = logging.getLogger(__name__)

LOOK_S = 1.0
COPIED_ROWS = 8192
# Shares of the work that are done once everything is copied, and once the codes are learned.
COPIED, TRAINED = 0.1, 0.3
# Work that nobody waits for gives way to searches on a busy machine.
NICENESS = 10

NewRows = Callable[[int], RowFile]  # dims -> an empty file


class Cancelled(Exception):
    """The process is ending, or another index is served by now."""


class Tuner:
    """One thing at a time, in one thread; whatever fails leaves the index that serves as it is."""

    def __init__(self, service: Service, new_rows: NewRows, plan: Plan) -> None:
        self._service = service
        self._new_rows = new_rows
        self._plan = plan
        self._stop = threading.Event()
        self._check_at = 0.0  # not before; a restarted process may measure at once what came while it was away
        self.progress: float | None = None  # of the change that is under way
        self.problem = ""
        self.sampled_recall: float | None = None

    def run(self, stop: threading.Event) -> None:
        self._stop = stop
        with contextlib.suppress(OSError):  # a thread has a priority of its own on Linux alone
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not stop.wait(LOOK_S):
            self.look()

    def look(self) -> None:
        """Do the one thing that is due, if any. Safe to repeat."""
        served = self._service.served
        if served is None:
            return
        try:
            self._tune(served)
            self.problem = ""
        except Cancelled:
            log.info("The change of the index is not wanted any more.")
        except (OSError, MemoryError, RuntimeError) as error:  # RuntimeError is what FAISS raises
            if str(error) != self.problem:
                log.warning("The index stays as it is: %s", error)
            self.problem = f"the index could not be changed: {error}"
        finally:
            self.progress = None

    def _tune(self, served: Served) -> None:
        index, plan = served.index, self._plan
        if isinstance(index, CodedIndex) and index.is_crowded:
            index.make_room()
        if isinstance(index, ExactIndex):
            if plan.wants_codes(len(index)):
                self._move_to_codes(served, index, None)
        elif plan.wants_exact(len(index)):
            self._move(served, index, ExactIndex(index.dims, capacity=room_for(len(index))))
        elif index.codes is None:
            self._give_codes(served, index, None)
        elif index.empty_share > plan.largest_empty_share:
            self._move_to_codes(served, index, index.codes.emptied())
        elif self._is_check_due(index, index.codes):
            self._check(served, index, index.codes)
        elif index.is_outgrown:
            index.settle()

    def _move_to_codes(self, served: Served, old: ExactIndex | CodedIndex, learned: Codes | None) -> None:
        """Into new slots without gaps; what was `learned` before is used again."""
        new = CodedIndex(self._new_rows(old.dims))
        new.reserve(len(old))
        self._move(served, old, new, lambda: self._give_codes(served, new, learned))

    def _move(
        self,
        served: Served,
        old: ExactIndex | CodedIndex,
        new: ExactIndex | CodedIndex,
        finish: Callable[[], None] = lambda: None,
    ) -> None:
        """Copy while `old` serves and changes, then let `new` take its place with what changed meanwhile."""
        started = time.monotonic()
        watch = old.watch_moves()
        try:
            for keys, vectors in old.blocks(COPIED_ROWS):
                new.extend(keys, vectors)
                self._report(served, COPIED * len(new) / max(len(old), 1))
            finish()
            if isinstance(new, CodedIndex):
                new.settle()  # else the first change would, while searches wait
            served.succeed(old, new, watch)
        finally:
            old.end_watch(watch)
        form = "by codes" if isinstance(new, CodedIndex) else "exactly"
        log.info("%d vectors are searched %s now; the move took %.1f s.", len(new), form, time.monotonic() - started)

    def _give_codes(self, served: Served, index: CodedIndex, learned: Codes | None) -> None:
        """Train, unless something was `learned`, encode every row and find out how many candidates reach the target."""
        started = time.monotonic()
        self._report(served, COPIED)
        live = index.live_slots()
        codes = learned
        if codes is None:
            codes = coding.train(coding.training_sample(index.row_file.rows, live), len(live))
        self._report(served, TRAINED)
        coding.encode(codes, index.row_file.rows, lambda done: self._report(served, TRAINED + (1 - TRAINED) * done))
        index.install(codes)
        if index.is_crowded:
            index.make_room()
        index.survey()
        sampled = recall.measure(index)
        codes.effort = sampled.reaching(self._plan.recall_target, self._plan.recall_target_unlike, len(live))
        self._note(index, sampled.at(codes.effort))
        log.info("Codes for %d vectors made in %.1f s.", index.slots, time.monotonic() - started)

    def _is_check_due(self, index: CodedIndex, codes: Codes) -> bool:
        new = index.slots - codes.measured_slots
        return new > self._plan.recall_after_share * index.slots and time.monotonic() >= self._check_at

    def _check(self, served: Served, index: CodedIndex, codes: Codes) -> None:
        self._check_at = time.monotonic() + self._plan.recall_every_s
        index.survey()
        like, unlike = recall.measure(index).at(codes.effort)
        if like < self._plan.recall_promised or unlike < self._plan.recall_promised_unlike:
            log.info("The sampled recall has sunk to %.3f and %.3f: the codes are learned anew.", like, unlike)
            self._give_codes(served, index, None)
        else:
            self._note(index, (like, unlike))

    def _note(self, index: CodedIndex, recalls: tuple[float, float]) -> None:
        self.sampled_recall = recalls[0]
        self._check_at = time.monotonic() + self._plan.recall_every_s
        index.note_measured()
        message = "Recall@%d on a sample: %.3f, for queries unlike the library %.3f, with %s."
        log.info(message, SHALLOW, *recalls, index.codes.effort if index.codes else "no codes")

    def _report(self, served: Served, progress: float) -> None:
        self.progress = progress
        if self._stop.is_set() or self._service.served is not served:
            raise Cancelled
