"""What is got from hosts, and what hosts cannot do to whoever asks them."""

import gzip
import io
import ssl
import threading
import time
import tomllib
import zlib
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from ingestion.fetch import (
    BadAddress,
    BadAnswer,
    BadStatus,
    Fetcher,
    FetchError,
    Limits,
    Network,
    PrivateAddress,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Turns,
    Unreachable,
    agent,
)
from ingestion.fetch.fetching import retry_after_s
from tests.ingestion.fetch.hostile import CERTIFICATE, FAULTS, Server, bomb, head, redirect, saying

# Patient, so that a machine that is busy with other things is not taken for a slow host.
LIMITS = Limits(max_bytes=1_000_000, first_byte_s=20, total_s=40)
HASTE = Limits(max_bytes=1_000_000, first_byte_s=0.4, total_s=0.8)
ROOT = Path(__file__).parents[3]
PICTURE = b"\x89PNG and so on"

OUTCOMES: dict[str, type[FetchError]] = {
    "/gzip-bomb": TooLarge,
    "/deflate-bomb": TooLarge,
    "/gzip-in-gzip": BadAnswer,
    "/brotli": BadAnswer,
    "/damaged-gzip": BadAnswer,
    "/half-gzip": BadAnswer,
    "/silent": TooSlow,
    "/dripping-head": TooSlow,
    "/dripping-body": TooSlow,
    "/dripping-chunks": TooSlow,
    "/dripping-gzip": TooSlow,
    "/going-on-soon": TooSlow,
    "/endless": TooLarge,
    "/endless-chunks": TooLarge,
    "/endless-head": BadAnswer,
    "/endless-hints": TooLarge,
    "/huge-header": BadAnswer,
    "/many-headers": BadAnswer,
    "/announces-10-gb": TooLarge,
    "/announces-less-than-nothing": BadAnswer,
    "/announces-two-sizes": BadAnswer,
    "/announces-more": BadAnswer,
    "/half-a-chunk": BadAnswer,
    "/no-http": BadAnswer,
    "/nothing": BadAnswer,
    "/loop": TooManyRedirects,
    "/ping": TooManyRedirects,
    "/redirect-to-nowhere": BadAddress,
    "/redirect-without-location": BadStatus,
    "/gone": BadStatus,
    "/ill": BadStatus,
    "/not-there": BadStatus,
}


def fetcher(server: Server, limits: Limits = LIMITS, tls: ssl.SSLContext | None = None) -> Fetcher:
    network = server.network(site_example=["127.0.0.1"], other_example=["127.0.0.1"], dead_example=["127.0.0.1"])
    return Fetcher(agent(), limits=limits, network=network, turns=Turns(0), obeys_robots=False, tls=tls)


def at(server: Server, path: str, name: str = "site.example") -> str:
    return f"http://{name}:{server.port}{path}"


# --- what harms nobody ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "kind"), OUTCOMES.items(), ids=OUTCOMES)
def test_a_fault_costs_one_fetch_and_little_time(path: str, kind: type[FetchError], server: Server) -> None:
    began = time.monotonic()
    with pytest.raises(FetchError) as failed:
        fetcher(server, HASTE if kind is TooSlow else LIMITS).get(at(server, path))
    assert type(failed.value) is kind, failed.value
    assert failed.value.reason.endswith(".")
    assert time.monotonic() - began < 8  # a host that drips goes on for ten


def test_every_fault_of_the_server_has_its_outcome() -> None:
    assert set(FAULTS) <= set(OUTCOMES) | {"/pong"}


def test_a_bomb_is_noticed_before_it_has_gone_off(server: Server) -> None:
    into = io.BytesIO()
    with pytest.raises(TooLarge):
        fetcher(server).get(at(server, "/gzip-bomb"), into=into)
    assert len(into.getvalue()) <= LIMITS.max_bytes


def test_bytes_beyond_the_announced_size_are_not_read(server: Server) -> None:
    server.answers["/more"] = saying(head("Content-Length: 3"), b"abcdef")
    assert fetcher(server).get(at(server, "/more")).data == b"abc"


# --- what is got ---------------------------------------------------------------------------------------------------


def test_a_file_comes_with_its_address_and_headers(server: Server) -> None:
    server.serve("/a.png", PICTURE, ETag='"1"', Content_Type="text/html")
    got = fetcher(server).get(at(server, "/a.png"))
    assert (got.data, got.status, got.headers["etag"], got.url) == (PICTURE, 200, '"1"', at(server, "/a.png"))


def test_a_file_of_exactly_the_largest_size_is_got_and_one_more_byte_is_not(server: Server) -> None:
    server.answers["/most"] = saying(head("Connection: close"), bytes(LIMITS.max_bytes))
    server.answers["/more"] = saying(head("Connection: close"), bytes(LIMITS.max_bytes + 1))
    assert len(fetcher(server).get(at(server, "/most")).data) == LIMITS.max_bytes
    with pytest.raises(TooLarge, match="larger than 1 MB"):
        fetcher(server).get(at(server, "/more"))


def test_a_large_file_may_go_into_a_file(server: Server, tmp_path: Path) -> None:
    server.serve("/a.png", PICTURE)
    with (tmp_path / "a.png").open("wb") as file:
        assert fetcher(server).get(at(server, "/a.png"), into=file).data == b""
    assert (tmp_path / "a.png").read_bytes() == PICTURE


@pytest.mark.parametrize(("coding", "pack"), [("gzip", bomb), ("x-gzip", gzip.compress), ("deflate", zlib.compress)])
def test_what_is_sent_packed_is_unpacked(coding: str, pack: Any, server: Server) -> None:
    text = b"".join(b"%d " % number for number in range(60_000))
    server.serve("/feed", pack(text), Content_Encoding=coding)
    assert fetcher(server).get(at(server, "/feed")).data == text


def test_only_changes_are_asked_for_and_nothing_new_is_no_fault(server: Server) -> None:
    server.answers["/feed"] = saying(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
    got = fetcher(server).get(at(server, "/feed"), headers={"If-None-Match": '"1"'})
    assert (got.status, got.data) == (304, b"")
    with pytest.raises(BadStatus) as failed:
        fetcher(server).get(at(server, "/feed"))
    assert failed.value.status == 304


# --- redirects -----------------------------------------------------------------------------------------------------


def test_three_redirects_are_followed_and_a_fourth_is_not(server: Server) -> None:
    server.serve("/0", PICTURE)
    for step in range(1, 5):
        server.answers[f"/{step}"] = saying(redirect(f"/{step - 1}" if step % 2 else at(server, f"/{step - 1}")))
    got = fetcher(server).get(at(server, "/3"))
    assert (got.data, got.url) == (PICTURE, at(server, "/0"))
    with pytest.raises(TooManyRedirects):
        fetcher(server).get(at(server, "/4"))


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("http://169.254.169.254/latest/meta-data/", PrivateAddress),
        ("//169.254.169.254/latest/meta-data/", PrivateAddress),
        ("http://[::ffff:169.254.169.254]/", PrivateAddress),
        ("http://localhost/", PrivateAddress),
        ("http://2852039166/", BadAddress),
        ("http://127.0.0.2/", PrivateAddress),
        ("http://127.0.0.1:22/", BadAddress),
        ("file:///etc/passwd", BadAddress),
        ("gopher://site.example/", BadAddress),
        ("data:text/plain,x", BadAddress),
        ("http://user:secret@site.example/", BadAddress),
        ("http://unknown.example/", Unreachable),
        ("http://[", BadAddress),
    ],
)
def test_a_redirect_is_checked_like_an_address(target: str, kind: type[FetchError], server: Server) -> None:
    server.answers["/away"] = saying(redirect(target))
    with pytest.raises(FetchError) as failed:
        fetcher(server).get(at(server, "/away"))
    assert type(failed.value) is kind
    assert server.paths() == ["/away"]


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("120", 120.0), ("9" * 30, 86_400.0), ("soon", 60.0), ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", 60.0)],
)
def test_however_a_host_asks_to_be_left_alone_it_is_for_a_day_at_most(header: str, wait_s: float) -> None:
    assert retry_after_s(header) == wait_s


def test_a_redirect_does_not_start_the_time_anew(server: Server) -> None:
    server.answers["/a"] = saying(redirect("/dripping-body"))
    began = time.monotonic()
    with pytest.raises(TooSlow):
        fetcher(server, HASTE).get(at(server, "/a"))
    assert time.monotonic() - began < 8


# --- how we ask ----------------------------------------------------------------------------------------------------


def sent(server: Server) -> dict[str, str]:
    lines = server.asked[-1].split("\r\n")[1:-2]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def test_we_say_who_we_are_and_nothing_of_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine site.example login me password secret")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path))
    server.serve("/a.png", PICTURE, Set_Cookie="a=b")
    asking = fetcher(server)
    asking.get(at(server, "/a.png"))
    asking.get(at(server, "/a.png"))
    assert sent(server) == {
        "host": f"site.example:{server.port}",
        "user-agent": "MemeSearchEngine/0.1.0",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        "connection": "close",
    }


def test_cookies_are_not_carried_over_a_redirect(server: Server) -> None:
    cookie = SimpleCookie({"a": "b"}).output(header="Set-Cookie:")
    server.answers["/a"] = saying(f"HTTP/1.1 302 Found\r\nLocation: /b\r\n{cookie}\r\n\r\n".encode())
    server.serve("/b", PICTURE)
    fetcher(server).get(at(server, "/a"))
    assert "cookie" not in sent(server)


def test_what_was_said_to_one_host_is_not_said_to_another(server: Server) -> None:
    server.answers["/a"] = saying(redirect(at(server, "/b", "other.example")))
    server.serve("/b", PICTURE)
    fetcher(server).get(at(server, "/a"), headers={"If-None-Match": '"1"'})
    assert ["if-none-match" in request.lower() for request in server.asked] == [True, False]


def test_the_version_we_name_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert agent("https://memes.example/") == f"MemeSearchEngine/{project['version']} (+https://memes.example/)"


def test_tls_is_made_with_the_name_although_the_connection_goes_to_the_number(safe_server: Server) -> None:
    trusting = ssl.create_default_context(cafile=CERTIFICATE)
    safe_server.serve("/a.png", PICTURE)
    got = fetcher(safe_server, tls=trusting).get(f"https://site.example.:{safe_server.port}/a.png")
    assert got.data == PICTURE
    assert sent(safe_server)["host"] == f"site.example:{safe_server.port}"


def test_a_certificate_of_another_name_or_of_nobody_is_not_taken(safe_server: Server) -> None:
    trusting = ssl.create_default_context(cafile=CERTIFICATE)
    with pytest.raises(Unreachable, match="certificate"):
        fetcher(safe_server, tls=trusting).get(f"https://other.example:{safe_server.port}/")
    with pytest.raises(Unreachable, match="certificate"):
        fetcher(safe_server).get(f"https://site.example:{safe_server.port}/")
    assert safe_server.asked == []


def test_a_handshake_that_never_ends_is_given_up(server: Server) -> None:
    with pytest.raises(TooSlow):
        fetcher(server, HASTE).get(f"https://site.example:{server.port}/")


def test_a_name_that_is_not_looked_up_in_time_is_given_up() -> None:
    found = threading.Event()
    network = Network(lambda host, port: ["127.0.0.1"] if found.wait(10) else [])
    with pytest.raises(TooSlow, match="looked up"):
        Fetcher("Test", limits=HASTE, network=network, obeys_robots=False).get("http://site.example/")
    found.set()


def test_a_host_that_does_not_answer_is_said_to(server: Server) -> None:
    with pytest.raises(Unreachable, match="does not answer"):
        fetcher(server).get("http://site.example/")  # nobody listens on port 80 here
