"""The address of the web server."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from mse_site.embedded import listening
from mse_site.embedded.listening import AddressTaken


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_taken_port_is_named(taken: str) -> None:
    with pytest.raises(AddressTaken, match=f"Another program already listens on {taken}.*--bind"):
        listening.check_free(taken)


def test_a_free_port_is_free_and_stays_so() -> None:
    listening.check_free("127.0.0.1:0")
    listening.check_free("[::1]:0")


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressTaken, match=r"Nothing can listen on 192\.0\.2\.1:8000"):
        listening.check_free("192.0.2.1:8000")


class Refusing(BaseHTTPRequestHandler):
    """Knows no method, which is an answer too."""

    def log_message(self, format: str, *args: object) -> None:
        """Not to the terminal."""


def test_a_web_server_answers_and_a_silent_port_does_not(taken: str) -> None:
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert listening.answers(f"0.0.0.0:{server.server_port}")
        thread.join()
    assert not listening.answers(f"127.0.0.1:{server.server_port}")


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("127.0.0.1:8000", "http://localhost:8000"),
        ("0.0.0.0:80", "http://localhost"),
        ("[::]:8000", "http://localhost:8000"),
        ("[2001:db8::1]:8000", "http://[2001:db8::1]:8000"),
        ("memes.example.org:8080", "http://memes.example.org:8080"),
    ],
)
def test_the_address_to_type_is_one_that_a_browser_understands(bind: str, url: str) -> None:
    assert listening.browser_url(bind) == url
