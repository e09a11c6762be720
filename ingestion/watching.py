"""Notice at once when something changes in a folder that is a source, and have it read."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import watchfiles
from django.db import close_old_connections, connection

from ingestion.models import Subscription
from search.locators import decode_path
from search.models import Source

log = logging.getLogger(__name__)

# What watchfiles says of too many folders, and of too many programs that watch some.
TOO_MUCH = (OSError, RuntimeError)


@dataclass(frozen=True)
class Pace:
    look_again_s: float = 30.0  # which folders there are to watch
    poll_s: float = 5.0  # where the system does not tell
    gather_s: float = 2.0  # changes that come together: whoever copies files copies many


Look = Callable[[], dict[Path, int]]


class Stop(Protocol):
    """A threading.Event."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float) -> bool: ...


def watched() -> dict[Path, int]:
    """The folders of sources that are read by themselves, and are there right now."""
    chosen = Subscription.objects.filter(source__kind=Source.Kind.FOLDER, is_paused=False, parked_at=None)
    rows = chosen.exclude(mode=Subscription.Mode.MANUAL).values_list("source_id", "source__root")
    return {path: source_id for source_id, root in rows if (path := decode_path(root)).is_dir()}


def watch(tell: Callable[[int], None], stop: Stop, pace: Pace = Pace(), look: Look = watched) -> None:
    """Until `stop`: `tell` the id of each source in whose folder something has changed, once for each burst of changes.

    `look` says which folders there are.
    """
    must_poll = False
    try:
        while not stop.is_set():
            close_old_connections()
            try:
                if not (folders := look()):
                    stop.wait(pace.look_again_s)
                    continue
                for changes in _changes(folders, stop, pace, must_poll):
                    for source_id in _sources_of((Path(path) for _, path in changes), folders):
                        tell(source_id)
                    close_old_connections()
                    if look() != folders:
                        break
            except FileNotFoundError:  # a folder went just now
                stop.wait(pace.poll_s)
            except TOO_MUCH as error:
                log.warning("looking for changes every %.1f s, the system does not tell: %s", pace.poll_s, error)
                must_poll = True
                stop.wait(pace.poll_s)
    finally:
        connection.close()


def _changes(folders: Iterable[Path], stop: Stop, pace: Pace, must_poll: bool) -> Iterator[set[tuple[Any, str]]]:
    """Empty ones too, now and then. Raises one of TOO_MUCH when the system cannot watch so many."""
    return watchfiles.watch(
        *folders,
        watch_filter=lambda change, path: not Path(path).name.startswith("."),
        debounce=int(pace.gather_s * 1000),
        step=int(pace.gather_s * 500),
        rust_timeout=int(pace.look_again_s * 1000),
        yield_on_timeout=True,
        stop_event=stop,
        force_polling=must_poll or None,
        poll_delay_ms=int(pace.poll_s * 1000),
        ignore_permission_denied=True,
    )


def _sources_of(paths: Iterable[Path], folders: Mapping[Path, int]) -> set[int]:
    return {folders[folder] for path in paths for folder in (path, *path.parents) if folder in folders}
