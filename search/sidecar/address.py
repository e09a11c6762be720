"""Addresses of Unix sockets, also below folders whose path is longer than such an address may be."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# sun_path holds 108 bytes with its final zero on Linux, 104 on macOS.
LONGEST_ADDRESS_BYTES = 103


@contextmanager
def short_address(path: Path) -> Iterator[str]:
    """An address for `path`, valid inside the block; a long one goes through an open descriptor of its folder."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS_BYTES or not Path("/proc/self/fd").is_dir():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
