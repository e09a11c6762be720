"""Taking one's answers along, bringing some in, deleting them."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rating.models import Axis, Comparison, PairCandidate
from search.models import Meme
from tests.rating.answering import answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    answer(alice, axes[0], 3)


def test_the_page_says_how_many_there_are(alice_client: Client, answered: None) -> None:
    assert "3 so far, 3 of them today" in alice_client.get("/rate/answers/").content.decode()


@pytest.mark.parametrize(("form", "lines"), [("jsonl", 3), ("csv", 4)])
def test_they_can_be_taken_along(alice_client: Client, answered: None, form: str, lines: int) -> None:
    got = alice_client.get(f"/rate/answers/download/?form={form}")
    assert f".{form}" in got.headers["Content-Disposition"]
    assert len(b"".join(got.streaming_content).splitlines()) == lines  # type: ignore[attr-defined]


def test_nobody_gets_those_of_others(bob: User, charlie: User, admin: User, answered: None) -> None:
    for user in (bob, charlie, admin):
        client = Client()
        client.force_login(user)
        assert b"".join(client.get("/rate/answers/download/").streaming_content) == b""  # type: ignore[attr-defined]
        assert "0 so far" in client.get("/rate/answers/").content.decode()


def test_what_is_brought_in_is_counted_and_bad_lines_are_told(alice_client: Client, answered: None) -> None:
    kept = b"".join(alice_client.get("/rate/answers/download/").streaming_content)  # type: ignore[attr-defined]
    Comparison.objects.all().delete()
    file = SimpleUploadedFile("answers.jsonl", b"nonsense\n" + kept)
    page = alice_client.post("/rate/answers/import/", {"file": file}).content.decode()
    assert "3 added, 0 known already, 1 not understood" in page
    assert "Line 1: it is not JSON" in page
    assert alice_client.post("/rate/answers/import/").status_code == 400


def test_deleting_needs_ones_name(
    alice_client: Client, alice: User, bob: User, axes: list[Axis], answered: None
) -> None:
    answer(bob, axes[0], 1)
    wrong = alice_client.post("/rate/answers/forget/", {"username": "bob"})
    assert (wrong.status_code, Comparison.objects.filter(rater=alice).count()) == (400, 3)
    assert "nothing was deleted" in wrong.content.decode()
    done = alice_client.post("/rate/answers/forget/", {"username": "alice"}, follow=True)
    assert "Deleted: 3 answers" in done.content.decode()
    assert list(Comparison.objects.values_list("rater__username", flat=True)) == ["bob"]
    assert not PairCandidate.objects.filter(rater=alice).exists()


def test_strangers_are_sent_to_sign_in(client: Client, alice_client: Client) -> None:
    for path in ("", "download/"):
        assert client.get(f"/rate/answers/{path}").status_code == 302
    for path in ("import/", "forget/"):
        assert client.post(f"/rate/answers/{path}").status_code == 302
        assert alice_client.get(f"/rate/answers/{path}").status_code == 405
