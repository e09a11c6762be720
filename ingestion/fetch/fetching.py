"""Get one file: check, wait for a turn, ask, follow redirects, count."""

import io
import math
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import BinaryIO
from urllib.parse import urljoin

import httpx

from ingestion.fetch import robots
from ingestion.fetch.addresses import parse
from ingestion.fetch.errors import (
    BadAddress,
    BadStatus,
    Disallowed,
    TooLarge,
    TooManyRedirects,
    TryLater,
    Unreachable,
    said,
)
from ingestion.fetch.network import Network
from ingestion.fetch.patience import Limits, Patience
from ingestion.fetch.transport import CheckedTransport
from ingestion.fetch.turns import Turns
from ingestion.fetch.unpacking import unpacked

VERSION = "0.1.0"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({429, 503})
REST_S = 60.0  # when a host that is busy does not say for how long
MAX_REST_S = 86_400.0
ROBOTS_LIMITS = Limits(max_bytes=robots.MAX_BYTES, first_byte_s=10.0, total_s=20.0)
ROBOTS_LAST_S = 3_600.0  # RFC 9309, 2.4: no longer than a day
MAX_ROBOTS = 1_000
UNPACKABLE = "gzip, deflate"


def agent(site: str = "") -> str:
    """How we introduce ourselves: the program and, if it has one, the address of the site that asks."""
    return f"MemeSearchEngine/{VERSION}" + (f" (+{site})" if site else "")


@dataclass(frozen=True)
class Fetched:
    """What was got. Nothing in `headers` is believed about what `data` is."""

    url: str  # after all redirects
    status: int  # 2xx, or 304 when the caller asked for changes alone
    headers: Mapping[str, str]
    data: bytes  # empty if it was written to a file


class Fetcher:
    """Asks hosts of the public internet, each in its turn. Safe to share between threads."""

    def __init__(
        self,
        agent: str,
        *,
        limits: Limits = Limits(),
        network: Network = Network(),
        turns: Turns | None = None,
        obeys_robots: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`obeys_robots` is for programs that crawl; one request that a person makes may go without."""
        self._program, self._limits, self._network, self._tls = agent.partition("/")[0], limits, network, tls
        self._always_sent = {
            "User-Agent": agent, "Accept": "*/*", "Accept-Encoding": UNPACKABLE, "Connection": "close",
        }  # fmt: skip
        self._turns = turns or Turns()
        self._obeys_robots = obeys_robots
        self._robots: dict[tuple[str, str, int | None], tuple[float, robots.Rules]] = {}
        self._robots_lock = threading.Lock()

    def get(self, address: str, *, headers: Mapping[str, str] | None = None, into: BinaryIO | None = None) -> Fetched:
        """The file at `address`, written `into` a file if one is given. Raises FetchError.

        `headers` such as If-None-Match go to the host that was named, not to where it leads; those that are not ASCII are
        left out. A file that `into` was given holds part of the data if this raises.
        """
        patience = Patience(self._limits)
        sendable = {name: value for name, value in (headers or {}).items() if value.isascii()}
        return self._follow(address, sendable, into, patience, asks_robots=self._obeys_robots)

    def _follow(
        self, address: str, headers: Mapping[str, str], into: BinaryIO | None, patience: Patience, *, asks_robots: bool
    ) -> Fetched:
        first = url = parse(address, self._network.ports)
        for _ in range(patience.limits.max_redirects + 1):
            rules = self._rules(url) if asks_robots else robots.Rules()
            if not rules.allow(url.raw_path.decode("ascii")):
                raise Disallowed("The site asks programs not to read this address (robots.txt).")
            with self._turns.turn(url.host, patience.left_s(), rules.delay_s):
                own = headers if url.host == first.host else {}
                answer = self._ask(url, own, into, patience)
            if not isinstance(answer, str):
                return answer
            url = parse(_joined(url, answer), self._network.ports)
        raise TooManyRedirects("The address leads on to another one too many times.")

    def _ask(
        self, url: httpx.URL, headers: Mapping[str, str], into: BinaryIO | None, patience: Patience
    ) -> Fetched | str:
        """The file, or where to look instead."""
        sent = {**self._always_sent, **headers}
        buffer = io.BytesIO()
        transport, response = CheckedTransport(self._network, patience, self._tls), None
        try:
            response = transport.handle_request(httpx.Request("GET", url, headers=sent))
            location = response.headers.get("location")
            if response.status_code in REDIRECTS and location:
                return str(location)
            self._check_status(url, response, headers)
            _read(response, into or buffer, patience)
            return Fetched(str(url), response.status_code, response.headers, buffer.getvalue())
        finally:
            if response is not None:
                response.close()
            transport.close()

    def _check_status(self, url: httpx.URL, response: httpx.Response, headers: Mapping[str, str]) -> None:
        status = response.status_code
        if status in BUSY:
            wait_s = retry_after_s(response.headers.get("retry-after", ""))
            self._turns.rest(url.host, wait_s)
            raise TryLater(f"The host is busy and wants to be left alone for {said(wait_s)}.", wait_s)
        asked_for_changes = any(name.lower() in ("if-none-match", "if-modified-since") for name in headers)
        if not (200 <= status < 300 or (status == 304 and asked_for_changes)):
            raise BadStatus(f"The host answered {status}: {_meant(status)}", status)

    def _rules(self, url: httpx.URL) -> robots.Rules:
        """Kept for an hour. A host that is ill or cannot be reached is left alone (RFC 9309, 2.3.1)."""
        origin = (url.scheme, url.host, url.port)
        with self._robots_lock:
            until, rules = self._robots.get(origin, (-math.inf, robots.Rules()))
        if time.monotonic() < until:
            return rules
        rules = self._asked_rules(url)
        with self._robots_lock:
            if len(self._robots) >= MAX_ROBOTS:
                self._robots.clear()
            self._robots[origin] = (time.monotonic() + ROBOTS_LAST_S, rules)
        return rules

    def _asked_rules(self, url: httpx.URL) -> robots.Rules:
        address = str(url.copy_with(raw_path=b"/robots.txt", fragment=None))
        read = io.BytesIO()
        try:
            with suppress(TooLarge):  # RFC 9309, 2.5: the beginning counts
                self._follow(address, {}, read, Patience(ROBOTS_LIMITS), asks_robots=False)
        except BadStatus as error:
            if not 400 <= error.status < 500:
                raise Unreachable("The host's robots.txt cannot be had right now.") from error
            return robots.Rules()
        except TooManyRedirects:
            return robots.Rules()
        return robots.read(read.getvalue().decode("utf-8", "replace"), self._program)


def _meant(status: int) -> str:
    """What somebody can do about an answer without a file."""
    if status in (401, 403, 407, 451):
        return "it does not let programs read this address."
    if status in (404, 410):
        return "there is nothing at this address (any more). Look at how it is written."
    if status >= 500:
        return "it is having trouble. The next run tries again."
    return "there is no file to be had."


def _joined(url: httpx.URL, location: str) -> str:
    try:
        return urljoin(str(url), location)
    except ValueError as error:  # such as brackets that are not those of an IPv6 address
        raise BadAddress("The address leads on to what is none.") from error


def _read(response: httpx.Response, into: BinaryIO, patience: Patience) -> None:
    """The body, unpacked. Raises FetchError."""
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and float(announced) > patience.limits.max_bytes:
        raise patience.too_large()
    size_bytes = 0
    for piece in unpacked(response.iter_raw(), response.headers.get("content-encoding", "")):
        size_bytes += len(piece)
        if size_bytes > patience.limits.max_bytes:
            raise patience.too_large()
        patience.left_s()  # unpacking takes time without the line
        into.write(piece)


def retry_after_s(header: str) -> float:
    """Seconds to wait, from a Retry-After header of seconds or a date; at most a day."""
    if header.strip().isdecimal():
        return min(MAX_REST_S, float(header))
    try:
        date = parsedate_to_datetime(header)
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        left_s = (date - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return REST_S
    return min(MAX_REST_S, max(0.0, left_s))
