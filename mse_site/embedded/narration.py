"""Tell people in a terminal, a log or nobody at all what the supervisor does."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from mse_site.embedded.supervisor import Event


class LastingConsole(Console):
    """Falls silent when whoever read it is gone (a closed terminal, `| head`): the site must still be stopped in order."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


class Narrator:
    """One line for each thing worth knowing; call it with the events."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.console = LastingConsole(file=stream, highlight=False)
        self._status: Status | None = None
        self._starting: list[str] = []

    def __call__(self, event: Event) -> None:
        if event.what == "starting":
            self._starting.append(event.service)
        elif event.service in self._starting:
            self._starting.remove(event.service)
        if self._status and self._starting:
            self._status.update(f"Starting {', '.join(self._starting)} ...")
        line = self._line(event)
        if line:
            self.say(line)

    def say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # EIO: the terminal was closed
            self.console.print(line)

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Inside, a spinner names what is awaited."""
        with self.console.status("Starting ...") as self._status:
            yield
        self._status = None

    def _line(self, event: Event) -> str:
        name = f"{event.service:<10}"
        match event.what:
            case "left over":
                return f"  [yellow]![/] {name} was left running by a site that was killed; stopped"
            case "ready" | "done":
                return f"  [green]✓[/] {name} [dim]{event.seconds:.1f} s[/]"
            case "died":
                return f"  [red]✗[/] {name} ended ({escape(event.detail)}), starting it again in {event.seconds:g} s"
            case "killed":
                return f"  [yellow]![/] {name} did not stop and was killed"
            case _:
                return ""
