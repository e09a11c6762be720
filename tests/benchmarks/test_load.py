from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from tests.benchmarks.load import Server, paced_waits_ms, requests_per_s, waits_ms


class Pages(ThreadingHTTPServer):
    """Answers everything but /missing; /slow only once `is_released`."""

    daemon_threads = True

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.is_released = Event()
        super().__init__(("127.0.0.1", 0), Page)


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Pages

    def do_GET(self) -> None:
        self.server.seen[self.path] += 1
        if self.path == "/slow":
            self.server.is_released.wait(10)
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Nothing: the tests' output is not a log."""


@pytest.fixture
def pages() -> Iterator[Pages]:
    with Pages() as served:
        thread = Thread(target=served.serve_forever)
        thread.start()
        yield served
        served.shutdown()
        thread.join()


def test_every_page_is_asked_for_once(pages: Pages) -> None:
    server = Server(pages.server_port)
    assert len(waits_ms(server, ["/a", "/b"])) == 2
    assert len(paced_waits_ms(server, ["/c", "/d", "/e"], 1000, 2)) == 3
    assert pages.seen == Counter("/" + name for name in "abcde")


def test_requests_that_are_due_while_the_server_hangs_wait_from_then_on(pages: Pages) -> None:
    server = Server(pages.server_port)
    done: list[float] = []
    asking = Thread(target=lambda: done.extend(paced_waits_ms(server, ["/slow", "/a", "/b"], 1000, 1)))
    asking.start()
    pages.is_released.wait(0.3)
    pages.is_released.set()
    asking.join()
    assert min(done) > 100  # one connection: both behind it were due within milliseconds


def test_answers_in_a_second_are_those_that_the_server_gave(pages: Pages) -> None:
    rate = requests_per_s(Server(pages.server_port), ["/a", "/b"], 2, 0.2)
    assert 0 < rate * 0.2 <= pages.seen.total()


def test_an_answer_that_is_no_page_ends_the_measurement(pages: Pages) -> None:
    with pytest.raises(RuntimeError, match="404 for /missing"):
        waits_ms(Server(pages.server_port), ["/missing"])
