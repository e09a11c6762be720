"""Saved searches, history, random orders and surprises."""

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from search import history, long_searches, saved, surprises
from search.models import PastSearch, SavedSearch
from search.views.asked import Asked
from tests.search.asking import rows
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


def names(user: User) -> list[str]:
    return [search.name for search in saved.of(user)]


def past(user: User) -> list[str]:
    return [search.query for search in history.recent(user)]


# --- saved ---------------------------------------------------------------------------------------------------------


def test_a_search_is_saved_from_its_results_and_one_stays_there(alice_client: Client, alice: User) -> None:
    answer = alice_client.post("/searches/save/", {"query": "cats -dogs", "next": "/?q=cats+-dogs"})
    assert answer.headers["Location"] == "/?q=cats+-dogs"
    assert names(alice) == ["cats -dogs"]
    assert "Saved as “cats -dogs”." in alice_client.get("/").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "javascript:alert(1)", ""])
def test_saving_leads_nowhere_else(elsewhere: str, alice_client: Client) -> None:
    answer = alice_client.post("/searches/save/", {"query": "cats", "next": elsewhere})
    assert answer.headers["Location"] == "/searches/"


def test_what_cannot_be_saved_is_said(alice_client: Client, alice: User) -> None:
    page = alice_client.post("/searches/save/", {"query": "-dogs"}, follow=True).content.decode()
    assert "only says what to stay away from" in page
    assert names(alice) == []


def test_a_saved_search_is_opened_renamed_and_deleted(alice_client: Client, alice: User) -> None:
    search, _ = saved.keep(alice, "cats vector:ADw^-0.5", "My cats")
    page = alice_client.get("/searches/").content.decode()
    assert 'href="/?q=cats&amp;e=ADw%5E-0.5"' in page
    alice_client.post(f"/searches/{search.pk}/rename/", {"name": "Their cats"})
    assert names(alice) == ["Their cats"]
    alice_client.post(f"/searches/{search.pk}/delete/")
    assert names(alice) == []


def test_a_deletion_can_be_undone(alice_client: Client, alice: User) -> None:
    search, _ = saved.keep(alice, "cats", "My cats")
    page = alice_client.post(f"/searches/{search.pk}/delete/", follow=True)
    undo = page.context["deleted"]
    assert "“My cats” deleted." in page.content.decode()
    alice_client.post("/searches/save/", undo)
    assert names(alice) == ["My cats"]
    assert "deleted." not in alice_client.get("/searches/").content.decode()


def test_a_name_that_is_taken_is_said(alice_client: Client, alice: User) -> None:
    saved.keep(alice, "dogs")
    search, _ = saved.keep(alice, "cats")
    page = alice_client.post(f"/searches/{search.pk}/rename/", {"name": "DOGS"}, follow=True).content.decode()
    assert "another search called “DOGS”" in page


@pytest.mark.parametrize("what", ["rename", "delete"])
def test_what_belongs_to_somebody_else_is_not_there(what: str, alice_client: Client, bob: User) -> None:
    search, _ = saved.keep(bob, "cats")
    assert alice_client.post(f"/searches/{search.pk}/{what}/", {"name": "x"}).status_code == 404
    assert names(bob) == ["cats"]
    assert "cats" not in alice_client.get("/searches/").content.decode()


@pytest.mark.parametrize("path", ["/searches/save/", "/searches/1/rename/", "/searches/1/delete/", "/searches/forget/"])
def test_nothing_changes_by_looking(path: str, alice_client: Client) -> None:
    assert alice_client.get(path).status_code == 405


@pytest.mark.parametrize("path", ["/searches/", "/searches/save/", "/searches/1/delete/", "/searches/forget/"])
def test_strangers_have_no_searches_even_of_a_public_library(path: str, client: Client, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    answer = client.get(path) if path == "/searches/" else client.post(path)
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_the_page_costs_the_same_however_much_is_kept(
    alice_client: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        saved.keep(alice, f"cats {number}")
        history.remember(alice, f"dogs {number}")
    with django_assert_max_num_queries(5):
        alice_client.get("/searches/")


# --- history -------------------------------------------------------------------------------------------------------


def test_a_search_is_remembered_when_it_was_made(alice_client: Client, alice: User) -> None:
    rows(1)
    alice_client.get("/", {"q": "type:image"})
    assert past(alice) == ["type:image"]


@pytest.mark.parametrize(
    ("params", "headers"),
    [
        ({"q": "type:image"}, HX),
        ({"q": "type:image"}, {"Sec-Purpose": "prefetch"}),
        ({"q": "type:image", "offset": "60"}, {}),
        ({"q": "sourc:reddit"}, {}),
        ({"q": "  "}, {}),
        ({}, {}),
    ],
)
def test_what_comes_while_typing_or_scrolling_is_not_remembered(
    params: dict[str, str], headers: dict[str, str], alice_client: Client
) -> None:
    rows(1)
    alice_client.get("/", params, headers=headers)
    assert not PastSearch.objects.exists()


def test_strangers_leave_no_history(client: Client, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    rows(1)
    assert client.get("/", {"q": "type:image"}).status_code == 200
    assert not PastSearch.objects.exists()


def test_history_is_forgotten_one_by_one_or_altogether(alice_client: Client, alice: User, bob: User) -> None:
    for query in ("cats", "dogs", "birds"):
        history.remember(alice, query)
    history.remember(bob, "fish")
    alice_client.post("/searches/forget/", {"pk": PastSearch.objects.get(query="dogs").pk})
    assert past(alice) == ["birds", "cats"]
    theirs = PastSearch.objects.get(query="fish").pk
    for pk in (theirs, "x", "9" * 30):
        assert alice_client.post("/searches/forget/", {"pk": pk}).status_code == 404
    alice_client.post("/searches/forget/")
    assert (past(alice), past(bob)) == ([], ["fish"])


# --- random and surprises ------------------------------------------------------------------------------------------


def test_a_random_order_stays_and_another_one_is_another(alice_client: Client) -> None:
    rows(30)
    places = {alice_client.get("/random/", {"q": "type:image sort:random-7"}).headers["Location"] for _ in range(5)}
    assert len(places) > 1
    place = places.pop()
    assert place.startswith("/?q=type%3Aimage+sort%3Arandom-")
    first, second = ([hit.meme.pk for hit in alice_client.get(place).context["results"].hits] for _ in range(2))
    assert first == second


def test_a_random_order_of_nonsense_says_what_is_wrong(alice_client: Client) -> None:
    assert alice_client.get("/random/", {"q": "sourc:x"}).headers["Location"] == "/?q=sourc%3Ax"


def test_surprises_do_not_repeat_themselves(alice_client: Client, alice: User) -> None:
    memes = [take_in(alice, color) for color in ("red", "green", "blue")]
    index()
    places = {alice_client.get("/surprise/").headers["Location"] for _ in memes}
    assert places == {f"/?q=like:{meme.pk}" for meme in memes}
    assert len(alice_client.session["surprises"]) <= surprises.REMEMBERED


def test_an_empty_library_has_no_surprise(alice_client: Client) -> None:
    page = alice_client.get("/surprise/", follow=True)
    assert "nothing here yet that could surprise" in page.content.decode()


def test_strangers_of_a_public_library_are_surprised_without_a_session(
    client: Client, alice: User, settings: Any
) -> None:
    settings.PUBLIC_LIBRARY = True
    meme = take_in(alice, "red")
    index()
    assert client.get("/surprise/").headers["Location"] == f"/?q=like:{meme.pk}"
    assert "sessionid" not in client.cookies
    assert not SavedSearch.objects.exists()


def test_what_was_found_can_be_rated(alice_client: Client, client: Client, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    rows(2)
    assert 'href="/rate/?q=type%3Aimage"' in alice_client.get("/", {"q": "type:image"}).content.decode()
    assert "/rate/?q=" not in alice_client.get("/").content.decode(), "of everything the header says it"
    assert "/rate/?q=" not in alice_client.get("/", {"q": "type:video"}).content.decode(), "nothing was found"
    assert "/rate/?q=" not in client.get("/", {"q": "type:image"}).content.decode()


# --- too long for an address ---------------------------------------------------------------------------------------

LONG = "猫 " * 900


def test_a_long_search_goes_on_under_a_token(alice_client: Client) -> None:
    rows(3)
    answer = alice_client.post("/searches/ask/", {"q": f"type:image {LONG.strip()}^0.01", "e": ["ADw", "ADy^-2"]})
    address = answer.headers["Location"]
    assert len(address) == len("/?kept=") + 32
    page = alice_client.get(address)
    assert page.context["asked"].text.startswith("type:image 猫")
    assert page.context["asked"].embeddings == ("ADw", "ADy^-2")
    assert 'method="post" action="/searches/ask/"' in page.content.decode(), "without scripts too"
    assert alice_client.post("/searches/ask/", {"q": "cats"}).headers["Location"] == "/?q=cats"
    part = alice_client.post("/searches/ask/", {"q": LONG}, headers=HX, follow=True)
    assert (part.status_code, "<html" in part.content.decode()) == (200, False)


def test_what_cannot_be_read_is_said_and_not_kept(alice_client: Client) -> None:
    answer = alice_client.post("/searches/ask/", {"q": "sourc:x"}, headers=HX)
    assert (answer.status_code, "Did you mean" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("path", ["/random/", "/advanced/"])
def test_a_long_search_stays_under_a_token_wherever_it_leads(alice_client: Client, path: str) -> None:
    token = long_searches.keep(f"{LONG.strip()} sort:random-7", [])
    address = alice_client.get(path, {"kept": token, "do": "add"}).headers["Location"]
    assert re.fullmatch(r"/(advanced/)?\?kept=[0-9a-f]{32}", address)
    assert alice_client.get(address).context["asked"].text.startswith("猫 猫")


def test_strangers_read_what_is_kept_and_keep_nothing(client: Client, media_dir: Path, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    rows(1)
    token = long_searches.keep(f"{LONG} -picture:0123456789abcdef", ["ADw"])
    before = sorted(media_dir.rglob("*"))
    for path in ("/", "/advanced/", "/random/"):
        assert client.get(path, {"kept": token}).status_code != 404
        client.get(path, {"q": f"{LONG} -picture:0123456789abcdef sort:random-7", "e": "ADw"})
    asked = client.get("/", {"kept": token}).context["asked"]
    assert (asked.address, len(asked.chips)) == (f"kept={token}", 2)
    assert sorted(media_dir.rglob("*")) == before


def test_a_search_that_is_asked_again_is_kept_as_long_again(alice_client: Client, media_dir: Path) -> None:
    token = alice_client.post("/searches/ask/", {"q": LONG}).headers["Location"].removeprefix("/?kept=")
    (file,) = media_dir.rglob(f"{token}.json")
    long_ago = time.time() - (long_searches.KEPT_DAYS + 1) * 86_400
    os.utime(file, (long_ago, long_ago))
    alice_client.post("/searches/ask/", {"q": LONG})
    assert long_searches.forget_old() == 0


@pytest.mark.parametrize("token", ["", "0" * 32, "../../../etc/passwd", "x"])
@pytest.mark.parametrize("page", ["/", "/advanced/"])
def test_a_search_that_is_not_kept_any_more_says_so(token: str, page: str, alice_client: Client) -> None:
    answer = alice_client.get(page, {"kept": token})
    assert (answer.status_code, "not kept here any more" in answer.content.decode()) == (400, True)


def test_kept_searches_are_forgotten_after_a_while(media_dir: Path) -> None:
    token = long_searches.keep(LONG, ["ADw"])
    assert long_searches.read(token) == (LONG, ("ADw",))
    assert long_searches.forget_old() == 0
    (file,) = media_dir.rglob(f"{token}.json")
    long_ago = time.time() - (long_searches.KEPT_DAYS + 1) * 86_400
    os.utime(file, (long_ago, long_ago))
    assert long_searches.forget_old() == 1
    assert long_searches.forget_old() == 0


def test_a_full_store_leaves_the_address_long(settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "memes": {"BACKEND": "tests.search.full_disk.FullDisk"}}
    assert Asked(LONG).address.startswith("q=")
