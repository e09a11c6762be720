"""Where names lead, and which machines may be asked."""

import queue
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from ingestion.fetch.addresses import PORTS, literal
from ingestion.fetch.errors import PrivateAddress, TooSlow, Unreachable

IPAddress = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address, and go there
MAX_ADDRESSES = 32  # more than any honest name has


def is_public(address: IPAddress) -> bool:
    """Whether a machine of the public internet has it; an address that carries another one is judged by that too."""
    if isinstance(address, IPv4Address):
        # Multicast counts as global in Python.
        return address.is_global and not (address.is_multicast or address.is_reserved)
    inner = address.ipv4_mapped or address.sixtofour
    if address in NAT64:
        inner = IPv4Address(int(address) & 0xFFFF_FFFF)
    if inner is not None and not is_public(inner):
        return False
    if address.ipv4_mapped is not None or address in NAT64:
        return True
    return address in GLOBAL_UNICAST and address.is_global and address.scope_id is None


def ask_system(host: str, port: int) -> list[str]:
    """Every address that this machine knows for a name. Raises OSError, UnicodeError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class Network:
    """The internet as it is asked. The defaults are the public one; others are for tests, and no setting leads to them."""

    resolve: Resolver = ask_system
    is_allowed: Callable[[IPAddress], bool] = is_public
    ports: frozenset[int] = PORTS

    def addresses(self, host: str, port: int, timeout_s: float) -> list[IPAddress]:
        """Where to connect to. One that is not allowed spoils all. Raises PrivateAddress, TooSlow, Unreachable."""
        number = literal(host)
        found = [number] if number is not None else self._resolved(host, port, timeout_s)
        if not all(self.is_allowed(address) for address in found):
            raise PrivateAddress("The address leads into a private network, where nothing is asked.")
        return found

    def _resolved(self, host: str, port: int, timeout_s: float) -> list[IPAddress]:
        """The system's resolver takes no timeout, so it is waited for and left behind."""
        answer: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answer.put(self.resolve(host, port))
            except (OSError, UnicodeError) as error:
                answer.put(error)

        threading.Thread(target=ask, name="resolver", daemon=True).start()
        try:
            found = answer.get(timeout=timeout_s)
        except queue.Empty as error:
            raise TooSlow("The host's name could not be looked up in time.") from error
        if isinstance(found, Exception) or not 0 < len(found) <= MAX_ADDRESSES:
            raise Unreachable("There is no host of this name.")
        return [ip_address(address) for address in dict.fromkeys(found)]
