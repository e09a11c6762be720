"""What a robots.txt asks is done, and a hostile one costs nothing."""

import time
import tracemalloc

import pytest

from ingestion.fetch import Disallowed, Fetcher, FetchError, Limits, Turns, Unreachable, agent
from ingestion.fetch.robots import MAX_DELAY_S, Rules, read
from tests.ingestion.fetch.hostile import Answer, Server, pouring, saying

US = "MemeSearchEngine"


@pytest.mark.parametrize(
    ("text", "target", "is_allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /private", "/public", True),
        ("User-agent: *\nDisallow: /private", "/private/a", False),
        ("user-AGENT: memesearchengine\nDISALLOW: /a # why", "/a", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: MemeSearchEngine\nAllow: /", "/a", True),
        ("User-agent: MemeSearchEngine\nDisallow: /\n\nUser-agent: *\nAllow: /", "/a", False),
        ("User-agent: Other\nUser-agent: MemeSearchEngine\nDisallow: /a", "/a", False),
        ("User-agent: Other\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.gif$", "/x/y.gif", False),
        ("User-agent: *\nDisallow: /*.gif$", "/x/y.gif?z", True),
        ("User-agent: *\nDisallow: /a*b*c", "/a1b2c3", False),
        ("User-agent: *\nDisallow: /a*b*c", "/a1c2b3", True),
        ("User-agent: *\nDisallow: /*?sort=", "/list?sort=new", False),
        ("User-agent: *\nDisallow: /ü", "/%C3%BC", False),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("Disallow: /", "/a", True),
        ("<html>not found</html>", "/a", True),
    ],
)
def test_rules_are_read_as_rfc_9309_says(text: str, target: str, is_allowed: bool) -> None:
    assert read(text, US).allow(target) is is_allowed


def test_a_pattern_made_to_take_forever_does_not() -> None:
    began = time.monotonic()
    rules = Rules((("/" + "a*" * 1_000 + "b$", False),))
    assert rules.allow("/" + "a" * 2_000)
    assert time.monotonic() - began < 1


def test_thousands_of_names_before_thousands_of_rules_cost_no_more_than_one() -> None:
    names = "".join(f"User-agent: {name}\n" for name in ["*", f"{US}/1.0", *map(str, range(500))] * 2)
    text = names + "".join(f"Disallow: /{number}\n" for number in range(1_000))
    tracemalloc.start()
    try:
        rules = read(text, US)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(rules.rules) == 1_000
    assert not rules.allow("/7")
    assert peak_bytes < 3_000_000


@pytest.mark.parametrize(("written", "delay_s"), [("5", 5), ("0.5", 0.5), ("9999", MAX_DELAY_S), ("-1", 0), ("x", 0)])
def test_a_wish_for_time_between_requests_is_read(written: str, delay_s: float) -> None:
    assert read(f"User-agent: *\nCrawl-delay: {written}", US).delay_s == delay_s


def test_a_delay_that_is_no_number_is_none() -> None:
    assert read("User-agent: *\nCrawl-delay: nan", US).delay_s == 0


# --- asked for -----------------------------------------------------------------------------------------------------


def crawler(server: Server) -> Fetcher:
    network = server.network(site_example=["127.0.0.1"])
    return Fetcher(agent(), limits=Limits(total_s=5), network=network, turns=Turns(0))


def at(server: Server, path: str) -> str:
    return f"http://site.example:{server.port}{path}"


def test_a_crawler_asks_once_and_obeys(server: Server) -> None:
    server.serve("/robots.txt", b"User-agent: *\nDisallow: /private")
    server.serve("/a", b"a")
    server.serve("/private/b", b"b")
    fetcher = crawler(server)
    assert fetcher.get(at(server, "/a")).data == b"a"
    with pytest.raises(Disallowed):
        fetcher.get(at(server, "/private/b"))
    assert server.paths() == ["/robots.txt", "/a"]


def test_a_redirect_to_what_is_disallowed_is_not_followed(server: Server) -> None:
    server.serve("/robots.txt", b"User-agent: *\nDisallow: /private")
    with pytest.raises(Disallowed):
        crawler(server).get(at(server, "/to?address=/private/b"))
    assert server.paths() == ["/robots.txt", "/to?address=/private/b"]


@pytest.mark.parametrize(
    ("robots", "is_welcome"),
    [
        (saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), True),
        (saying(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), True),
        (saying(b"HTTP/1.1 302 Found\r\nLocation: /robots.txt\r\nContent-Length: 0\r\n\r\n"), True),
        (saying(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"), False),
        (saying(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"), False),
        (saying(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"), False),
        (pouring(b"HTTP/1.1 200 OK\r\n\r\n", b"User-agent: *\nDisallow: /private\n" * 500), True),
    ],
    ids=["missing", "forbidden", "loop", "ill", "busy", "private", "endless"],
)
def test_a_robots_txt_that_cannot_be_had(robots: Answer, is_welcome: bool, server: Server) -> None:
    server.answers["/robots.txt"] = robots
    server.serve("/a", b"a")
    if is_welcome:
        assert crawler(server).get(at(server, "/a")).data == b"a"
        return
    with pytest.raises(FetchError):
        crawler(server).get(at(server, "/a"))
    assert "/a" not in server.paths()


def test_a_robots_txt_that_is_ill_for_a_while_forbids_nothing_for_good(server: Server) -> None:
    server.serve("/robots.txt", b"", status="500 Internal Server Error")
    server.serve("/a", b"a")
    fetcher = crawler(server)
    with pytest.raises(Unreachable):
        fetcher.get(at(server, "/a"))
    server.serve("/robots.txt", b"")
    assert fetcher.get(at(server, "/a")).data == b"a"


def test_a_person_may_ask_for_one_file_without_it(server: Server) -> None:
    server.serve("/robots.txt", b"User-agent: *\nDisallow: /")
    server.serve("/a", b"a")
    network = server.network(site_example=["127.0.0.1"])
    assert Fetcher(agent(), network=network, obeys_robots=False).get(at(server, "/a")).data == b"a"
    assert server.paths() == ["/a"]
