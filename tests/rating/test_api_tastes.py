"""Tastes over HTTP."""

import json
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from rating.models import Axis, Comparison, Taste
from search.models import Meme
from tests.rating.tasting import scores, small_library, tell
from tests.search.asking import is_problem

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/rating"


@pytest.fixture
def hers(alice: User, axes: list[Axis]) -> Taste:
    return tell(alice, axes[0], scores(small_library()), 40)


def send(client: Client, method: str, address: str, **fields: Any) -> Any:
    return client.generic(method, f"{ROOT}{address}", json.dumps(fields, default=str), content_type="application/json")


def test_tastes_are_listed_shared_and_compared(
    alice_client: Client, alice: User, bob: User, axes: list[Axis], hers: Taste
) -> None:
    client = Client()
    client.force_login(bob)
    (own,) = alice_client.get(f"{ROOT}/tastes").json()["own"]
    assert own == {"axis": "useful", "term": "taste:useful", "answers": 40, "milestone": 100, "is_shared": False}
    found = alice_client.get(f"{ROOT}/tastes/Useful").json()
    assert (found["accuracy"], found["curve"]) == (None, None)
    assert len({meme["id"] for meme in (*found["loved"], *found["hated"])}) == 24
    is_problem(client.get(f"{ROOT}/tastes/useful"), 404)
    is_problem(alice_client.get(f"{ROOT}/tastes/nothing"), 404)
    tell(bob, axes[0], scores(hers.space), 40, seed=6)
    is_problem(client.get(f"{ROOT}/tastes/useful/with/alice"), 404)
    is_problem(send(alice_client, "PATCH", "/tastes/useful", is_shared="perhaps"), 400)
    assert send(alice_client, "PATCH", "/tastes/useful", is_shared=True).json()["is_shared"] is True
    assert client.get(f"{ROOT}/tastes").json()["offered"] == [
        {"axis": "useful", "owner": "alice", "term": "taste:alice/useful"}
    ]
    agreement = client.get(f"{ROOT}/tastes/useful/with/alice").json()
    assert agreement["low"] < agreement["correlation"] < agreement["high"]
    assert agreement["memes"] == 120
    is_problem(alice_client.get(f"{ROOT}/tastes/useful/with/alice"), 404)
    Taste.objects.filter(owner=alice).update(basis="another")
    is_problem(client.get(f"{ROOT}/tastes/useful/with/alice"), 409)


def test_a_correction_counts_once_and_can_be_taken_back(alice_client: Client, bob: User, hers: Taste) -> None:
    meme, key = Meme.objects.earliest("pk"), uuid.uuid4()
    told = {"meme": meme.pk, "is_loved": True, "key": key}
    assert [send(alice_client, "POST", "/tastes/useful/corrections", **told).status_code for _ in range(2)] == [
        201,
        200,
    ]
    is_problem(send(alice_client, "POST", "/tastes/useful/corrections", meme=meme.pk), 400)
    is_problem(send(alice_client, "POST", "/tastes/useful/corrections", **{**told, "meme": 2**60}), 404)
    client = Client()
    client.force_login(bob)
    is_problem(send(client, "DELETE", f"/corrections/{key}"), 404)
    assert send(alice_client, "DELETE", f"/corrections/{key}").status_code == 204
    is_problem(send(alice_client, "DELETE", f"/corrections/{key}"), 404)
    assert Comparison.objects.standing().filter(policy="correction").count() == 0


def test_a_meme_has_marks_for_whoever_may_see_it(alice_client: Client, alice: User, bob: User, hers: Taste) -> None:
    meme = Meme.objects.earliest("pk")
    (mark,) = alice_client.get(f"{ROOT}/marks/{meme.pk}").json()
    assert (mark["axis"], mark["owner"]) == ("useful", "alice")
    assert 0 <= mark["beaten"] <= 1
    Meme.objects.filter(pk=meme.pk).update(private_to=bob)
    is_problem(alice_client.get(f"{ROOT}/marks/{meme.pk}"), 404)
