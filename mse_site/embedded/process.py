"""One service and the process that runs it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals

import psutil

from mse_site.embedded import launch
from mse_site.embedded.account import Account
from mse_site.embedded.instance import Record
from mse_site.embedded.logs import open_log


def always() -> bool:
    return True


def nothing() -> None:
    return None


@dataclass(frozen=True)
class Service:
    """What to run, how to tell that it is ready, and how to stop it.

    A start fails when a critical service does; the others are left to come up in their own time. `stop_signals` are
    sent one after another, `stop_timeout_s` apart, and then SIGKILL. `orphan_signal` is what the kernel sends it when
    the supervisor was killed and nobody is left to insist.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    is_ready: Callable[[], bool] = always
    ready_timeout_s: float = 30.0
    before_start: Callable[[], None] = nothing
    stop_signals: tuple[Signals, ...] = (Signals.SIGTERM,)
    stop_timeout_s: float = 10.0
    orphan_signal: Signals = Signals.SIGTERM
    is_critical: bool = True
    niceness: int = 0
    account: Account | None = None


class Child:
    """A running process that leads a session of its own. Start it from a thread that lives as long as the site does:
    when that thread ends, Linux takes its starter for dead."""

    def __init__(self, service: Service, log_path: Path, env: Mapping[str, str]) -> None:
        self.service = service
        self.log_path = log_path
        self.started = time.monotonic()
        with open_log(log_path) as log:
            self.log_start_byte = log.seek(0, os.SEEK_END)
            self._popen = subprocess.Popen(
                _command(service),
                env={**env, **service.env},
                cwd=service.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self._popen.pid
        self.created = psutil.Process(self.pid).create_time()

    def record(self) -> Record:
        service = self.service
        return Record(service.name, self.pid, self.created, service.stop_signals[0].value, service.command)

    def exit_code(self) -> int | None:
        """None while it runs. When it has ended, whatever it left in its process group is killed."""
        if self._popen.returncode is None and self._has_ended():
            self.kill()  # before its number is given back, while the group can be nobody else's
            self._popen.wait()
        return self._popen.returncode

    def send(self, number: Signals) -> None:
        """To the process itself, which tells its own children; no error when it has ended."""
        if not self._has_ended():
            self._popen.send_signal(number)

    def kill(self) -> None:
        """The whole group, at once."""
        if self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: of a group of zombies
                os.killpg(self.pid, signal.SIGKILL)

    def _has_ended(self) -> bool:
        if self._popen.returncode is not None:
            return True
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return ended is not None


def _command(service: Service) -> list[str]:
    account = service.account or Account(-1, -1)
    numbers = (os.getpid(), service.orphan_signal.value, service.niceness, account.uid, account.gid)
    # Isolated and without site-packages: 12 ms instead of a whole start of Python.
    return [sys.executable, "-I", "-S", launch.__file__, *map(str, numbers), *service.command]
