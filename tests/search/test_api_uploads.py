"""Handing over files through the API."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from search.models import Meme
from tests.drawing import drawing, encoded
from tests.search.asking import MEMES, is_problem, upload

pytestmark = pytest.mark.django_db


def test_an_upload_is_taken_in_and_the_same_bytes_again_are_the_same_meme(alice_client: Client, alice: User) -> None:
    data = encoded(drawing())
    answer = upload(alice_client, data, "My cat.png")
    assert answer.status_code == 201
    meme = Meme.objects.get()
    assert answer.headers["Location"] == f"http://testserver{MEMES}/{meme.pk}"
    assert (answer.json()["title"], answer.json()["added_by"]) == ("My cat", "alice")
    again = upload(alice_client, data)
    assert (again.status_code, again.json()["id"]) == (200, meme.pk)


def test_a_private_upload_is_seen_by_its_owner_alone(alice_client: Client, alice: User, bob: User) -> None:
    body = upload(alice_client, encoded(drawing()), private="true").json()
    assert body["is_private"]
    other = Client()
    other.force_login(bob)
    is_problem(other.get(f"{MEMES}/{body['id']}"), 404)
    assert alice_client.get(f"{MEMES}/{body['id']}").status_code == 200


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [("empty.png", b"", "empty"), ("cat.png", b"<svg onload=alert(1)>", "not-media")],
)
def test_a_file_that_is_no_picture_is_refused_with_the_reason(
    alice_client: Client, name: str, data: bytes, code: str
) -> None:
    problem = is_problem(upload(alice_client, data, name), 422)
    assert (problem["type"], problem["code"]) == ("urn:problem-type:mse:bad-media", code)
    assert not Meme.objects.exists()


def test_a_file_over_the_limit_is_refused_before_it_is_read(alice_client: Client, settings: Any) -> None:
    settings.MSE_MAX_FILE_BYTES = 1000
    problem = is_problem(upload(alice_client, b"x" * 200_000), 413)
    assert problem["code"] == "too-large"


def test_an_upload_without_a_file_says_what_is_missing(alice_client: Client) -> None:
    problem = is_problem(alice_client.post(MEMES, {"private": "true"}), 400)
    assert problem["errors"] == {"file": ["No file was submitted."]}
    assert problem["detail"] == "file: No file was submitted."


def test_an_upload_of_another_kind_than_a_form_is_refused(alice_client: Client) -> None:
    is_problem(alice_client.post(MEMES, b"{}", content_type="application/json"), 415)
    is_problem(alice_client.post(MEMES, b"junk", content_type="multipart/form-data; boundary=x"), 400)


def test_a_full_store_is_said_so_and_nothing_is_kept(alice_client: Client, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "memes": {"BACKEND": "tests.search.full_disk.FullDisk"}}
    problem = is_problem(upload(alice_client, encoded(drawing())), 507)
    assert problem["type"] == "urn:problem-type:mse:storage-full"
    assert not Meme.objects.exists()


def test_bytes_that_a_curator_took_out_are_not_brought_back_by_an_upload(alice_client: Client) -> None:
    data = encoded(drawing())
    upload(alice_client, data)
    Meme.objects.update(state=Meme.State.TRASHED)
    is_problem(upload(alice_client, data), 409)
    assert Meme.objects.get().state == Meme.State.TRASHED


def test_an_upload_from_another_site_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert "CSRF" in is_problem(upload(client, encoded(drawing())), 403)["detail"]
    assert not Meme.objects.exists()
