"""An encoder that is loaded before Postgres names a space: importing its libraries is the longest part of a start."""

import logging
import threading
from collections.abc import Callable

from search.encoders import Encoder

log = logging.getLogger(__name__)


class Warmed:
    """`load`, but what `spec` names is loaded at once, in a thread, and handed to the first who asks for it.

    Asked for another one first, it drops its own: two of them may be more than the memory holds.
    """

    def __init__(self, load: Callable[[str], Encoder], spec: str) -> None:
        self._load = load
        self._spec = spec
        self._loaded: Encoder | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._warm, name="warm", daemon=True)

    def start(self) -> None:
        if self._spec:
            self._thread.start()

    def __call__(self, spec: str) -> Encoder:
        """Raises what `load` raises."""
        with self._lock:
            loaded, self._loaded, own, self._spec = self._loaded, None, self._spec, ""
        return loaded if loaded is not None and spec == own else self._load(spec)

    def _warm(self) -> None:
        with self._lock:
            if not self._spec:
                return
            try:
                self._loaded = self._load(self._spec)
            except Exception as error:  # noqa: BLE001 - whoever asks for it is told, here nobody listens
                log.warning("%s could not be loaded yet: %s", self._spec, error)
