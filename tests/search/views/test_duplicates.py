"""The page on which people decide about pairs, and the API for the same."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from search import states
from search.models import DuplicatePair, Meme
from search.states import Action
from tests.search.asking import is_problem, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(charlie: User) -> Client:
    client = Client()
    client.force_login(charlie)
    return client


@pytest.fixture
def pair(db: None) -> DuplicatePair:
    small, large = rows(1, text="so true", title="small")[0], rows(1, start=1, text="S0 true", width=40, height=30)[0]
    return DuplicatePair.objects.create(first=small, second=large, tier="picture", distance=2)


def test_the_page_says_what_differs(curator: Client, pair: DuplicatePair) -> None:
    page = curator.get("/duplicates/").content.decode()
    assert "Same picture?" in page
    assert "2 of 64 bits differ · 1 to decide" in page
    assert '<td class="is-better">40 × 30 px</td>' in page
    assert page.count('<tr class="is-same">') == 5  # file, format, words, places, day


@pytest.mark.parametrize(("decision", "gone"), [("left", 1), ("right", 0), ("both", None), ("different", None)])
def test_each_decision_does_what_its_button_says_and_is_undone(
    curator: Client, pair: DuplicatePair, decision: str, gone: int | None
) -> None:
    page = curator.post(f"/duplicates/{pair.pk}/{decision}/", follow=True).content.decode()
    assert "No duplicates to decide about" in page
    assert "Undo" in page
    out = list(Meme.objects.filter(state="trashed"))
    assert out == ([] if gone is None else [pair.both[gone]])
    assert "Same picture?" in curator.post("/duplicates/undo/", follow=True).content.decode()
    assert Meme.objects.filter(state="active").count() == 2
    assert "nothing to take back" in curator.post("/duplicates/undo/", follow=True).content.decode()


def test_others_have_nothing_to_decide_about(alice_client: Client, pair: DuplicatePair) -> None:
    assert "No duplicates" in alice_client.get("/duplicates/").content.decode()
    assert alice_client.post(f"/duplicates/{pair.pk}/both/").status_code == 404
    assert alice_client.get("/api/v1/duplicates").json()["count"] == 0
    assert alice_client.post(f"/api/v1/duplicates/{pair.pk}", {"decision": "both"}).status_code == 404


def test_what_cannot_be_decided_is_answered(curator: Client, pair: DuplicatePair) -> None:
    assert curator.get(f"/duplicates/{pair.pk}/both/").status_code == 405
    assert curator.post(f"/duplicates/{pair.pk}/middle/").status_code == 404
    curator.post(f"/duplicates/{pair.pk}/both/")
    page = curator.post(f"/duplicates/{pair.pk}/left/", follow=True).content.decode()
    assert "Somebody else was first" in page
    assert Meme.objects.filter(state="active").count() == 2


def test_the_api_lists_decides_and_takes_back(curator: Client, pair: DuplicatePair) -> None:
    (listed,) = curator.get("/api/v1/duplicates").json()["results"]
    assert (listed["id"], listed["left"]["title"], listed["tier"]) == (pair.pk, "small", "picture")
    address = f"/api/v1/duplicates/{pair.pk}"
    assert curator.post(address, {"decision": "right"}).json()["decision"] == "right"
    is_problem(curator.post(address, {"decision": "left"}), 409)
    assert curator.post("/api/v1/duplicates/undo").json()["decision"] == ""
    is_problem(curator.post("/api/v1/duplicates/undo"), 404)
    states.move_one(pair.first, Action.TRASH)
    is_problem(curator.post(address, {"decision": "left"}), 409)


def test_a_merged_meme_is_parted_when_it_is_brought_back_from_the_trash(curator: Client, pair: DuplicatePair) -> None:
    curator.post(f"/duplicates/{pair.pk}/left/")
    assert "merged into" in curator.get("/trash/").content.decode()
    curator.post(f"/m/{pair.second_id}/move/restore/")
    assert Meme.objects.filter(state="active", merged_into=None).count() == 2


def test_the_api_takes_out_brings_back_and_flags(curator: Client, alice_client: Client, pair: DuplicatePair) -> None:
    address = f"/api/v1/memes/{pair.first_id}"
    assert curator.post(f"{address}/state", {"action": "trash"}).json()["state"] == "trashed"
    is_problem(curator.post(f"{address}/state", {"action": "hide"}), 409)
    (out,) = curator.get("/api/v1/trash").json()["results"]
    assert (out["meme"]["id"], out["state"], out["by"]) == (pair.first_id, "trashed", "charlie")
    is_problem(alice_client.post(f"{address}/state", {"action": "restore"}), 404)
    assert curator.post(f"{address}/state", {"action": "restore"}).json()["state"] == "active"
    flagged = curator.put(f"{address}/nsfw", {"is_nsfw": True}, content_type="application/json")
    assert flagged.json()["is_nsfw"] is True
    is_problem(alice_client.put(f"{address}/nsfw", {"is_nsfw": False}, content_type="application/json"), 404)
    kept = alice_client.put("/api/v1/preferences", {"nsfw": "hide"}, content_type="application/json")
    assert kept.json() == alice_client.get("/api/v1/preferences").json() == {"nsfw": "hide"}
    assert [meme["id"] for meme in alice_client.get("/api/v1/memes").json()["results"]] == [pair.second_id]
