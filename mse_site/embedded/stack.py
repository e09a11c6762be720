"""The processes that the site is made of, and the order they come in."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from mse_site.embedded import listening, paths, servers, unix
from mse_site.embedded.process import Service
from mse_site.embedded.running import supervised
from mse_site.embedded.supervisor import Event, State

# What is spread over processes already must not spread over threads as well.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
WEB_THREADS = 4
# In memory, so that a slow or full disk does not look like a hung web process.
HEARTBEATS = "/dev/shm"
# Pages and searches come before work that nobody is waiting for.
BACKGROUND = 10


@dataclass(frozen=True)
class StackConfig:
    """Of one site. `env` is what every process gets, and must lead the site's settings to the same addresses.

    No `database_url` or `redis_url`: a private server is started. `worker_processes` 0: one for each core.
    `encoder` is loaded by the sidecar before it knows which one serves. `has_folders`: some may be sources, to be watched.
    `is_migrated` is asked, when Postgres answers, whether `manage.py migrate` can be left out.
    """

    data_dir: Path
    base_dir: Path
    bind: str = "127.0.0.1:8000"
    python: str = sys.executable
    database_url: str | None = None
    redis_url: str | None = None
    sidecar_socket: Path | None = None
    encoder: str = ""
    web_workers: int = 2
    worker_processes: int = 0
    has_workers: bool = True
    has_folders: bool = False
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    is_migrated: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class ServiceStatus:
    name: str
    state: State
    pid: int | None
    restarts: int
    ready_after_s: float | None
    log_path: Path


class Stack:
    """Use as `with Stack(config) as stack: stack.start(); stack.wait()`; leaving the block stops everything.

    All of it in the main thread: signals arrive there, and the processes are told when their starter's thread ends.
    """

    def __init__(self, config: StackConfig, tell: Callable[[Event], None] = lambda event: None) -> None:
        self.config = config
        self._tell = tell
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Take the data folder. Raises AlreadyRunning or AddressTaken, before anything is started."""
        with ExitStack() as stack:
            self._supervisor = stack.enter_context(
                supervised(self.config.data_dir, env=self.config.env, tell=self._tell)
            )
            listening.check_free(self.config.bind)
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when pages are answered; what is not needed for that comes up meanwhile.

        Raises another CannotRun, or StopRequested when somebody asked to stop.
        """
        config = self.config
        servers.start(
            self._supervisor,
            config.data_dir,
            with_postgres=config.database_url is None,
            with_redis=config.redis_url is None,
        )
        if not config.is_migrated():
            self._migrate()
        self._supervisor.start(services(config), wait_for=["web"])

    def wait(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything running until a signal asks to stop or `until`, asked at least once a second, says so."""
        self._supervisor.run(until)

    def stop(self) -> None:
        """Stop everything and let go of the data folder; nothing happens the second time."""
        self._running.close()

    def status(self) -> list[ServiceStatus]:
        return [
            ServiceStatus(
                watched.service.name,
                watched.state,
                watched.child.pid if watched.child else None,
                watched.restarts,
                watched.ready_after_s,
                watched.log_path,
            )
            for watched in self._supervisor.watched
        ]

    def _migrate(self) -> None:
        config = self.config
        command = (config.python, "manage.py", "migrate", "--no-input")
        step = Service("migrate", command, cwd=config.base_dir, stop_signals=(Signals.SIGINT,))
        self._supervisor.run_to_success(step)


def services(config: StackConfig) -> list[Service]:
    chosen = [web(config), sidecar(config)]
    if config.has_workers:
        chosen += [worker(config), gpu_worker(config), beat(config)]
    if config.has_workers and config.has_folders:
        chosen.append(watch(config))
    return chosen


def web(config: StackConfig) -> Service:
    return Service(
        "web",
        (
            *(config.python, "-m", "gunicorn", "mse_site.wsgi:application"),
            *("--bind", config.bind),
            *("--worker-class", "mse_site.web_worker.Worker"),
            *("--workers", str(config.web_workers)),
            *("--threads", str(WEB_THREADS)),
            "--preload",  # the workers share the memory of what is loaded
            *("--limit-request-line", "8190"),  # the most it takes: a search with its embeddings is all in the address
            *("--timeout", "60"),
            *("--graceful-timeout", "5"),
            *("--keep-alive", "5"),
            "--no-control-socket",
            *(("--worker-tmp-dir", HEARTBEATS) if os.access(HEARTBEATS, os.W_OK) else ()),
        ),
        env=ONE_THREAD,
        cwd=config.base_dir,
        is_ready=lambda: listening.answers(config.bind),
        ready_timeout_s=60.0,
        stop_timeout_s=8.0,
    )


def sidecar(config: StackConfig) -> Service:
    """The database's password goes through the environment, because everybody on the machine can read command lines."""
    socket_path = config.sidecar_socket or paths.sidecar_socket(config.data_dir)
    url = config.database_url or paths.postgres_url(config.data_dir)
    address = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    password = address.pop("password", "")
    return Service(
        "sidecar",
        (
            *(config.python, "-m", "search.sidecar"),
            *("--socket", str(socket_path)),
            *("--database", make_conninfo(**address)),
            *("--snapshots", str(config.data_dir.absolute() / "sidecar")),
            *("--encoder", config.encoder),
        ),
        env=ONE_THREAD | ({"PGPASSWORD": password} if password else {}),
        cwd=config.base_dir,
        is_ready=lambda: unix.accepts(socket_path),
        stop_timeout_s=20.0,  # it saves the index
        is_critical=False,
    )


def worker(config: StackConfig) -> Service:
    processes = str(config.worker_processes or "auto")  # one for each core that this container may use
    return _celery_worker(config, "worker", "default", ("--concurrency", processes), ONE_THREAD)


def gpu_worker(config: StackConfig) -> Service:
    """One process that never forks, because CUDA does not survive it."""
    return _celery_worker(config, "gpu", "gpu", ("--pool", "solo"), {})


def beat(config: StackConfig) -> Service:
    scheduler = "django_celery_beat.schedulers:DatabaseScheduler"
    return Service(
        "beat",
        (*_celery(config), "beat", "--scheduler", scheduler, "--pidfile", ""),
        env=ONE_THREAD,
        cwd=config.base_dir,
        stop_timeout_s=5.0,
        is_critical=False,
        niceness=BACKGROUND,
    )


def watch(config: StackConfig) -> Service:
    """Only for sites on which folders may be sources: without it they are read when their schedule says so."""
    return Service(
        "watch",
        (config.python, "manage.py", "watch"),
        env=ONE_THREAD,
        cwd=config.base_dir,
        stop_timeout_s=5.0,
        is_critical=False,
        niceness=BACKGROUND,
    )


def _celery_worker(
    config: StackConfig, name: str, queue: str, options: Sequence[str], env: Mapping[str, str]
) -> Service:
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")  # one worker a queue has nobody to talk to
    return Service(
        name,
        (*_celery(config), "worker", "--queues", queue, "--hostname", f"{name}@%h", *quiet, *options),
        env=env,
        cwd=config.base_dir,
        stop_signals=(Signals.SIGTERM, Signals.SIGQUIT),  # finish the task; drop it, somebody will do it again
        stop_timeout_s=5.0,
        orphan_signal=Signals.SIGQUIT,
        is_critical=False,
        niceness=BACKGROUND,
    )


def _celery(config: StackConfig) -> tuple[str, ...]:
    return (config.python, "-m", "celery", "-A", "mse_site")
