"""The library over HTTP."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from search import indexing, library, spaces
from search.models import EmbeddingSpace, Meme, Sighting, Source
from tests.drawing import drawing, encoded
from tests.search.asking import MEMES, is_problem, rows, upload

pytestmark = pytest.mark.django_db
SEARCH = "/api/v1/search"


def upload_indexed(user: User, color: str, *, is_private: bool = False) -> Meme:
    data = encoded(drawing(color))
    return library.add_upload(
        io.BytesIO(data), len(data), filename=f"{color}.png", user=user, is_private=is_private
    ).meme


def index(settings: Any) -> None:
    settings.MSE_OCR = False
    indexing.derive_media()
    indexing.read_texts()
    indexing.embed_memes()


# --- the list ------------------------------------------------------------------------------------------------------


def test_the_list_runs_from_the_newest_to_the_oldest_page_by_page(alice_client: Client) -> None:
    rows(5)
    page = alice_client.get(MEMES, {"limit": 2}).json()
    seen = page["results"]
    while page["next"]:
        page = alice_client.get(page["next"]).json()
        seen += page["results"]
    assert [meme["title"] for meme in seen] == [f"meme {number}" for number in (4, 3, 2, 1, 0)]


def test_a_meme_that_arrives_while_somebody_pages_moves_nothing(alice_client: Client) -> None:
    rows(4)
    first = alice_client.get(MEMES, {"limit": 2}).json()
    rows(1, start=10)
    second = alice_client.get(first["next"]).json()
    assert [meme["title"] for meme in second["results"]] == ["meme 1", "meme 0"]


def test_the_list_leaves_out_what_others_keep_private_and_what_is_not_active(
    alice_client: Client, alice: User, bob: User
) -> None:
    rows(1, bob)
    (mine,) = rows(1, alice, start=1)
    rows(1, start=2, state=Meme.State.TRASHED)
    (listed,) = alice_client.get(MEMES).json()["results"]
    assert (listed["id"], listed["is_private"]) == (mine.pk, True)


def test_the_list_costs_the_same_number_of_queries_however_long_it_is(
    alice_client: Client, alice: User, django_assert_num_queries: Any
) -> None:
    rows(20, added_by=alice)
    with django_assert_num_queries(3):  # session, user, memes with those who added them
        assert len(alice_client.get(MEMES).json()["results"]) == 20


def test_a_picture_has_an_address_once_it_was_made(alice_client: Client) -> None:
    (waiting,) = rows(1)
    (made,) = rows(1, start=1, derived_at=datetime.now(UTC), has_preview=True)
    newest, oldest = alice_client.get(MEMES).json()["results"]
    sha8 = made.sha256[:8]
    assert newest["thumbnail"] == "http://testserver" + reverse("media", args=[made.pk, sha8, "thumbnail"])
    assert newest["preview"] == "http://testserver" + reverse("media", args=[made.pk, sha8, "preview"])
    assert (oldest["id"], oldest["thumbnail"], oldest["preview"]) == (waiting.pk, None, None)


def test_a_made_up_cursor_is_a_problem(alice_client: Client) -> None:
    is_problem(alice_client.get(MEMES, {"cursor": "nonsense"}), 404)


# --- one meme ------------------------------------------------------------------------------------------------------


def test_a_meme_tells_where_it_was_seen(alice_client: Client, django_assert_num_queries: Any) -> None:
    (meme,) = rows(1)
    folder = Source.objects.create(kind=Source.Kind.FOLDER, name="Pictures", root="/srv/pictures")
    for number in range(5):
        Sighting.objects.create(meme=meme, source=folder, locator=f"cats/{number}%20%FF.png")
    with django_assert_num_queries(4):  # session, user, meme, sightings with their sources
        body = alice_client.get(f"{MEMES}/{meme.pk}").json()
    assert body["sightings"][0]["source"] == "Pictures"
    assert body["sightings"][0]["path"] == "cats/0 �.png"
    assert "/srv" not in str(body)


def test_a_private_meme_of_somebody_else_is_not_there(alice_client: Client, bob: User) -> None:
    (meme,) = rows(1, bob)
    is_problem(alice_client.get(f"{MEMES}/{meme.pk}"), 404)
    is_problem(alice_client.get(f"{MEMES}/{meme.pk}/similar"), 404)


@pytest.mark.parametrize("wrong", ["0", "999999999", "99999999999999999999999", "x", "-1"])
def test_a_meme_that_is_not_there_is_a_problem(alice_client: Client, wrong: str) -> None:
    is_problem(alice_client.get(f"{MEMES}/{wrong}"), 404)


def test_a_meme_cannot_be_changed_or_deleted(alice_client: Client) -> None:
    (meme,) = rows(1)
    for method in (alice_client.delete, alice_client.put, alice_client.patch, alice_client.post):
        problem = is_problem(method(f"{MEMES}/{meme.pk}", content_type="application/json"), 405)
        assert "not allowed" in problem["detail"]


# --- search and similar --------------------------------------------------------------------------------------------


@pytest.fixture
def colours(alice: User, bob: User, settings: Any) -> list[Meme]:
    memes = [upload_indexed(alice, color) for color in ("red", "blue", "green")]
    upload_indexed(bob, "navy", is_private=True)
    spaces.ensure("lite")
    index(settings)
    return memes


def test_a_search_answers_as_the_page_does(alice_client: Client, colours: list[Meme]) -> None:
    body = alice_client.get(SEARCH, {"q": "blue"}).json()
    assert body["results"][0]["meme"]["title"] == "blue"
    assert body["results"][0]["score"] > body["results"][1]["score"]
    assert body["next_offset"] is None
    assert {hit["meme"]["title"] for hit in body["results"]} == {"red", "blue", "green"}, "bob's navy stays his"


def test_an_empty_search_lists_the_newest_page_by_page(alice_client: Client, colours: list[Meme]) -> None:
    body = alice_client.get(SEARCH, {"limit": 2}).json()
    assert (body["backend"], body["next_offset"]) == ("newest", 2)
    rest = alice_client.get(SEARCH, {"limit": 2, "offset": 2}).json()
    titles = [hit["meme"]["title"] for hit in body["results"] + rest["results"]]
    assert titles == ["green", "blue", "red"]
    assert rest["next_offset"] is None


def test_a_client_asks_for_the_parts_it_needs(alice_client: Client, colours: list[Meme]) -> None:
    body = alice_client.get(SEARCH, {"q": "blue", "fields": "score,meme.title"}).json()
    assert [list(hit) for hit in body["results"]] == [["meme", "score"]] * 3
    assert body["results"][0]["meme"] == {"title": "blue"}
    alike = alice_client.get(f"{MEMES}/{colours[0].pk}/similar", {"fields": "meme.id"}).json()["results"]
    assert {hit["meme"]["id"] for hit in alike} == {meme.pk for meme in colours[1:]}
    problem = is_problem(alice_client.get(SEARCH, {"fields": "score,meme.secret"}), 400)
    assert problem["errors"] == {"fields": ["There is no “meme.secret” in a result."]}


def test_a_search_costs_the_same_number_of_queries_however_many_it_finds(
    alice_client: Client, colours: list[Meme], django_assert_max_num_queries: Any
) -> None:
    # session, user, space, vectors and their background, four kinds of words, what they look like, what may be seen
    with django_assert_max_num_queries(18):
        assert len(alice_client.get(SEARCH, {"q": "red"}).json()["results"]) == 3


def test_a_query_that_cannot_be_read_says_where(alice_client: Client) -> None:
    problem = is_problem(alice_client.get(SEARCH, {"q": "x" * 2001}), 400)
    assert (problem["type"], problem["position"]) == ("urn:problem-type:mse:bad-query", 2000)


@pytest.mark.parametrize("wrong", [{"offset": "-1"}, {"limit": "0"}, {"limit": "x"}, {"limit": "201"}, {"q": "\x00"}])
def test_parameters_out_of_range_are_refused(alice_client: Client, wrong: dict[str, str]) -> None:
    problem = is_problem(alice_client.get(SEARCH, wrong), 400)
    assert list(problem["errors"]) == list(wrong)


def test_a_meme_of_somebody_else_cannot_be_compared_with(alice_client: Client, colours: list[Meme]) -> None:
    private = Meme.objects.get(title="navy")
    there_not = is_problem(alice_client.get(SEARCH, {"q": "like:999999"}), 400)["detail"]
    hidden = is_problem(alice_client.get(SEARCH, {"q": f"like:{private.pk}"}), 400)["detail"]
    assert hidden.replace(str(private.pk), "999999") == there_not


def test_similar_memes_leave_out_the_meme_itself(alice_client: Client, colours: list[Meme]) -> None:
    body = alice_client.get(f"{MEMES}/{colours[1].pk}/similar", {"limit": 5}).json()
    assert {hit["meme"]["title"] for hit in body["results"]} == {"red", "green"}


# --- strangers, and how things stand -------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [MEMES, f"{MEMES}/1", f"{MEMES}/1/similar", SEARCH, "/api/v1/status"])
def test_strangers_are_asked_to_sign_in(address: str) -> None:
    answer = Client().get(address)
    is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Session"


def test_strangers_may_read_a_public_library_and_no_more(alice: User, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    (shared,) = rows(1)
    (private,) = rows(1, alice, start=1)
    assert [meme["id"] for meme in Client().get(MEMES).json()["results"]] == [shared.pk]
    assert Client().get(f"{MEMES}/{shared.pk}").status_code == 200
    is_problem(Client().get(f"{MEMES}/{private.pk}"), 404)
    is_problem(upload(Client(), encoded(drawing())), 401)


def test_status_counts_the_stages_and_says_that_the_sidecar_is_away(alice_client: Client, settings: Any) -> None:
    settings.MSE_OCR = False
    upload(alice_client, encoded(drawing()))
    spaces.ensure("lite")
    waiting = alice_client.get("/api/v1/status").json()
    assert waiting["progress"] == {
        "memes": 1, "media": 0, "text": 0, "embedded": 0, "failed": 0, "is_complete": False
    }  # fmt: skip
    assert (waiting["encoder"], waiting["building"], waiting["sidecar"]["state"]) == ("lite", "", "away")
    index(settings)
    assert alice_client.get("/api/v1/status").json()["progress"]["is_complete"]


def test_status_works_before_there_is_anything(alice_client: Client) -> None:
    assert not EmbeddingSpace.objects.exists()
    assert alice_client.get("/api/v1/status").json()["encoder"] == ""
