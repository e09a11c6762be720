"""Stop processes: ask, insist, kill."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from signal import Signals

from mse_site.embedded.process import Child

# Between two signals, for somebody who pressed Ctrl-C twice.
HURRY_S = 0.5


@dataclass
class Farewell:
    """A child on its way out: what it will be sent next, and when it was last sent something."""

    child: Child
    to_send: list[Signals] = field(init=False)
    sent_at: float = float("-inf")
    was_killed: bool = False

    def __post_init__(self) -> None:
        self.to_send = list(self.child.service.stop_signals)

    def urge(self, is_hurried: bool) -> None:
        """Send the next signal when the last one has had its time; SIGKILL, to the whole group, when none is left."""
        patience_s = HURRY_S if is_hurried else self.child.service.stop_timeout_s
        if time.monotonic() - self.sent_at < patience_s:
            return
        self.sent_at = time.monotonic()
        if self.to_send:
            self.child.send(self.to_send.pop(0))
        else:
            self.was_killed = True
            self.child.kill()


def stop(
    children: Sequence[Child],
    *,
    is_hurried: Callable[[], bool],
    pause: Callable[[], None],
    gone: Callable[[Farewell], None],
) -> None:
    """All at once; returns when none is left."""
    leaving = [Farewell(child) for child in children]
    while leaving:
        for farewell in list(leaving):
            if farewell.child.exit_code() is None:
                farewell.urge(is_hurried())
            else:
                leaving.remove(farewell)
                gone(farewell)
        if leaving:
            pause()
