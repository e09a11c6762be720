"""An httpx transport that connects to the very address that was checked, and counts time and bytes on the line."""

import functools
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast

import httpcore
import httpx

from ingestion.fetch.errors import BadAnswer, Unreachable
from ingestion.fetch.network import IPAddress, Network
from ingestion.fetch.patience import Patience

CONNECT_S = 3.0  # for each of a name's addresses, so that a dead one does not cost all the time
MAX_TRIES = 3


class CountedStream(httpcore.NetworkStream):
    """A connection that ends when the patience does, however slowly bytes drip."""

    def __init__(self, stream: httpcore.NetworkStream, patience: Patience) -> None:
        self._stream, self._patience = stream, patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._patience.left_s())
        self._patience.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._patience.left_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, self._patience.left_s())
        return CountedStream(inner, self._patience)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class CheckedBackend(httpcore.NetworkBackend):
    """Looks a name up once, checks what it leads to and connects there: nothing can change in between."""

    def __init__(self, network: Network, patience: Patience) -> None:
        self._network, self._patience = network, patience
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._network.addresses(host.strip("[]"), port, self._patience.left_s())[:MAX_TRIES]
        for address in addresses:
            try:
                return CountedStream(self._connect(address, port), self._patience)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                self._patience.left_s()
        raise Unreachable("The host does not answer.")

    def _connect(self, address: IPAddress, port: int) -> httpcore.NetworkStream:
        timeout_s = min(CONNECT_S, self._patience.left_s())
        nodelay = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        return self._sockets.connect_tcp(str(address), port, timeout_s, None, nodelay)


class CheckedTransport(httpx.BaseTransport):
    """One request on one connection. No proxy, no cookie and no password of the environment comes near it."""

    def __init__(self, network: Network, patience: Patience, tls: ssl.SSLContext | None = None) -> None:
        self._patience = patience
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls or _tls(),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=CheckedBackend(network, patience),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._patience.expect_headers()
        target = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        with said_plainly(self._patience):
            answer = self._pool.handle_request(
                httpcore.Request(request.method, target, headers=request.headers.raw, content=b"")
            )
        self._patience.expect_body()
        body = Body(cast(SentBody, answer.stream), self._patience)
        return httpx.Response(answer.status, headers=answer.headers, stream=body, request=request)

    def close(self) -> None:
        self._pool.close()


class SentBody(Protocol):
    """What httpcore's answers have as `stream`."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class Body(httpx.SyncByteStream):
    """A body as it comes in. Raises FetchError."""

    def __init__(self, stream: SentBody, patience: Patience) -> None:
        self._stream, self._patience = stream, patience

    def __iter__(self) -> Iterator[bytes]:
        with said_plainly(self._patience):
            yield from self._stream

    def close(self) -> None:
        self._stream.close()


@contextmanager
def said_plainly(patience: Patience) -> Iterator[None]:
    """What goes wrong on the line, as a FetchError."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise patience.lost() from error
    except (httpcore.ConnectError, ssl.SSLError) as error:
        raise Unreachable("No safe connection could be made: the host's certificate does not fit.") from error
    except httpcore.NetworkError as error:
        raise BadAnswer("The connection broke off.") from error
    except (httpcore.ProtocolError, ValueError) as error:
        raise BadAnswer("The answer broke off or is not HTTP.") from error


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
