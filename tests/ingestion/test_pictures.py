"""Searching with a picture that stands at an address, from a server on this machine that only these tests allow."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.test import Client

from ingestion.agent import site_agent
from ingestion.pictures import AT_ONCE, picture_from
from search import fetched_pictures, retrieval
from search.models import Meme
from search.query import parse
from tests.drawing import drawing, encoded
from tests.ingestion.fetch.hostile import Server, saying, serving
from tests.search.asking import is_problem
from tests.search.media.making import png_bomb
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db
API = "/api/v1"
PUBLIC = "ingestion.pictures.fetch_picture"
HERE: list[Server] = []


def fetch_here(address: str) -> bytes:
    return picture_from(address, HERE[-1].network(site_example=["127.0.0.1"]))


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.SEARCH_PICTURE_FETCHER = f"{__name__}.fetch_here"
    cache.clear()
    with serving() as running:
        HERE.append(running)
        yield running
        HERE.pop()


@pytest.fixture
def public(settings: Any) -> None:
    settings.SEARCH_PICTURE_FETCHER = PUBLIC


def picture(server: Server, data: bytes = b"", path: str = "/blue.png") -> str:
    return f"http://site.example{server.serve(path, data or encoded(drawing('blue')))}"


@pytest.fixture
def kin(alice: User) -> None:
    for color in ("red", "navy"):
        take_in(alice, color)
    index()


# --- by the page, the query and the API ----------------------------------------------------------------------------


def test_a_picture_by_its_address_finds_its_kin_through_the_page(
    kin: None, server: Server, alice_client: Client
) -> None:
    answer = alice_client.post("/picture/", {"address": picture(server), "q": ""})
    page = alice_client.get(answer.headers["Location"])
    assert [hit.meme.title for hit in page.context["results"].hits] == ["navy", "red"]
    assert Meme.objects.count() == 2
    assert server.paths() == ["/blue.png"]


def test_an_address_in_the_box_is_asked_once(kin: None, server: Server, alice_client: Client, bob: User) -> None:
    address = picture(server)
    for _ in range(3):
        page = alice_client.get("/", {"q": f"picture:{address}"})
        assert [hit.meme.title for hit in page.context["results"].hits] == ["navy", "red"]
    retrieval.search(bob, parse(f"picture:{address} -picture:{address}^0.5"))
    assert server.paths() == ["/blue.png"]


def test_a_picture_by_its_address_finds_its_kin_through_the_api(
    kin: None, server: Server, alice_client: Client
) -> None:
    kept = alice_client.post(f"{API}/pictures", {"address": picture(server)}).json()
    for term in (kept["term"], f"picture:{picture(server)}"):
        found = alice_client.get(f"{API}/search", {"q": term}).json()["results"]
        assert [one["meme"]["title"] for one in found] == ["navy", "red"]
    assert server.paths() == ["/blue.png"]


def test_the_field_for_an_address_is_there_when_the_site_fetches(public: None, alice_client: Client) -> None:
    assert "Or its address" in alice_client.get("/picture/").content.decode()
    assert "Or its address" in alice_client.get("/").content.decode()


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://127.0.0.1/a.png", "private network"),
        ("http://[::1]/a.png", "private network"),
        ("http://169.254.169.254/latest/meta-data/", "private network"),
        ("http://localhost/a.png", "private network"),
        ("https://example.org:5432/", "Port 5432"),
        ("https://me:secret@example.org/", "a password"),
    ],
)
def test_private_addresses_are_refused_with_the_reason(
    address: str, reason: str, public: None, alice_client: Client
) -> None:
    answer = alice_client.post("/picture/", {"address": address})
    assert (answer.status_code, reason in answer.content.decode()) == (400, True)
    assert reason in is_problem(alice_client.post(f"{API}/pictures", {"address": address}), 400)["errors"]["address"][0]


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/", "http://2130706433/", "http://[fd00:ec2::254]/", "http://a\ud800"]
)
def test_private_addresses_in_a_query_are_refused(kin: None, address: str, public: None, alice: User) -> None:
    with pytest.raises(retrieval.NothingToCompare, match="Hand over the picture itself"):
        retrieval.search(alice, parse(f"picture:{address}"))


def test_a_query_with_a_private_address_is_a_bad_request(kin: None, public: None, alice_client: Client) -> None:
    query = {"q": "picture:http://169.254.169.254/"}
    assert "private network" in is_problem(alice_client.get(f"{API}/search", query), 400)["detail"]
    assert "private network" in alice_client.get("/", query).content.decode()


def test_a_server_of_this_machine_is_never_asked(public: None, server: Server, settings: Any, alice: User) -> None:
    settings.SEARCH_PICTURE_FETCHER = PUBLIC
    for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"):
        with pytest.raises(fetched_pictures.NotFetched):
            fetched_pictures.keep(f"http://{host}:{server.port}/", alice)
    assert server.asked == []


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [(b"<html>a page</html>", 422, "not a picture"), (png_bomb(30_000, 30_000), 422, "30,000 x 30,000 pixels")],
    ids=["page", "bomb"],
)
def test_what_is_no_picture_is_told_by_content(
    data: bytes, status: int, reason: str, server: Server, alice_client: Client
) -> None:
    answer = alice_client.post("/picture/", {"address": picture(server, data)})
    assert (answer.status_code, reason in answer.content.decode()) == (status, True)


def test_a_missing_picture_is_said_and_not_asked_for_again_at_once(server: Server, alice_client: Client) -> None:
    for _ in range(2):
        answer = alice_client.post("/picture/", {"address": f"http://site.example:{server.port}/gone"})
        assert (answer.status_code, "answered 410" in answer.content.decode()) == (400, True)
    assert server.paths() == ["/gone"]


def test_a_file_above_the_sites_limit_is_not_got(server: Server, settings: Any, alice: User) -> None:
    settings.MSE_MAX_FILE_BYTES = 1_000
    with pytest.raises(fetched_pictures.NotFetched, match="larger than 1,000 bytes"):
        fetched_pictures.keep(picture(server, bytes(1_001)), alice)


# --- how often, and by whom ----------------------------------------------------------------------------------------


def test_strangers_make_the_site_ask_nobody(kin: None, server: Server, client: Client, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    with pytest.raises(fetched_pictures.NotFetched, match="Sign in"):
        fetched_pictures.keep(picture(server), AnonymousUser())
    assert "Sign in" in client.get("/", {"q": f"picture:{picture(server)}"}).content.decode()
    assert server.asked == []


def test_slow_hosts_do_not_take_all_threads_of_the_site(server: Server) -> None:
    waiting, go_on = threading.Semaphore(0), threading.Event()

    def slow(line: Any) -> None:
        waiting.release()
        go_on.wait(5)
        saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")(line)

    server.answers["/slow"] = slow
    network = server.network(**{f"site{number}_example": ["127.0.0.1"] for number in range(AT_ONCE)})

    def ask(number: int) -> None:
        with pytest.raises(fetched_pictures.NotFetched, match="404"):
            picture_from(f"http://site{number}.example:{server.port}/slow", network)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert waiting.acquire(timeout=5)
    with pytest.raises(fetched_pictures.NotFetched, match="try again in a moment"):
        fetch_here(picture(server))
    go_on.set()
    for thread in threads:
        thread.join()
    assert fetch_here(picture(server)) == encoded(drawing("blue"))


@pytest.mark.parametrize(
    ("origins", "hosts", "is_https", "site"),
    [
        (["https://memes.example"], ["localhost"], False, " (+https://memes.example/)"),
        ([], ["localhost", "memes.example"], True, " (+https://memes.example/)"),
        ([], ["memes.example"], False, " (+http://memes.example/)"),
        ([], ["localhost", "127.0.0.1", "*", ".example.org"], True, ""),
    ],
)
def test_the_site_says_who_it_is(
    origins: list[str], hosts: list[str], is_https: bool, site: str, settings: Any
) -> None:
    settings.CSRF_TRUSTED_ORIGINS, settings.ALLOWED_HOSTS, settings.HTTPS = origins, hosts, is_https
    assert site_agent() == f"MemeSearchEngine/0.1.0{site}"


def test_what_is_to_be_added_may_be_a_page_which_stands_for_the_picture_it_is_about(server: Server) -> None:
    drawn, network = encoded(drawing("blue")), server.network(site_example=["127.0.0.1"])
    address = picture(server, drawn)
    page = picture(server, b'<html><meta property="og:image" content="/blue.png">', "/post")
    bare = picture(server, b"<html><p>words", "/bare")
    assert picture_from(page, network, may_be_page=True) == drawn
    assert picture_from(address, network, may_be_page=True) == drawn
    assert picture_from(bare, network, may_be_page=True) == b"<html><p>words"
    assert picture_from(page, network) != drawn
    elsewhere = picture(server, b'<html><meta property="og:image" content="http://10.0.0.1/secret.png">', "/lure")
    with pytest.raises(fetched_pictures.NotFetched, match="private network"):
        picture_from(elsewhere, network, may_be_page=True)
