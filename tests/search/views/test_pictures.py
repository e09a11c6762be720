"""Searching with a picture."""

import io
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from search import pictures
from search.models import Meme
from tests.drawing import drawing, encoded
from tests.search.media.making import png_bomb
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db
FETCHED = "tests.search.views.test_pictures.fetched"


def fetched(address: str) -> bytes:
    if "missing" in address:
        raise FileNotFoundError(address)
    return encoded(drawing("blue"))


def png(color: str = "blue") -> SimpleUploadedFile:
    return SimpleUploadedFile("mine.png", encoded(drawing(color)))


def asked(answer: Any) -> str:
    assert answer.status_code == 302, answer.content
    return parse_qs(urlsplit(answer.headers["Location"]).query)["q"][0]


def test_a_chosen_picture_becomes_a_search_beside_the_words(alice_client: Client, alice: User) -> None:
    for color in ("red", "navy"):
        take_in(alice, color)
    index()
    text = asked(alice_client.post("/picture/", {"file": png(), "q": "cats"}))
    assert text.startswith("picture:")
    assert text.endswith(" cats")
    answer = alice_client.get("/", {"q": text.removesuffix(" cats")})
    assert [hit.meme.title for hit in answer.context["results"].hits] == ["navy", "red"]
    assert Meme.objects.count() == 2


def test_the_picture_stands_in_front_of_the_box_and_can_be_taken_out(alice_client: Client) -> None:
    token = pictures.keep(io.BytesIO(encoded(drawing("blue"))))
    page = alice_client.get("/", {"q": f"cats -picture:{token}^0.5 dogs", "e": "ADw^-2"})
    first, second = page.context["asked"].chips
    assert page.context["asked"].text_without_pictures == "cats dogs"
    assert (first.value, first.weight, first.preview) == (f"-picture:{token}^0.5", "−0.5", f"/picture/{token}.webp")
    assert (first.without, second.without) == ("/?q=cats+dogs&e=ADw%5E-2", f"/?q=cats+-picture%3A{token}%5E0.5+dogs")
    assert (second.field, second.value, second.weight) == ("e", "ADw^-2", "−2")


def test_the_form_of_the_box_keeps_what_stands_in_front_of_it(alice_client: Client) -> None:
    token = pictures.keep(io.BytesIO(encoded(drawing("blue"))))
    answer = alice_client.get("/", {"q": "cats", "term": f"picture:{token}"})
    assert answer.context["asked"].text == f"picture:{token} cats"


def test_what_cannot_be_read_stays_in_the_box_to_be_mended(alice_client: Client) -> None:
    answer = alice_client.get("/", {"q": "picture:short cats"})
    assert answer.status_code == 400
    assert answer.context["asked"].text_without_pictures == "picture:short cats"


def test_a_preview_is_a_small_picture_and_other_tokens_are_not_there(alice_client: Client) -> None:
    token = pictures.keep(io.BytesIO(encoded(drawing("blue", size=(2000, 1000)))))
    preview = alice_client.get(f"/picture/{token}.webp")
    assert preview.headers["Content-Type"] == "image/webp"
    assert preview.content[8:12] == b"WEBP"
    assert alice_client.get(f"/picture/{'0' * 32}.webp").status_code == 404
    assert alice_client.get("/picture/..%2f..%2fsecret.webp").status_code == 404


@pytest.mark.parametrize(
    ("data", "status", "message"),
    [
        (b"", 422, "empty"),
        (b"just words", 422, "text, not a picture"),
        (encoded(drawing())[:200], 422, "cut off"),
    ],
)
def test_junk_is_refused_with_its_reason(data: bytes, status: int, message: str, alice_client: Client) -> None:
    answer = alice_client.post("/picture/", {"file": SimpleUploadedFile("x.png", data)})
    assert answer.status_code == status
    assert message in answer.content.decode()


def test_a_bomb_is_refused_with_its_reason(alice_client: Client) -> None:
    answer = alice_client.post("/picture/", {"file": SimpleUploadedFile("x.png", png_bomb(30_000, 30_000))})
    assert answer.status_code == 422
    assert "30,000 x 30,000 pixels" in answer.content.decode()


def test_no_picture_at_all_is_said(alice_client: Client) -> None:
    answer = alice_client.post("/picture/", {})
    assert (answer.status_code, "Choose a picture first." in answer.content.decode()) == (400, True)


def test_a_file_that_is_too_large_is_not_read(alice_client: Client, settings: Any) -> None:
    settings.MSE_MAX_FILE_BYTES = -99_000
    assert alice_client.post("/picture/", {"file": png()}).status_code == 413


def test_addresses_are_offered_only_where_the_site_fetches_them(alice_client: Client, settings: Any) -> None:
    assert "Or its address" not in alice_client.get("/picture/").content.decode()
    answer = alice_client.post("/picture/", {"address": "https://example.org/a.png"})
    assert "cannot be had here" in answer.content.decode()
    settings.SEARCH_PICTURE_FETCHER = FETCHED
    assert "Or its address" in alice_client.get("/picture/").content.decode()


def test_a_picture_is_fetched_once_and_kept(alice_client: Client, settings: Any) -> None:
    settings.SEARCH_PICTURE_FETCHER = FETCHED
    by_address = asked(alice_client.post("/picture/", {"address": "https://example.org/a.png"}))
    assert by_address == asked(alice_client.post("/picture/", {"file": png()}))
    answer = alice_client.post("/picture/", {"address": "https://example.org/missing.png"})
    assert (answer.status_code, "cannot be had here" in answer.content.decode()) == (400, True)


def test_a_full_store_is_said_on_the_page_of_results(alice_client: Client, settings: Any) -> None:
    settings.SEARCH_PICTURE_FETCHER = FETCHED
    settings.STORAGES = {**settings.STORAGES, "memes": {"BACKEND": "tests.search.full_disk.FullDisk"}}
    answer = alice_client.get("/", {"q": "picture:https://example.org/a.png"})
    assert (answer.status_code, "The media store is full" in answer.content.decode()) == (400, True)
    found = alice_client.get("/api/v1/search", {"q": "picture:https://example.org/a.png"})
    assert (found.status_code, "The media store is full" in found.json()["detail"]) == (400, True)


def test_strangers_hand_nothing_over(client: Client, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    assert client.get("/picture/").headers["Location"].startswith("/accounts/login/")
    assert client.post("/picture/", {"file": png()}).headers["Location"].startswith("/accounts/login/")


def test_a_form_of_another_site_hands_nothing_over(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/picture/", {"file": png()}).status_code == 403
