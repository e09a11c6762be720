"""What people search with, over HTTP."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from search import history, pictures, saved
from search.models import Meme, PastSearch
from tests.drawing import drawing, encoded
from tests.search.asking import is_problem, rows
from tests.search.media.making import png_bomb
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db
API = "/api/v1"
JSON = "application/json"


def fetched(address: str) -> bytes:
    if "missing" in address:
        raise FileNotFoundError(address)
    return encoded(drawing("blue"))


def png(data: bytes = b"") -> dict[str, Any]:
    return {"file": SimpleUploadedFile("mine.png", data or encoded(drawing("blue")))}


# --- suggestions ---------------------------------------------------------------------------------------------------


def test_what_stands_before_the_cursor_is_completed(alice_client: Client) -> None:
    (first,) = alice_client.get(f"{API}/suggestions", {"q": "cats type:vid dogs", "cursor": 13}).json()["suggestions"]
    assert (first["text"], first["start"], first["end"], first["label"]) == ("video", 10, 13, "video")
    assert alice_client.get(f"{API}/suggestions", {"q": "cats sor"}).json()["suggestions"][0]["text"] == "sort:"
    assert alice_client.get(f"{API}/suggestions").json() == {"suggestions": []}


@pytest.mark.parametrize("cursor", ["-1", "x", "1e3"])
def test_a_cursor_that_is_nowhere_is_refused(cursor: str, alice_client: Client) -> None:
    problem = is_problem(alice_client.get(f"{API}/suggestions", {"q": "cats", "cursor": cursor}), 400)
    assert list(problem["errors"]) == ["cursor"]


# --- pictures ------------------------------------------------------------------------------------------------------


def test_a_picture_that_is_handed_over_is_a_term(alice_client: Client, alice: User) -> None:
    for color in ("red", "navy"):
        take_in(alice, color)
    index()
    answer = alice_client.post(f"{API}/pictures", png())
    assert answer.status_code == 201
    kept = answer.json()
    assert kept["preview"] == f"http://testserver/picture/{kept['token']}.webp"
    found = alice_client.get(f"{API}/search", {"q": kept["term"]}).json()["results"]
    assert found[0]["meme"]["title"] == "navy"
    assert alice_client.post(f"{API}/pictures", png()).json()["token"] == kept["token"]
    assert Meme.objects.count() == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (png_bomb(30_000, 30_000), "too-many-pixels"),
        (b"just words", "not-media"),
        (encoded(drawing())[:200], "truncated"),
    ],
    ids=["bomb", "words", "cut off"],
)
def test_what_is_no_picture_is_a_problem(data: bytes, code: str, alice_client: Client) -> None:
    problem = is_problem(alice_client.post(f"{API}/pictures", png(data)), 422)
    assert (problem["type"], problem["code"]) == ("urn:problem-type:mse:bad-media", code)


def test_a_file_or_an_address_is_needed(alice_client: Client, settings: Any) -> None:
    is_problem(alice_client.post(f"{API}/pictures", {}), 400)
    is_problem(alice_client.post(f"{API}/pictures", {**png(), "address": "https://example.org/a.png"}), 400)
    problem = is_problem(alice_client.post(f"{API}/pictures", {"address": "https://example.org/a.png"}), 400)
    assert list(problem["errors"]) == ["address"]
    settings.SEARCH_PICTURE_FETCHER = f"{__name__}.fetched"
    assert alice_client.post(f"{API}/pictures", {"address": "https://example.org/a.png"}).status_code == 201
    is_problem(alice_client.post(f"{API}/pictures", {"address": "https://example.org/missing.png"}), 400)
    is_problem(alice_client.post(f"{API}/pictures", {"address": "file:///etc/passwd"}), 400)


def test_a_file_that_is_too_large_is_not_read(alice_client: Client, settings: Any) -> None:
    settings.MSE_MAX_FILE_BYTES = -99_000
    is_problem(alice_client.post(f"{API}/pictures", png()), 413)


def test_a_picture_that_is_not_kept_says_so(alice_client: Client) -> None:
    rows(1)
    problem = is_problem(alice_client.get(f"{API}/search", {"q": f"picture:{'0' * 32}"}), 400)
    assert "hand it over again" in problem["detail"]
    token = pictures.keep(io.BytesIO(encoded(drawing("blue"))))
    assert alice_client.get(f"{API}/search", {"q": f"picture:{token} type:image"}).status_code == 200


# --- saved searches ------------------------------------------------------------------------------------------------


def test_searches_are_saved_listed_renamed_and_deleted(alice_client: Client) -> None:
    answer = alice_client.post(f"{API}/searches", {"query": "cats -dogs", "name": "Mine"}, content_type=JSON)
    body = answer.json()
    assert (answer.status_code, answer.headers["Location"], body["name"]) == (201, body["url"], "Mine")
    assert type(dict(answer.items())["Location"]) is str  # stricter servers take no other
    assert alice_client.post(f"{API}/searches", {"query": "cats -dogs"}, content_type=JSON).status_code == 200
    listed = alice_client.get(f"{API}/searches").json()
    assert [search["query"] for search in listed["results"]] == ["cats -dogs"]
    renamed = alice_client.patch(body["url"], {"name": "Other"}, content_type=JSON)
    assert renamed.json()["name"] == "Other"
    assert alice_client.delete(body["url"]).status_code == 204
    is_problem(alice_client.get(body["url"]), 404)


def test_bad_searches_and_taken_names_are_problems(alice_client: Client, alice: User) -> None:
    search, _ = saved.keep(alice, "cats", "Mine")
    saved.keep(alice, "dogs", "Other")
    bad = is_problem(alice_client.post(f"{API}/searches", {"query": "cats sourc:x"}, content_type=JSON), 400)
    assert (bad["type"], bad["position"]) == ("urn:problem-type:mse:bad-query", 5)
    taken = is_problem(alice_client.post(f"{API}/searches", {"query": "x", "name": "mine"}, content_type=JSON), 400)
    assert list(taken["errors"]) == ["name"]
    for name in ("other", "", "x" * 201):
        is_problem(alice_client.patch(f"{API}/searches/{search.pk}", {"name": name}, content_type=JSON), 400)


def test_what_somebody_else_saved_is_not_there(alice_client: Client, bob: User) -> None:
    search, _ = saved.keep(bob, "cats")
    for method in (alice_client.get, alice_client.delete):
        is_problem(method(f"{API}/searches/{search.pk}"), 404)
    is_problem(alice_client.patch(f"{API}/searches/{search.pk}", {"name": "x"}, content_type=JSON), 404)
    assert alice_client.get(f"{API}/searches").json()["results"] == []


# --- history -------------------------------------------------------------------------------------------------------


def test_history_is_noted_listed_and_forgotten(alice_client: Client, alice: User, bob: User) -> None:
    history.remember(bob, "fish")
    for query in ("cats", "dogs", "cats"):
        assert alice_client.post(f"{API}/history", {"query": query}, content_type=JSON).status_code == 204
    listed = alice_client.get(f"{API}/history").json()["results"]
    assert [search["query"] for search in listed] == ["cats", "dogs"]
    assert alice_client.delete(f"{API}/history/{listed[0]['id']}").status_code == 204
    is_problem(alice_client.delete(f"{API}/history/{PastSearch.objects.get(query='fish').pk}"), 404)
    assert alice_client.delete(f"{API}/history").status_code == 204
    assert [search.query for search in PastSearch.objects.all()] == ["fish"]


def test_searching_through_the_api_leaves_no_history(alice_client: Client) -> None:
    rows(1)
    alice_client.get(f"{API}/search", {"q": "type:image"})
    assert not PastSearch.objects.exists()


# --- surprises and strangers ---------------------------------------------------------------------------------------


def test_a_surprise_comes_with_the_search_for_what_is_like_it(alice_client: Client, alice: User) -> None:
    is_problem(alice_client.get(f"{API}/surprise"), 404)
    first, second = take_in(alice, "red"), take_in(alice, "blue")
    index()
    body = alice_client.get(f"{API}/surprise", {"avoid": [first.pk]}).json()
    assert (body["meme"]["id"], body["query"]) == (second.pk, f"like:{second.pk}")
    is_problem(alice_client.get(f"{API}/surprise", {"avoid": "x"}), 400)


@pytest.mark.parametrize("path", ["searches", "searches/1", "history"])
def test_strangers_have_nothing_of_their_own_even_in_a_public_library(path: str, client: Client, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    is_problem(client.get(f"{API}/{path}"), 401)
    is_problem(client.post(f"{API}/pictures", png()), 401)
    assert client.get(f"{API}/suggestions", {"q": "so"}).status_code == 200


@pytest.mark.parametrize("path", ["suggestions", "surprise"])
def test_what_only_reads_only_reads(path: str, alice_client: Client) -> None:
    is_problem(alice_client.post(f"{API}/{path}"), 405)


def test_the_description_names_every_operation(client: Client) -> None:
    schema = client.get(f"{API}/schema", {"format": "json"}).json()
    ids = {operation["operationId"] for path in schema["paths"].values() for operation in path.values()}
    assert {
        "suggestions", "pictures_keep", "searches_list", "searches_save", "searches_read", "searches_rename",
        "searches_delete", "history_list", "history_remember", "history_clear", "history_forget", "surprise",
    } <= ids  # fmt: skip
