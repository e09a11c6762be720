"""A real HTTP server on this machine that does to its visitors whatever a test wants."""

import contextlib
import gzip
import socket
import socketserver
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from ingestion.fetch import Network, is_public

CERTIFICATE = Path(__file__).parent / "site.example.pem"
DRIP_S = 0.05  # far below the time that a single read is given
MOST_DRIPS = 200
Answer = Callable[[socket.socket], None]


@dataclass
class Server:
    """`asked` are the heads of all requests; `answers` belong to paths."""

    port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def serve(self, path: str, data: bytes, status: str = "200 OK", **headers: str) -> str:
        """The path and the port as they stand in an address."""
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n{lines}\r\n".encode()
        self.answers[path] = saying(head, data)
        return f":{self.port}{path}"

    def paths(self) -> list[str]:
        return [head.split(" ")[1] for head in self.asked]

    def network(self, **names: list[str]) -> Network:
        """The internet, this machine, and names: `site_example=["127.0.0.1"]`. Others are not known."""
        known = {name.replace("_", "."): found for name, found in names.items()}

        def resolve(host: str, port: int) -> list[str]:
            if host not in known:
                raise OSError(f"no such host: {host}")
            return known[host]

        return Network(resolve, is_public_or_here, frozenset({80, 443, self.port}))


def is_public_or_here(address: IPv4Address | IPv6Address) -> bool:
    return is_public(address) or address == IPv4Address("127.0.0.1")


@contextlib.contextmanager
def serving(*, tls: bool = False) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)

    class Visit(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):  # visitors leave when they have seen enough
                line = context.wrap_socket(self.request, server_side=True) if tls else self.request
                head = b""
                while b"\r\n\r\n" not in head:
                    data = line.recv(65_536)
                    if not data:
                        return
                    head += data
                text = head.decode("latin-1")
                server.asked.append(text)
                answer_to(server, text.split(" ")[1])(line)
                line.close()

    class Listener(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True
        block_on_close = False

    with Listener(("127.0.0.1", 0), Visit) as listener:
        server = Server(listener.server_address[1])
        threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        listener.shutdown()


def answer_to(server: Server, target: str) -> Answer:
    parts = urlsplit(target)
    if parts.path == "/to":
        return saying(redirect(parse_qs(parts.query)["address"][0]))
    return server.answers.get(parts.path) or FAULTS.get(parts.path) or saying(NOT_FOUND)


def saying(*pieces: bytes) -> Answer:
    def answer(line: socket.socket) -> None:
        for piece in pieces:
            line.sendall(piece)

    return answer


def dripping(beginning: bytes, drip: bytes) -> Answer:
    def answer(line: socket.socket) -> None:
        line.sendall(beginning)
        gone = threading.Event()
        for _ in range(MOST_DRIPS):
            line.sendall(drip)
            gone.wait(DRIP_S)

    return answer


def pouring(beginning: bytes, piece: bytes) -> Answer:
    """Until the visitor leaves; 1 GB would be a fault of the visitor."""

    def answer(line: socket.socket) -> None:
        line.sendall(beginning)
        for _ in range(1_000_000_000 // len(piece)):
            line.sendall(piece)

    return answer


def silence(line: socket.socket) -> None:
    line.recv(1)  # until the visitor leaves


def redirect(address: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {address}\r\nContent-Length: 0\r\n\r\n".encode()


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode()


def bomb(data: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        data = gzip.compress(data, 9)
    return data


NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
ZEROS = bytes(20_000_000)
EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"  # of deflate: bytes that unpack to nothing, for ever
CHUNK = b"10000\r\n" + bytes(65_536) + b"\r\n"
FAULTS: dict[str, Answer] = {
    "/gzip-bomb": saying(head("Content-Encoding: gzip", "Connection: close"), bomb(ZEROS)),
    "/deflate-bomb": saying(head("Content-Encoding: deflate", "Connection: close"), zlib.compress(ZEROS, 9)),
    "/gzip-in-gzip": saying(head("Content-Encoding: gzip, gzip", "Connection: close"), bomb(ZEROS, 2)),
    "/brotli": saying(head("Content-Encoding: br", "Content-Length: 4"), b"abcd"),
    "/damaged-gzip": saying(head("Content-Encoding: gzip", "Content-Length: 4"), b"abcd"),
    "/half-gzip": saying(head("Content-Encoding: gzip", "Content-Length: 20"), bomb(bytes(range(256)))[:20]),
    "/silent": silence,
    "/dripping-head": dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "/dripping-body": dripping(head("Content-Length: 1000000"), b"x"),
    "/dripping-chunks": dripping(head("Transfer-Encoding: chunked"), b"1\r\nx\r\n"),
    "/dripping-gzip": dripping(head("Content-Encoding: gzip") + bomb(b"")[:10], EMPTY_BLOCK),
    "/going-on-soon": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "/endless": pouring(head("Connection: close"), bytes(65_536)),
    "/endless-chunks": pouring(head("Transfer-Encoding: chunked"), CHUNK),
    "/endless-head": pouring(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 65_000 + b"\r\n"),
    "/endless-hints": pouring(b"", b"HTTP/1.1 103 Early Hints\r\nX: " + b"x" * 60_000 + b"\r\n\r\n"),
    "/huge-header": saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5_000_000 + b"\r\n\r\n"),
    "/many-headers": saying(b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200_000 + b"\r\n"),
    "/announces-10-gb": saying(head("Content-Length: 10000000000")),
    "/announces-less-than-nothing": saying(head("Content-Length: -1"), b"abc"),
    "/announces-two-sizes": saying(head("Content-Length: 3", "Content-Length: 4"), b"abcd"),
    "/announces-more": saying(head("Content-Length: 1000"), b"abc"),
    "/half-a-chunk": saying(head("Transfer-Encoding: chunked"), b"100\r\nabc"),
    "/no-http": saying(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    "/nothing": saying(b""),
    "/loop": saying(redirect("/loop")),
    "/ping": saying(redirect("/pong")),
    "/pong": saying(redirect("/ping")),
    "/redirect-to-nowhere": saying(redirect("http://:80/")),
    "/redirect-without-location": saying(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"),
    "/gone": saying(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"),
    "/ill": saying(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"),
}
