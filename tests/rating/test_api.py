"""Rating over HTTP."""

import json
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from rating.models import Axis, Choice, Comparison, PairCandidate
from search.models import Meme
from tests.rating.answering import answer
from tests.search.asking import is_problem, rows

pytestmark = pytest.mark.django_db
RATING = "/api/v1/rating"


def post(client: Client, path: str, **body: Any) -> HttpResponse:
    return client.post(f"{RATING}/{path}", json.dumps(body, default=str), content_type="application/json")


def questions(client: Client, path: str = "pairs", **wanted: Any) -> list[dict[str, Any]]:
    found = post(client, path, **{"tab": "one", "count": 4, **wanted})
    assert found.status_code == 200, found.content
    return list(found.json()["questions"])


@pytest.fixture
def bob_client(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


def test_pairs_come_with_all_that_is_needed_to_show_them(
    alice_client: Client, axes: list[Axis], memes: list[Meme]
) -> None:
    first, *_ = questions(alice_client)
    pair = PairCandidate.objects.get(token=first["token"])
    assert [meme["id"] for meme in first["memes"]] == [pair.left_id, pair.right_id]
    shown = first["memes"][0]
    assert (shown["width"], shown["height"], shown["kind"], shown["is_nsfw"]) == (4, 3, "image", False)
    assert shown["poster"].endswith("/thumbnail")
    assert shown["picture"].endswith("/original")
    assert set(first) == {"token", "memes"}, "nobody should be able to tell a test from the rest"


def test_the_price_of_pairs_does_not_grow_with_their_number(
    alice_client: Client, axes: list[Axis], memes: list[Meme], django_assert_max_num_queries: Any
) -> None:
    questions(alice_client, count=16)
    with django_assert_max_num_queries(12):
        assert len(questions(alice_client, count=16)) == 16


def test_from_a_pair_to_its_answer_and_back(
    alice_client: Client, alice: User, axes: list[Axis], memes: list[Meme]
) -> None:
    first, *_ = questions(alice_client)
    given = {"token": first["token"], "key": uuid.uuid4(), "outcomes": {"useful": "left", "meme": "skip"}}
    assert [post(alice_client, "answers", **given, took_ms=900).status_code for _ in range(2)] == [201, 200]
    assert Comparison.objects.filter(rater=alice).count() == 2
    undone = post(alice_client, "undo", key=given["key"], tab="one").json()
    assert (undone["mode"], undone["said"]) == ("pairs", {"useful": "left", "meme": "skip"})
    assert undone["question"] == first
    assert post(alice_client, "undo", key=given["key"]).json()["key"] is None
    assert questions(alice_client)[0] == first


def test_from_a_four_to_its_best_and_back(alice_client: Client, axes: list[Axis], memes: list[Meme]) -> None:
    first, *_ = questions(alice_client, "fours")
    assert len(first["memes"]) == 4
    given = {"token": first["token"], "key": uuid.uuid4(), "best": {"meme": 2}}
    assert post(alice_client, "choices", **given).status_code == 201
    assert Choice.objects.get().best == 2
    undone = post(alice_client, "undo").json()
    assert (undone["mode"], undone["said"], undone["question"]) == ("fours", {"meme": 2}, first)


def test_what_is_refused_is_a_problem_with_its_status(
    alice_client: Client, bob_client: Client, axes: list[Axis], memes: list[Meme]
) -> None:
    first, second, *_ = questions(alice_client)
    given = {"token": first["token"], "key": uuid.uuid4(), "outcomes": {"useful": "left"}}
    assert "not shown to you" in is_problem(post(bob_client, "answers", **given), 404)["detail"]
    is_problem(post(alice_client, "answers", **{**given, "token": uuid.uuid4()}), 404)
    assert post(alice_client, "answers", **given).status_code == 201
    is_problem(post(alice_client, "answers", **{**given, "key": uuid.uuid4()}), 409)
    Meme.objects.filter(pk=second["memes"][1]["id"]).update(state="trashed")
    is_problem(post(alice_client, "answers", **{**given, "token": second["token"], "key": uuid.uuid4()}), 410)
    assert Comparison.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcomes": {"useful": "LEFT"}}, {"outcomes": {"funny": "left"}}, {"outcomes": {}}, {"outcomes": "left"},
        {"token": "x"}, {"key": None}, {"took_ms": -1}, {"outcomes": {"\x00": "left"}}, {"key": "x" * 5000},
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_a_problem(
    alice_client: Client, axes: list[Axis], memes: list[Meme], wrong: dict[str, Any]
) -> None:
    first, *_ = questions(alice_client)
    given = {"token": first["token"], "key": uuid.uuid4(), "outcomes": {"useful": "left"}}
    is_problem(post(alice_client, "answers", **{**given, **wrong}), 400)
    assert not Comparison.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"tab": ""}, {"tab": "a b"}, {"count": 0}, {"count": 65}, {"policy": "psychic"}, {"q": "x" * 2001}, {"q": "\x00"}],
)
def test_asking_for_nonsense_is_a_problem(
    alice_client: Client, axes: list[Axis], memes: list[Meme], wrong: dict[str, Any]
) -> None:
    is_problem(post(alice_client, "pairs", **{"tab": "one", **wrong}), 400)


def test_a_search_that_cannot_be_read_says_so(alice_client: Client, axes: list[Axis], memes: list[Meme]) -> None:
    problem = is_problem(post(alice_client, "pairs", tab="one", q="like:999999"), 400)
    assert problem["type"] == "urn:problem-type:mse:bad-query"


def test_the_rest_may_be_held_by_another_tab_until_that_gives_it_back(alice_client: Client, axes: list[Axis]) -> None:
    rows(2, derived_at=timezone.now())
    assert len(questions(alice_client, tab="one")) == 1
    other = post(alice_client, "pairs", tab="other").json()
    assert (other["questions"], other["is_held_elsewhere"]) == ([], True)
    assert post(alice_client, "release", tab="one").status_code == 204
    assert len(questions(alice_client, tab="other")) == 1


def test_axes_are_listed_and_proposed(alice_client: Client, axes: list[Axis]) -> None:
    assert [axis["name"] for axis in alice_client.get(f"{RATING}/axes").json()] == ["useful", "meme", "aesthetic"]
    proposal = post(alice_client, "axes", name=" funny ", question="Which is funnier?")
    assert (proposal.status_code, proposal.json()["state"]) == (201, "proposed")
    is_problem(post(alice_client, "axes", name="FUNNY", question="Which?"), 400)
    assert len(alice_client.get(f"{RATING}/axes").json()) == 3


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_everybody_exports_their_own_alone(
    alice_client: Client, bob_client: Client, alice: User, axes: list[Axis], memes: list[Meme]
) -> None:
    answer(alice, axes[0], 3)
    assert len(body(alice_client.get(f"{RATING}/exchange")).splitlines()) == 3
    assert len(body(alice_client.get(f"{RATING}/exchange?form=csv")).splitlines()) == 4
    assert body(bob_client.get(f"{RATING}/exchange")) == ""
    is_problem(alice_client.get(f"{RATING}/exchange?form=xml"), 400)


def test_an_export_can_be_brought_in(
    alice_client: Client, bob_client: Client, alice: User, bob: User, axes: list[Axis], memes: list[Meme]
) -> None:
    answer(alice, axes[0], 3)
    for form, added in (("jsonl", 3), ("csv", 0)):
        file = SimpleUploadedFile(f"a.{form}", body(alice_client.get(f"{RATING}/exchange?form={form}")).encode())
        done = bob_client.post(f"{RATING}/exchange", {"file": file}).json()
        assert (done["added"], done["known"], done["bad"]) == (added, 3 - added, [])
    broken = SimpleUploadedFile("a.jsonl", b"\xff\xfe nonsense\n")
    done = bob_client.post(f"{RATING}/exchange", {"file": broken}).json()
    assert done["bad"] == [{"line": 1, "reason": "it is not JSON"}]
    is_problem(bob_client.post(f"{RATING}/exchange"), 400)
    assert Comparison.objects.filter(rater=bob).count() == 3


def test_strangers_are_told_to_sign_in_even_where_the_library_is_public(client: Client, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    for path in ("axes", "exchange"):
        is_problem(client.get(f"{RATING}/{path}"), 401)
    for path in ("pairs", "fours", "answers", "choices", "undo", "release"):
        is_problem(post(client, path), 401)
