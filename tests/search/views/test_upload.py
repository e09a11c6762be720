"""Adding memes from a browser, with and without a script."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from search import library
from search.models import Meme
from tests.drawing import drawing, encoded

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
PNG = encoded(drawing("red"))


def upload(
    client: Client, *files: tuple[str, bytes], headers: dict[str, str] | None = None, **fields: str
) -> HttpResponse:
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post("/upload/", {"file": sent, **fields}, headers=headers)


def test_the_form_takes_several_files_and_says_what_became_of_each(alice_client: Client) -> None:
    answer = upload(alice_client, ("cat.png", PNG), ("cat again.png", PNG), ("notes.png", b"just words"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert Meme.objects.get().title == "cat"
    assert page.index("Added") < page.index("Already here") < page.index("This is text, not a picture")


def test_a_script_is_told_what_the_meme_is_and_waits_for(alice_client: Client, alice: User) -> None:
    answer = upload(alice_client, ("cat.png", PNG), headers=JSON)
    said, meme = answer.json(), Meme.objects.get()
    assert answer.status_code == 201
    assert (said["result"], said["url"], said["meme"]["id"]) == ("added", f"/m/{meme.pk}/", meme.pk)
    assert (said["meme"]["state"], said["meme"]["thumbnail"]) == ("media", None)
    assert meme.added_by == alice


def test_the_same_bytes_again_are_already_here(alice_client: Client) -> None:
    upload(alice_client, ("cat.png", PNG), headers=JSON)
    answer = upload(alice_client, ("other name.png", PNG), headers=JSON)
    assert (answer.status_code, answer.json()["result"]) == (200, "known")


def test_what_is_refused_says_why(alice_client: Client) -> None:
    answer = upload(alice_client, ("page.png", b"<html><script>"), headers=JSON)
    assert (answer.status_code, answer.json()["result"]) == (422, "refused")
    assert "web page" in answer.json()["reason"]


def test_a_private_upload_is_for_its_owner_alone(alice_client: Client, alice: User, bob: User) -> None:
    upload(alice_client, ("cat.png", PNG), headers=JSON, private="on")
    meme = Meme.objects.get()
    assert meme.private_to == alice
    other = Client()
    other.force_login(bob)
    assert other.get(meme.get_absolute_url()).status_code == 404


def test_without_a_file_nothing_happens(alice_client: Client) -> None:
    answer = alice_client.post("/upload/", headers=JSON)
    assert (answer.status_code, answer.json()["reason"]) == (400, "No file was chosen.")


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(alice_client: Client, settings: Any) -> None:
    settings.MSE_MAX_FILE_BYTES = 1_000_000
    answer = upload(alice_client, ("big.png", b"x" * 1_200_000), headers=JSON)
    assert answer.status_code == 413
    assert "At most 1 MB" in answer.json()["reason"]


def test_a_file_over_the_limit_is_refused_by_its_size(alice_client: Client, settings: Any) -> None:
    settings.MSE_MAX_FILE_BYTES = 1_000_000
    library.limits.cache_clear()
    answer = upload(alice_client, ("big.png", b"x" * 1_050_000), headers=JSON)
    library.limits.cache_clear()
    assert answer.status_code == 413


def test_a_full_store_is_said_plainly(alice_client: Client, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "memes": {"BACKEND": "tests.search.full_disk.FullDisk"}}
    answer = upload(alice_client, ("cat.png", PNG), headers=JSON)
    assert answer.status_code == 507
    assert "The media store is full" in answer.json()["reason"]
    assert not Meme.objects.exists()


def test_strangers_may_not_add_even_to_a_public_library(client: Client, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    assert client.get("/upload/").headers["Location"] == "/accounts/login/?next=/upload/"
    assert upload(client, ("cat.png", PNG)).status_code == 302
    assert upload(client, ("cat.png", PNG), headers=JSON).status_code == 401
    assert not Meme.objects.exists()


def test_another_site_cannot_upload_in_somebodys_name(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert upload(client, ("cat.png", PNG)).status_code == 403
    token = client.get("/upload/").context["csrf_token"]
    assert upload(client, ("cat.png", PNG), headers={**JSON, "X-CSRFToken": str(token)}).status_code == 201


def test_a_strange_file_name_does_no_harm(alice_client: Client) -> None:
    answer = upload(alice_client, ("../../<img src=x>\n'\".png", PNG))
    assert answer.status_code == 200
    assert b"<img src=x>" not in answer.content
    assert Meme.objects.get().title.startswith("<img src=x>")


def test_the_page_shows_the_form(alice_client: Client) -> None:
    answer = alice_client.get("/upload/")
    assert b'enctype="multipart/form-data"' in answer.content
    assert b"JPEG, PNG, BMP, GIF, WebP, AVIF, MP4" in answer.content


def test_only_looking_and_uploading_are_known(alice_client: Client) -> None:
    assert alice_client.delete("/upload/").status_code == 405
