"""A store on which nothing more fits."""

import errno
from typing import Any

from django.core.files.storage import InMemoryStorage


class FullDisk(InMemoryStorage):
    def _save(self, name: str, content: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")
