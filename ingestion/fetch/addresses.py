"""What may stand in an address that is asked: read once, by the parser that the request is made with."""

import re
from ipaddress import IPv4Address, IPv6Address

import httpx

from ingestion.fetch.errors import BadAddress, PrivateAddress

MAX_LENGTH = 2_000
# Where web pages live. On other ports answer mail servers and the like, which a request could be made to say things to.
PORTS = frozenset({80, 443, 8080, 8443})
DEFAULT_PORTS = {"http": 80, "https": 443}
AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names that mean something only inside of a network or a machine (RFC 6761, 6762, 7686, 8375, 9476; ICANN on .internal).
LOCAL_NAMES = frozenset(
    ["localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "onion", "alt"]
)


def parse(address: str, ports: frozenset[int] = PORTS) -> httpx.URL:
    """The address, with its host in ASCII and without a dot at the end. Raises BadAddress, PrivateAddress."""
    if len(address) > MAX_LENGTH:
        raise BadAddress(f"An address has {MAX_LENGTH:,} characters at most.")
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in address) or "\\" in address:
        raise BadAddress("An address has no spaces, control characters or backslashes.")
    url = _read(address)
    port = url.port if url.port is not None else DEFAULT_PORTS[url.scheme]
    if port not in ports:
        raise BadAddress(f"Port {port} is not asked; the ports of web pages are {', '.join(map(str, sorted(ports)))}.")
    host = _host(url)
    return url if host == url.raw_host.decode() else url.copy_with(host=host)


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The number that a host is written as, in its one full form; None for a name."""
    for kind in (IPv4Address, IPv6Address):
        try:
            return kind(host)
        except ValueError:
            continue
    return None


def _read(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise BadAddress("This is not an address of the web.") from error
    if url.scheme not in DEFAULT_PORTS:
        raise BadAddress("Only addresses that begin with http:// or https:// are asked.")
    authority = AUTHORITY.match(address)
    if authority is None or not url.host:
        raise BadAddress("The address names no host.")
    if "@" in authority[1] or "%" in authority[1]:
        raise BadAddress("An address with a user name, a password or a percent sign in its host is not asked.")
    return url


def _host(url: httpx.URL) -> str:
    host = url.raw_host.decode().lower().removesuffix(".")
    if literal(host) is not None:
        return host
    labels = host.split(".")
    # Many programs take such names for numbers: 2130706433, 0x7f.1 and 0177.0.0.1 are all 127.0.0.1.
    if NUMBER.fullmatch(labels[-1]):
        raise BadAddress("The host is a number that is not written as four numbers from 0 to 255.")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise BadAddress("The name of the host is not one that the web knows.")
    if len(labels) == 1 or labels[-1] in LOCAL_NAMES or labels[-2:] == ["home", "arpa"]:
        raise PrivateAddress("The address leads into a private network, where nothing is asked.")
    return host
