"""Starts services, keeps them running and stops them: the one place that owns their processes."""

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mse_site.embedded import instance, logs, stopping
from mse_site.embedded.errors import CannotRun
from mse_site.embedded.interrupts import Interrupts
from mse_site.embedded.process import Child, Service
from mse_site.embedded.stopping import Farewell

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
STEADY_S = 30.0
POLL_STARTING_S, POLL_RUNNING_S = 0.05, 0.25
LOG_CHECK_S = 60.0

State = Literal["starting", "ready", "waiting", "stopped"]


class ServiceFailed(CannotRun):
    """A service that the site cannot do without did not start; the message quotes its log."""


class StopRequested(Exception):
    """Somebody asked to stop while something was being started."""


@dataclass(frozen=True)
class Event:
    """Something to tell whoever watches. `seconds`: what it took, or for "died" the delay before the next start."""

    service: str
    what: Literal["left over", "starting", "ready", "done", "died", "stopped", "killed"]
    seconds: float = 0.0
    detail: str = ""


@dataclass
class Watched:
    service: Service
    log_path: Path
    state: State = "starting"
    child: Child | None = None
    log_start_byte: int = 0
    restarts: int = 0
    failures: int = 0  # in a row
    next_start: float = 0.0
    ready_since: float = 0.0
    ready_after_s: float | None = None

    def is_late(self, now: float) -> bool:
        """Whether it has been starting for longer than it should."""
        return self.child is not None and now - self.child.started > self.service.ready_timeout_s


@dataclass
class Supervisor:
    """Belongs to the thread that made it. `env` is the environment of every child.

    A service that stayed up for `steady_s` starts again without a growing delay, as if for the first time.
    """

    own_dir: Path
    logs_dir: Path
    env: Mapping[str, str]
    interrupts: Interrupts
    tell: Callable[[Event], None] = lambda event: None
    steady_s: float = STEADY_S
    _groups: list[list[Watched]] = field(default_factory=list)
    _logs_checked: float = field(default_factory=time.monotonic)

    def run_once(self, service: Service) -> int:
        """Run to the end and give its exit code; a request to stop ends it and raises StopRequested."""
        return self._run_once(self._add([service])[0])

    def run_to_success(self, service: Service) -> None:
        """As `run_once`, but raises ServiceFailed unless the exit code is 0."""
        watched = self._add([service])[0]
        code = self._run_once(watched)
        if code != 0:
            raise _failure(watched, f"ended with exit code {code}")

    def start(self, services: Iterable[Service], *, wait_for: Sequence[str] | None = None) -> None:
        """Start a group at once and wait until the named ones (or all) are ready. Raises ServiceFailed or StopRequested."""
        group = self._add(services)
        for watched in group:
            self._start(watched)
        awaited = [watched for watched in group if wait_for is None or watched.service.name in wait_for]
        while not all(watched.state == "ready" for watched in awaited):
            self._pause_or_stop()
            self.step()
            for watched in awaited:
                _check_start(watched)

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything running until somebody asks to stop, or `until` says so."""
        while not self.interrupts.count and not until():
            self.step()
            self.interrupts.pause(self._next_look_s())

    def step(self) -> None:
        """Look at everything once: note what became ready, restart what died and has waited long enough."""
        now = time.monotonic()
        for watched in self.watched:
            if watched.child is not None and (code := watched.child.exit_code()) is not None:
                self._note_death(watched, code, now)
            elif watched.state == "starting" and watched.service.is_ready():
                self._note_ready(watched, now)
            elif watched.state == "waiting" and now >= watched.next_start:
                self._restart(watched, now)
        if now - self._logs_checked > LOG_CHECK_S:
            self._logs_checked = now
            for watched in self.watched:
                logs.shorten(watched.log_path)

    def stop(self) -> None:
        """Everything, last group first; returns when nothing is left."""
        while self._groups:
            self._stop_group(self._groups[-1])
            self._groups.pop()

    @property
    def watched(self) -> list[Watched]:
        return [watched for group in self._groups for watched in group]

    def _run_once(self, watched: Watched) -> int:
        try:
            self._start(watched)
            assert watched.child is not None
            while (code := watched.child.exit_code()) is None:
                self._pause_or_stop()
            if code == 0:
                self.tell(Event(watched.service.name, "done", time.monotonic() - watched.child.started))
            return code
        finally:
            self._stop_group(self._groups.pop())

    def _add(self, services: Iterable[Service]) -> list[Watched]:
        self._groups.append([Watched(service, self.logs_dir / f"{service.name}.log") for service in services])
        return self._groups[-1]

    def _start(self, watched: Watched) -> None:
        watched.service.before_start()
        self.tell(Event(watched.service.name, "starting"))
        watched.child = Child(watched.service, watched.log_path, self.env)
        watched.state, watched.log_start_byte = "starting", watched.child.log_start_byte
        self._keep_records()

    def _restart(self, watched: Watched, now: float) -> None:
        watched.restarts += 1
        try:
            self._start(watched)
        except OSError as error:  # a full disk, too many processes: tomorrow it may work
            self._note_failure(watched, str(error), now)

    def _note_ready(self, watched: Watched, now: float) -> None:
        assert watched.child is not None
        watched.state, watched.ready_since = "ready", now
        watched.ready_after_s = now - watched.child.started
        self.tell(Event(watched.service.name, "ready", watched.ready_after_s))

    def _note_death(self, watched: Watched, code: int, now: float) -> None:
        if watched.state == "ready" and now - watched.ready_since >= self.steady_s:
            watched.failures = 0
        self._note_failure(watched, f"exit code {code}", now)
        self._keep_records()

    def _note_failure(self, watched: Watched, reason: str, now: float) -> None:
        delay_s = min(FIRST_DELAY_S * 2**watched.failures, LONGEST_DELAY_S)
        watched.state, watched.child, watched.next_start = "waiting", None, now + delay_s
        watched.failures += 1
        self.tell(Event(watched.service.name, "died", delay_s, reason))

    def _next_look_s(self) -> float:
        now = time.monotonic()
        looks = [POLL_RUNNING_S]
        for watched in self.watched:
            if watched.state == "waiting":
                looks.append(max(0.0, watched.next_start - now))
            elif watched.state == "starting" and not watched.is_late(now):
                looks.append(POLL_STARTING_S)
        return min(looks)

    def _pause_or_stop(self) -> None:
        if self.interrupts.count:
            raise StopRequested
        self.interrupts.pause(POLL_STARTING_S)

    def _stop_group(self, group: list[Watched]) -> None:
        children = [watched.child for watched in group if watched.child]
        stopping.stop(
            children,
            is_hurried=lambda: self.interrupts.count > 1,
            pause=lambda: self.interrupts.pause(POLL_STARTING_S),
            gone=self._tell_farewell,
        )
        for watched in group:
            watched.child, watched.state = None, "stopped"

    def _tell_farewell(self, farewell: Farewell) -> None:
        what: Literal["killed", "stopped"] = "killed" if farewell.was_killed else "stopped"
        self.tell(Event(farewell.child.service.name, what))

    def _keep_records(self) -> None:
        """On a full disk the record is not kept; the mark in every child's environment still leads to it."""
        children = [watched.child for watched in self.watched if watched.child]
        with contextlib.suppress(OSError):
            instance.keep_records(self.own_dir, [child.record() for child in children])


def _check_start(watched: Watched) -> None:
    """Raises ServiceFailed when a critical service died, or is still not ready after its time."""
    service = watched.service
    if not service.is_critical:
        return
    if watched.state == "waiting":
        reason = "ended"
    elif watched.is_late(time.monotonic()):
        reason = f"was not ready after {service.ready_timeout_s:.0f} s"
    else:
        return
    raise _failure(watched, reason)


def _failure(watched: Watched, reason: str) -> ServiceFailed:
    quoted = logs.tail(watched.log_path, since_byte=watched.log_start_byte) or "(it wrote nothing)"
    return ServiceFailed(f"{watched.service.name} {reason}. The end of {watched.log_path}:\n{quoted}")
