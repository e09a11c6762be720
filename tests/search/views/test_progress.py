"""How far the library and single memes are, as the pages ask for it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from search.models import Meme
from tests.search.asking import rows
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def nothing_counted_before() -> None:
    cache.clear()


def test_while_something_waits_the_bar_is_shown_and_asks_again(alice_client: Client) -> None:
    rows(3)
    page = alice_client.get("/progress/").content.decode()
    assert "Making thumbnails: 0 of 3" in page
    assert 'hx-trigger="every 2s' in page
    assert 'value="0"' in page


def test_when_everything_is_done_the_bar_is_gone_and_asks_no_more(alice_client: Client, alice: User) -> None:
    take_in(alice, "red")
    index()
    page = alice_client.get("/progress/").content.decode()
    assert "<progress" not in page
    assert "every 2s" not in page


def test_memes_that_came_since_are_offered(alice_client: Client, bob: User) -> None:
    first, *_ = rows(3)
    rows(1, bob, start=10)
    assert b"2 new memes" in alice_client.get("/progress/", {"newest": first.pk}).content
    assert b"new meme" not in alice_client.get("/progress/", {"newest": Meme.objects.latest("pk").pk}).content
    assert b"new meme" not in alice_client.get("/progress/").content


def test_many_open_pages_count_the_rows_once(alice_client: Client, django_assert_num_queries: Any) -> None:
    rows(3)
    alice_client.get("/progress/")
    with django_assert_num_queries(2):  # session, user
        alice_client.get("/progress/")


def test_the_states_of_memes_are_told_for_those_one_may_see(alice_client: Client, alice: User, bob: User) -> None:
    ready = take_in(alice, "red")
    index()
    (waiting,) = rows(1)
    hidden = take_in(bob, "blue", is_private=True)
    answer = alice_client.get("/states/", {"ids": f"{ready.pk},{waiting.pk},{hidden.pk},999"})
    states = {state["id"]: state for state in answer.json()["states"]}
    assert set(states) == {ready.pk, waiting.pk}
    assert (states[ready.pk]["state"], states[ready.pk]["is_final"]) == ("ready", True)
    assert states[ready.pk]["thumbnail"] == f"/media/{ready.pk}/{ready.sha256[:8]}/thumbnail"
    assert (states[waiting.pk]["state"], states[waiting.pk]["thumbnail"]) == ("media", None)


@pytest.mark.parametrize("ids", ["", "a", "1,,2", "1;2", ",".join(map(str, range(201)))])
def test_junk_instead_of_ids_is_refused(ids: str, alice_client: Client) -> None:
    answer = alice_client.get("/states/", {"ids": ids})
    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize("address", ["/states/?ids=1", "/progress/"])
def test_scripts_of_strangers_are_told_to_sign_in(address: str, client: Client) -> None:
    assert client.get(address, headers=JSON).status_code == 401


@pytest.mark.parametrize("address", ["/states/", "/progress/"])
def test_these_addresses_only_read(address: str, alice_client: Client) -> None:
    assert alice_client.post(address).status_code == 405


def test_many_states_cost_the_same_number_of_queries(alice_client: Client, django_assert_num_queries: Any) -> None:
    ids = ",".join(str(meme.pk) for meme in rows(50))
    with django_assert_num_queries(5):  # session, user, memes, vectors, failures
        alice_client.get("/states/", {"ids": ids})
