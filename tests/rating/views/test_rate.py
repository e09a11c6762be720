"""The page that asks, without scripts."""

import re
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from rating.models import Axis, Choice, Comparison
from search.models import Meme
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


def fields(page: HttpResponse) -> dict[str, str]:
    text = page.content.decode()
    return {name: re.findall(f'name="{name}" value="([^"]+)"', text)[0] for name in ("token", "key")}


def text_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_pair_is_answered_by_the_form_of_the_page(alice_client: Client, axes: list[Axis], memes: list[Meme]) -> None:
    page = alice_client.get("/rate/?axis=useful&axis=meme")
    given = {**fields(page), f"axis-{axes[0].pk}": "much_right", f"axis-{axes[1].pk}": "tie"}
    for _ in range(2):  # sent twice, counted once
        assert alice_client.post("/rate/", given).headers["Location"] == "/rate/"
    assert list(Comparison.objects.order_by("axis__position").values_list("outcome", flat=True)) == [
        "much_right",
        "tie",
    ]
    assert fields(alice_client.get("/rate/"))["token"] != given["token"]


def test_a_button_answers_the_rows_that_are_empty(alice_client: Client, axes: list[Axis], memes: list[Meme]) -> None:
    page = alice_client.get("/rate/?axis=useful&axis=meme")
    alice_client.post("/rate/", {**fields(page), f"axis-{axes[0].pk}": "left", "all": "cant_judge"})
    assert list(Comparison.objects.order_by("axis__position").values_list("outcome", flat=True)) == [
        "left", "cant_judge"
    ]  # fmt: skip


def test_half_an_answer_is_not_taken_and_the_pair_stays(
    alice_client: Client, axes: list[Axis], memes: list[Meme]
) -> None:
    page = alice_client.get("/rate/?axis=useful&axis=meme")
    again = alice_client.post("/rate/", {**fields(page), f"axis-{axes[0].pk}": "left"}, follow=True)
    assert "Answer every row, or skip." in again.content.decode()
    assert fields(again)["token"] == fields(page)["token"]
    assert not Comparison.objects.exists()


def test_the_best_of_four_by_the_form(alice_client: Client, axes: list[Axis], memes: list[Meme]) -> None:
    page = alice_client.get("/rate/?mode=fours&axis=aesthetic")
    alice_client.post("/rate/", {**fields(page), f"axis-{axes[2].pk}": "0"})
    page = alice_client.get("/rate/")
    alice_client.post("/rate/", {**fields(page), "all": "skip"})
    assert list(Choice.objects.order_by("pk").values_list("best", flat=True)) == [0, None]


def test_undo_shows_the_pair_again(alice_client: Client, axes: list[Axis], memes: list[Meme]) -> None:
    first = fields(alice_client.get("/rate/"))
    alice_client.post("/rate/", {**first, "all": "skip"})
    assert "Taken back." in alice_client.post("/rate/undo/", follow=True).content.decode()
    assert fields(alice_client.get("/rate/"))["token"] == first["token"]
    assert "nothing to take back" in alice_client.post("/rate/undo/", follow=True).content.decode()


@pytest.mark.parametrize("wrong", [{}, {"token": "x"}, {"token": uuid.uuid4(), "key": uuid.uuid4(), "all": "skip"}])
def test_a_form_that_makes_no_sense_says_so(
    alice_client: Client, axes: list[Axis], memes: list[Meme], wrong: dict[str, Any]
) -> None:
    answer = alice_client.post("/rate/", wrong, follow=True)
    assert answer.status_code == 200
    assert 'class="toast"' in answer.content.decode()
    assert not Comparison.objects.exists()


def test_a_pair_of_somebody_else_cannot_be_answered(
    alice_client: Client, bob: User, axes: list[Axis], memes: list[Meme]
) -> None:
    other = Client()
    other.force_login(bob)
    alice_client.post("/rate/", {**fields(other.get("/rate/")), "all": "skip"})
    assert not Comparison.objects.exists()


def test_a_search_is_rated_until_everything_in_it_is_done(alice_client: Client, axes: list[Axis]) -> None:
    rows(3, derived_at=timezone.now(), title="grumpy cat")
    rows(9, derived_at=timezone.now(), start=50)
    for _ in range(3):
        page = alice_client.get('/rate/?q="grumpy"')
        assert page.content.decode().count('alt="grumpy cat"') == 2
        next_page = alice_client.post('/rate/?q="grumpy"', {**fields(page), "all": "skip"})
        assert next_page.headers["Location"] == "/rate/?q=%22grumpy%22"
    assert "That was everything" in text_of(alice_client, '/rate/?q="grumpy"')


def test_a_query_that_cannot_be_read_says_why(alice_client: Client, axes: list[Axis], memes: list[Meme]) -> None:
    page = alice_client.get("/rate/?q=like:999999")
    assert page.status_code == 400
    assert "This cannot be searched for" in page.content.decode()


def test_too_few_memes_and_no_axes_are_said_kindly(alice_client: Client, axes: list[Axis]) -> None:
    rows(1, derived_at=timezone.now())
    assert "Too few memes yet" in text_of(alice_client, "/rate/")
    assert "needs at least four" in text_of(alice_client, "/rate/?mode=fours")
    Axis.objects.update(state="retired")
    assert "Nothing is asked about" in text_of(alice_client, "/rate/")


@pytest.mark.parametrize("junk", ["?axis=x&mode=y&policy=z", "?axis=%00", "?mode=fours&axis=meme&axis=useful"])
def test_junk_in_the_address_is_left_out(alice_client: Client, axes: list[Axis], memes: list[Meme], junk: str) -> None:
    page = alice_client.get(f"/rate/{junk}")
    assert page.status_code == 200
    assert page.content.decode().count('class="answers"') == 1


def test_what_was_chosen_is_remembered(alice_client: Client, axes: list[Axis], memes: list[Meme]) -> None:
    alice_client.get("/rate/?axis=aesthetic&mode=fours")
    page = text_of(alice_client, "/rate/")
    assert "Which looks better?" in page
    assert "The best of four" in page


def test_strangers_are_sent_to_sign_in_and_other_methods_refused(
    client: Client, alice_client: Client, axes: list[Axis]
) -> None:
    assert client.get("/rate/").headers["Location"].startswith("/accounts/login/")
    assert alice_client.put("/rate/").status_code == 405
    assert alice_client.get("/rate/undo/").status_code == 405


def test_the_page_costs_the_same_however_much_was_answered(
    alice_client: Client, axes: list[Axis], memes: list[Meme], django_assert_max_num_queries: Any
) -> None:
    alice_client.get("/rate/")
    with django_assert_max_num_queries(12):
        alice_client.get("/rate/")
