"""How sources are asked: politely, with caps that fit what is asked for."""

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import BinaryIO

from django.conf import settings

from ingestion.agent import site_agent
from ingestion.fetch import Fetched, Fetcher, Limits, Network, Turns
from ingestion.pacing import SharedPacing

MAX_DOCUMENT_BYTES = 20_000_000  # feeds and lists: hundreds of times what usual ones have
DOCUMENT_S = 60.0
FILE_S = 120.0

_turns = Turns(pacing=SharedPacing())  # two runs at once, wherever they are, are as polite as one


@dataclass(frozen=True)
class Web:
    """The public web; tests give it another network."""

    network: Network = field(default_factory=Network)
    turns: Turns = _turns
    document_s: float = DOCUMENT_S
    file_s: float = FILE_S

    @cached_property
    def documents(self) -> Fetcher:
        """For feeds and lists. A person named the address, as in a feed reader; robots.txt is obeyed all the same."""
        return self._fetcher(Limits(MAX_DOCUMENT_BYTES, total_s=self.document_s))

    @cached_property
    def files(self) -> Fetcher:
        return self._fetcher(Limits(settings.MSE_MAX_FILE_BYTES, total_s=self.file_s))

    @cached_property
    def handed_out(self) -> Fetcher:
        """For files that an interface names to whoever has a key."""
        return self._fetcher(Limits(settings.MSE_MAX_FILE_BYTES, total_s=self.file_s), obeys_robots=False)

    def file(self, address: str, into: BinaryIO, *, is_handed_out: bool = False) -> Fetched:
        """Raises FetchError; then `into` holds a part of it."""
        return (self.handed_out if is_handed_out else self.files).get(address, into=into)

    def _fetcher(self, limits: Limits, *, obeys_robots: bool = True) -> Fetcher:
        return Fetcher(site_agent(), limits=limits, network=self.network, turns=self.turns, obeys_robots=obeys_robots)


@cache
def the_web() -> Web:
    """Of this process: what a robots.txt said is known from one run to the next."""
    return Web()
