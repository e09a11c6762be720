"""Take a data folder, supervise services on it, and leave it as if nothing had run."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mse_site.embedded import instance, leftovers, paths
from mse_site.embedded.interrupts import Interrupts
from mse_site.embedded.supervisor import Event, Supervisor


@contextmanager
def supervised(
    data_dir: Path,
    *,
    env: Mapping[str, str] | None = None,
    tell: Callable[[Event], None] = lambda event: None,
    catches_signals: bool = True,
) -> Iterator[Supervisor]:
    """A supervisor that alone has `data_dir`; what an earlier one left running is stopped first, and its own at the end.

    Raises AlreadyRunning. `env` is what the children get, by default this process's environment.
    """
    own_dir = paths.own_dir(data_dir)
    interrupts = Interrupts()
    with ExitStack() as stack:
        stack.callback(interrupts.close)
        stack.enter_context(instance.claim(own_dir.parent))
        if catches_signals:
            stack.enter_context(interrupts.caught())
        own_dir.mkdir(mode=0o700, exist_ok=True)
        for name in leftovers.stop(own_dir):
            tell(Event(name, "left over"))
        paths.make_run_dir(data_dir)
        stack.callback(paths.tidy_run_dir, data_dir)
        instance.keep_records(own_dir, [])
        child_env = {**(os.environ if env is None else env), leftovers.MARK: str(own_dir.parent)}
        supervisor = Supervisor(own_dir, own_dir.parent / "logs", child_env, interrupts, tell)
        stack.callback(instance.forget_records, own_dir)
        stack.callback(supervisor.stop)
        yield supervisor
