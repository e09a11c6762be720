"""The page with the search box."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from search import nearest, retrieval
from search.models import Collection, Meme
from search.retrieval import PAGE_SIZE
from tests.fixtures.sidecar import TestSidecar
from tests.search.asking import rows
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
DIVIDER = '<span role="separator" aria-label="Weaker matches">'
WORDS = [
    "monday", "friday", "coffee", "laptop", "meeting", "budget", "cactus", "lantern", "violin", "garden", "pepper",
    "marble", "rocket", "tunnel", "button", "candle", "dragon", "forest", "hammer", "island", "jacket", "kettle",
    "ladder", "magnet", "needle", "orange", "pencil", "quiver", "ribbon", "saddle",
]  # fmt: skip


def shown(answer: Any) -> list[str]:
    return [hit.meme.title for hit in answer.context["results"].hits]


def test_without_a_query_the_newest_come_first(alice_client: Client) -> None:
    rows(3)
    assert shown(alice_client.get("/")) == ["meme 2", "meme 1", "meme 0"]


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("", "Newest first"),
        ("type:image", "Newest first"),
        ("sort:old", "Oldest first"),
        ("sort:random-7", "In random order"),
        ("sort:size", "Largest first"),
        ("sort:score", "Highest score first"),
    ],
)
def test_the_heading_says_in_which_order_they_are(query: str, heading: str, alice_client: Client) -> None:
    rows(2)
    assert f"<h1>{heading}</h1>" in alice_client.get("/", {"q": query}).content.decode()


def test_a_query_finds_its_words_and_stays_in_the_box(alice_client: Client, alice: User) -> None:
    take_in(alice, "red", title="monday")
    take_in(alice, "white", title="friday")
    index({"monday": "grumpy monday", "friday": "happy friday"})
    answer = alice_client.get("/", {"q": "happy friday"})
    assert shown(answer)[0] == "friday"
    assert b'value="happy friday"' in answer.content


def test_with_the_sidecar_there_is_nothing_to_excuse(sidecar: TestSidecar, alice_client: Client, alice: User) -> None:
    take_in(alice, "blue")
    index()
    sidecar.wait_for_everything()
    answer = alice_client.get("/", {"q": "blue"})
    assert (answer.context["results"].backend, answer.context["results"].note) == ("sidecar", "")


def test_without_the_sidecar_the_page_says_so(alice_client: Client, alice: User) -> None:
    take_in(alice, "blue")
    index()
    answer = alice_client.get("/", {"q": "blue"})
    assert shown(answer) == ["blue"]
    assert b"answers are right, but slower" in answer.content


def talking(alice: User, count: int) -> None:
    """Pictures that say something: only the first says anything of penguins."""
    said = {f"t{number}": f"{WORDS[number % 30]} and {WORDS[(7 * number + 3) % 30]} again" for number in range(count)}
    for number, title in enumerate(said):
        take_in(alice, "grey", title=title, seed=number)
    index({**said, "t0": "penguins at the office"})


def test_a_query_that_nothing_fits_says_what_to_try(alice_client: Client, alice: User) -> None:
    talking(alice, 36)
    assert b"Nothing here stands out" in alice_client.get("/", {"q": "zzyzx"}).content
    assert b"Nothing here stands out" not in alice_client.get("/", {"q": "penguins"}).content


def test_weaker_matches_follow_behind_a_divider(alice_client: Client, alice: User) -> None:
    talking(alice, 36)
    answer = alice_client.get("/", {"q": "penguins at the office"})
    page = answer.content.decode()
    assert page.count(DIVIDER) == 1
    assert shown(answer)[0] == "t0"
    assert page.index('data-id="') < page.index(DIVIDER) < page.rindex('data-id="')
    assert DIVIDER not in alice_client.get("/").content.decode(), "lists without terms have no weak ones"
    assert DIVIDER not in alice_client.get("/", {"q": "zzyzx"}).content.decode(), "a divider has something above it"


def test_words_of_a_filter_in_quotes_are_not_to_blame(alice_client: Client, alice: User) -> None:
    rows(1)
    Collection.objects.create(owner=alice, name="my best")
    answer = alice_client.get("/", {"q": 'in:"my best"'})
    assert b"Nothing found" in answer.content
    assert b"without the quotes" not in answer.content


def test_quoted_words_that_stand_nowhere_offer_the_search_without_quotes(alice_client: Client, alice: User) -> None:
    take_in(alice, "blue")
    index()
    answer = alice_client.get("/", {"q": '"such words"'})
    assert b"Nothing found" in answer.content
    assert b'href="?q=such%20words"' in answer.content


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("word " * 500, b"at most 2000 characters"),
        ("-word " * 40, b"at most 32 terms"),
        ("like:12345", b"no meme 12345 here"),
    ],
)
def test_a_query_that_cannot_be_read_says_why(query: str, message: bytes, alice_client: Client) -> None:
    rows(1)
    answer = alice_client.get("/", {"q": query})
    assert answer.status_code == 400
    assert message in answer.content


def test_the_part_of_a_query_that_is_to_blame_is_marked(alice_client: Client) -> None:
    rows(1)
    answer = alice_client.get("/", {"q": "a" * 1995 + "bcdefghij"})
    assert b"<mark>g</mark>hij" in answer.content


def test_pages_follow_one_another_without_a_script(alice_client: Client) -> None:
    rows(PAGE_SIZE + 5)
    first = alice_client.get("/")
    address = f"?offset={PAGE_SIZE}&amp;key={first.context['results'].key}"
    assert f'href="{address}"'.encode() in first.content
    second = alice_client.get("/" + address.replace("&amp;", "&"))
    assert shown(second) == ["meme 4", "meme 3", "meme 2", "meme 1", "meme 0"]
    assert b"That is everything" in second.content


def test_the_next_page_keeps_the_query(alice_client: Client) -> None:
    rows(PAGE_SIZE + 5)
    Meme.objects.update(text="cat & dog")
    answer = alice_client.get("/", {"q": "cat & dog"})
    assert f'href="?q=cat+%26+dog&amp;offset={PAGE_SIZE}&amp;key='.encode() in answer.content


def test_a_script_gets_results_or_tiles_without_the_page_around_them(alice_client: Client) -> None:
    rows(PAGE_SIZE + 5)
    results = alice_client.get("/", headers=HX)
    tiles = alice_client.get("/", {"offset": PAGE_SIZE}, headers=HX)
    assert b"<html" not in results.content
    assert b"data-grid" in results.content
    assert b"data-grid" not in tiles.content
    assert tiles.content.count(b'class="tile') == 5
    assert results.headers["Vary"] == tiles.headers["Vary"] == "HX-Request, Cookie"


@pytest.mark.parametrize("query", ["", "grumpy"])
def test_a_page_of_60_asks_the_database_no_more_than_one_of_30(query: str, alice_client: Client, alice: User) -> None:
    def statements(tiles: int) -> int:
        start = Meme.objects.count()
        for number in range(start, tiles, 6):
            rows(2, start=number, text=f"grumpy {number}", derived_at=timezone.now(), phash=number, color="#102030")
            rows(2, alice, start=number + 2, text="grumpy monday", kind="video", duration_ms=1000, is_nsfw=True)
            rows(2, start=number + 4, title="grumpy", derived_at=timezone.now(), is_nsfw=True)
        alice_client.get("/", {"q": query})
        with CaptureQueriesContext(connection) as asked:
            answer = alice_client.get("/", {"q": query})
        assert answer.content.count(b'class="tile') == tiles
        return len(asked)

    assert statements(30) == statements(60)


def test_an_empty_library_says_how_to_fill_it(alice_client: Client) -> None:
    answer = alice_client.get("/")
    assert b"No memes yet" in answer.content
    assert b"manage.py import_folder" in answer.content


def test_a_tile_reserves_its_place_and_speaks(alice_client: Client, alice: User) -> None:
    meme = take_in(alice, "red", title="monday")
    waiting = take_in(alice, "blue", title="later")
    index({"monday": "grumpy <monday>"})
    Meme.objects.filter(pk=waiting.pk).update(derived_at=None)
    meme.refresh_from_db()
    page = alice_client.get("/").content.decode()
    assert f'style="--w:320;--h:240;--c:{meme.color}"' in page
    assert 'alt="monday: grumpy &lt;monday&gt;"' in page
    assert f"/media/{waiting.pk}/" not in page


def test_the_page_says_that_it_searches_by_words_and_colours(alice_client: Client, settings: Any) -> None:
    rows(1)
    assert b"This site runs on <code>lite</code>" in alice_client.get("/").content
    settings.MSE_ENCODER = "openclip:ViT-B-16-SigLIP2:webli"
    assert b"runs on <code>lite</code>" not in alice_client.get("/").content


def test_strangers_are_sent_to_sign_in_and_scripts_are_told(client: Client) -> None:
    assert client.get("/?q=cats").headers["Location"] == "/accounts/login/?next=/%3Fq%3Dcats"
    assert client.get("/", headers=HX).status_code == 401


def test_strangers_may_look_at_a_public_library(client: Client, alice: User, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    rows(1)
    rows(1, alice, start=1)
    assert shown(client.get("/")) == ["meme 0"]


def test_what_others_keep_private_is_not_shown(alice_client: Client, bob: User) -> None:
    rows(1, bob)
    rows(1, start=1)
    assert shown(alice_client.get("/")) == ["meme 1"]


def test_the_page_only_reads(alice_client: Client) -> None:
    assert alice_client.post("/").status_code == 405


@pytest.mark.parametrize("offset", ["-1", "x", "99999999999"])
def test_junk_in_the_address_means_the_beginning(offset: str, alice_client: Client) -> None:
    rows(2)
    assert shown(alice_client.get("/", {"offset": offset})) == ["meme 1", "meme 0"]


def test_a_page_costs_the_same_number_of_queries_however_full_it_is(
    alice_client: Client, alice: User, django_assert_num_queries: Any
) -> None:
    rows(30, added_by=alice)
    # session, user, the ranking, which of it may be seen, the memes, the newest, the active space, whether she is a curator
    with django_assert_num_queries(7):
        alice_client.get("/")


def test_where_scrolling_ends_before_the_library_does_the_page_says_so(
    alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "MAX_DEPTH", PAGE_SIZE)
    monkeypatch.setattr(retrieval, "MAX_DEPTH", PAGE_SIZE)
    rows(PAGE_SIZE + 5)
    page = alice_client.get("/").content.decode()
    assert f"These are the first {PAGE_SIZE}: a narrower search finds the rest." in page
    assert "That is everything" not in page
