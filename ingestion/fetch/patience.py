"""How long and how much: the limits of one fetch, and what is left of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ingestion.fetch.errors import TooLarge, TooSlow

HEADER_BYTES = 262_144  # of all hops together, far above what any host sends


@dataclass(frozen=True)
class Limits:
    """Of one fetch with all its redirects; `first_byte_s` is for the headers of each hop."""

    max_bytes: int = 100_000_000
    first_byte_s: float = 15.0
    total_s: float = 60.0
    max_redirects: int = 3


@dataclass
class Patience:
    """What is left of the limits of one fetch that has begun."""

    limits: Limits
    clock: Callable[[], float] = time.monotonic
    sent_bytes: int = 0
    _end: float = field(init=False)
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = self._until = self.clock() + self.limits.total_s

    def left_s(self) -> float:
        """Always above 0. Raises TooSlow."""
        left = self._until - self.clock()
        if left <= 0:
            raise self.lost()
        return left

    def expect_headers(self) -> None:
        self._until = min(self._end, self.clock() + self.limits.first_byte_s)

    def expect_body(self) -> None:
        self._until = self._end

    def count(self, size_bytes: int) -> None:
        """Of what came over the line, headers and packing included. Raises TooLarge."""
        self.sent_bytes += size_bytes
        if self.sent_bytes > self.limits.max_bytes + HEADER_BYTES:
            raise self.too_large()

    def lost(self) -> TooSlow:
        return TooSlow("The host took too long to answer.")

    def too_large(self) -> TooLarge:
        size = self.limits.max_bytes
        return TooLarge(f"The file is larger than {f'{size / 1e6:g} MB' if size >= 100_000 else f'{size:,} bytes'}.")
