"""Sharing from a phone: what it posts waits for its owner's yes, and ends on the page of uploads."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from search import pictures, shared, store
from search.fetched_pictures import NotFetched
from search.models import Meme, SavedSearch, Sighting
from tests.drawing import drawing, encoded

pytestmark = pytest.mark.django_db
PNG = encoded(drawing("red"))
ASKED: list[str] = []


def fetch(address: str, *, may_be_page: bool = False) -> bytes:
    assert may_be_page
    ASKED.append(address)
    if "gone" in address:
        raise NotFetched("There is nothing.")
    return PNG


@pytest.fixture
def fetching(settings: Any) -> None:
    settings.SEARCH_PICTURE_FETCHER = f"{__name__}.fetch"
    ASKED.clear()


@pytest.fixture
def phone(alice: User) -> Client:
    """Alice's, which checks tokens of forms as a browser's requests are checked."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    return client


def share(client: Client, *files: tuple[str, bytes], **words: str) -> HttpResponse:
    return client.post("/share/", {"file": [SimpleUploadedFile(name, data) for name, data in files], **words})


def agree(client: Client, path: str, **fields: str) -> HttpResponse:
    token = client.get(path).context["csrf_token"]
    return client.post(path, {"csrfmiddlewaretoken": token, **fields})


def waiting() -> list[str]:
    later = timezone.now() + timedelta(minutes=1)
    return [key for folder in (shared.MEMBERS, shared.STRANGERS) for key in store.older_than(folder, later)]


def test_shared_files_wait_for_a_yes_and_end_on_the_page_of_uploads(phone: Client, alice: User) -> None:
    answer = share(phone, ("cat.png", PNG), ("notes.png", b"just words"))
    assert answer.status_code == 302
    assert not Meme.objects.exists()
    asked = phone.get(answer["Location"]).content.decode()
    assert "cat.png" in asked
    assert "/picture/" in asked, "it shows what it asks about"
    assert phone.post(answer["Location"]).status_code == 403, "without the token of the form nothing is taken in"
    assert not Meme.objects.exists()
    said = agree(phone, answer["Location"])
    assert said.status_code == 422
    assert "This is text, not a picture" in said.content.decode()
    assert 'id="pick"' in said.content.decode()
    assert Meme.objects.get().added_by == alice
    assert waiting() == []
    assert phone.get(answer["Location"])["Location"] == "/upload/"


def test_it_may_be_kept_private_or_not_be_added_at_all(phone: Client, alice: User) -> None:
    agree(phone, share(phone, ("cat.png", PNG))["Location"], private="on")
    assert Meme.objects.get().private_to == alice
    answer = agree(phone, share(phone, ("dog.png", encoded(drawing("blue"))))["Location"], drop="")
    assert answer["Location"] == "/upload/"
    assert Meme.objects.count() == 1
    assert waiting() == []


def test_no_preview_stays_of_what_was_not_added_but_for_a_saved_search(phone: Client, alice: User) -> None:
    path = share(phone, ("cat.png", PNG), ("notes.png", b"just words"))["Location"]
    phone.get(path)
    (preview,) = store.older_than(pictures.FOLDER, timezone.now() + timedelta(minutes=1))
    search = SavedSearch.objects.create(owner=alice, name="cats", query=f"picture={Path(preview).stem}")
    agree(phone, path, drop="")
    assert store.has(preview)
    search.delete()
    agree(phone, share(phone, ("cat.png", PNG))["Location"], drop="")
    assert not store.has(preview)


def test_what_was_taken_out_waits_for_a_second_yes(phone: Client, alice: User) -> None:
    agree(phone, share(phone, ("cat.png", PNG))["Location"])
    alice.groups.add(Group.objects.get(name="curator"))
    Meme.objects.update(state=Meme.State.TRASHED, moved_at=timezone.now())
    path = share(phone, ("cat.png", PNG))["Location"]
    refused = agree(phone, path)
    assert refused.status_code == 409
    assert 'name="anyway"' in refused.content.decode()
    assert agree(phone, path, anyway="on").status_code == 200
    assert Meme.objects.get().state == Meme.State.ACTIVE


def test_somebody_who_is_not_signed_in_signs_in_and_goes_on(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    path = share(client, ("cat.png", PNG))["Location"]
    login = client.get(path)["Location"]
    assert login == f"/accounts/login/?next={path}"
    client.force_login(alice)
    assert agree(client, path).status_code == 200
    assert Meme.objects.get().added_by == alice


def test_strangers_cannot_fill_the_disk(alice: User) -> None:
    client = Client()
    for _ in range(shared.MOST_OF_STRANGERS // 2):
        assert share(client, ("cat.png", PNG))["Location"].startswith("/share/")
    assert share(client, ("cat.png", PNG))["Location"] == "/accounts/login/?next=/upload/"
    assert len(waiting()) == shared.MOST_OF_STRANGERS
    member = Client()
    member.force_login(alice)
    assert share(member, ("cat.png", PNG))["Location"].startswith("/share/")


def test_what_is_too_large_is_refused_before_it_is_read(phone: Client, settings: Any) -> None:
    settings.MSE_MAX_FILE_BYTES = 1_000_000
    assert share(phone, ("big.png", b"x" * 1_200_000))["Location"] == "/upload/"
    assert "At most 1 MB" in phone.get("/upload/").content.decode()
    assert waiting() == []


def test_a_shared_address_is_fetched_after_the_yes_and_its_place_is_known(fetching: None, phone: Client) -> None:
    answer = share(phone, title="A cat", text="Look: https://memes.example/post/7.", url="")
    assert "https://memes.example/post/7" in phone.get(answer["Location"]).content.decode()
    assert ASKED == []
    assert agree(phone, answer["Location"]).status_code == 200
    assert ASKED == ["https://memes.example/post/7"]
    assert Meme.objects.get().title == "A cat"
    assert Sighting.objects.get().url == "https://memes.example/post/7"
    gone = agree(phone, share(phone, url="https://memes.example/gone")["Location"])
    assert (gone.status_code, "There is nothing." in gone.content.decode()) == (422, True)


def test_where_no_pictures_are_fetched_an_address_says_so(phone: Client) -> None:
    shown = phone.get(share(phone, url="https://memes.example/cat.png")["Location"]).content.decode()
    assert "share the picture itself" in shown
    assert "Add to the library" not in shown


def test_words_alone_are_to_be_searched_for_and_nothing_is_nothing(phone: Client) -> None:
    shown = phone.get(share(phone, text="grumpy <b>monday</b>")["Location"]).content.decode()
    assert "?q=grumpy%20%3Cb%3Emonday%3C%2Fb%3E" in shown
    assert "grumpy <b>" not in shown
    assert share(phone)["Location"] == "/upload/"
    assert phone.get("/share/")["Location"] == "/upload/"
    assert phone.get("/share/../../etc/passwd/").status_code == 404
    assert phone.get("/share/nonsense/")["Location"] == "/upload/"


def test_what_nobody_said_yes_to_is_forgotten_after_a_day(phone: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    share(phone, ("cat.png", PNG))
    share(Client(), ("cat.png", PNG))
    assert shared.forget_old() == 0
    monkeypatch.setattr(shared, "KEPT", timedelta(0))
    assert shared.forget_old() == 4
    assert waiting() == []


def test_the_manifest_names_icons_that_are_there_and_where_to_share(settings: Any) -> None:
    settings.SITE_NAME = "Our very own memes"
    answer = Client().get("/manifest.webmanifest")
    told = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert told["name"] == "Our very own memes"
    for icon in told["icons"]:
        assert Client().get(icon["src"]).status_code == 200
    target = told["share_target"]
    assert (target["action"], target["method"], target["enctype"]) == ("/share/", "POST", "multipart/form-data")
    assert {"image/png", "video/mp4"} <= set(target["params"]["files"][0]["accept"])
