"""Taking memes out and bringing them back on the pages, and saying what is not safe for work."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from search import preferences, states
from search.models import Meme
from search.states import Action
from tests.drawing import drawing, encoded
from tests.search.asking import rows
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(charlie: User) -> Client:
    client = Client()
    client.force_login(charlie)
    return client


@pytest.fixture
def meme(alice: User) -> Meme:
    meme = take_in(alice, "blue")
    index()
    return meme


def state(meme: Meme) -> str:
    meme.refresh_from_db()
    return meme.state


def test_a_curator_trashes_a_meme_and_the_toast_brings_it_back(curator: Client, meme: Meme) -> None:
    page = curator.post(f"/m/{meme.pk}/move/trash/", follow=True)
    assert state(meme) == "trashed"
    assert b"Moved to the trash." in page.content
    assert f'action="/m/{meme.pk}/move/restore/"' in page.content.decode()
    assert b"It will be removed for good on" in page.content
    assert b"Moved to the trash." not in curator.get(meme.get_absolute_url()).content
    curator.post(f"/m/{meme.pk}/move/restore/")
    assert state(meme) == "active"


def test_what_is_out_is_seen_by_those_in_charge_alone(curator: Client, meme: Meme, alice_client: Client) -> None:
    picture = f"/media/{meme.pk}/{meme.sha256[:8]}/thumbnail"
    states.move_one(meme, Action.HIDE)
    for address in (meme.get_absolute_url(), picture):
        assert (curator.get(address).status_code, alice_client.get(address).status_code) == (200, 404)
    assert b"blue" in curator.get("/trash/").content
    assert b"/m/" not in alice_client.get("/trash/").content
    assert alice_client.post(f"/m/{meme.pk}/move/show/").status_code == 404
    assert state(meme) == "hidden"


def test_the_trash_is_listed_in_pages_with_the_day_of_removal(curator: Client) -> None:
    for meme in rows(61):
        states.move_one(meme, Action.TRASH)
    page = curator.get("/trash/").content.decode()
    assert page.count("Bring back") == 60
    assert 'rel="next"' in page
    assert curator.get("/trash/?page=2").content.decode().count("Removed for good on") == 1


def test_removing_for_good_needs_no_waiting(curator: Client, meme: Meme) -> None:
    curator.post(f"/m/{meme.pk}/move/trash/")
    page = curator.post(f"/m/{meme.pk}/move/purge/", follow=True)
    assert b"Removed for good." in page.content
    assert state(meme) == "purged"
    assert curator.get(meme.get_absolute_url()).status_code == 404


def test_whoever_added_a_meme_says_that_it_is_not_safe(alice_client: Client, meme: Meme, bob: User) -> None:
    page = alice_client.post(f"/m/{meme.pk}/nsfw/yes/", follow=True)
    meme.refresh_from_db()
    assert (meme.is_nsfw, meme.nsfw_origin) == (True, "person")
    assert f'action="/m/{meme.pk}/nsfw/no/"' in page.content.decode()
    client = Client()
    client.force_login(bob)
    assert client.post(f"/m/{meme.pk}/nsfw/no/").status_code == 404
    assert b"/nsfw/" not in client.get(meme.get_absolute_url()).content


def test_an_upload_of_what_was_taken_out_says_what_may_be_asked_for(
    curator: Client, alice_client: Client, meme: Meme
) -> None:
    states.move_one(meme, Action.TRASH)

    def send(client: Client, **how: str) -> dict[str, str]:
        file = SimpleUploadedFile("blue.png", encoded(drawing("blue")))
        return dict(client.post("/upload/", {"file": file, **how}, headers={"Accept": "application/json"}).json())

    assert [send(client)["remedy"] for client in (curator, alice_client)] == ["anyway", "private"]
    assert send(alice_client, private="on")["result"] == "added"
    assert send(curator, anyway="on")["result"] == "known"
    assert state(meme) == "active"


def test_preferences_are_kept_and_junk_is_refused(alice_client: Client, alice: User) -> None:
    assert alice_client.post("/preferences/", {"nsfw": "show"}).status_code == 302
    assert preferences.of(User.objects.get(pk=alice.pk)).nsfw == "show"
    assert alice_client.post("/preferences/", {"nsfw": "all"}).status_code == 400
    assert b'value="show" checked' in alice_client.get("/preferences/").content
