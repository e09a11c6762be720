"""The page of the axes."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from rating.models import Axis

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_anyone_proposes_and_a_curator_adds_and_retires(alice_client: Client, charlie: User, axes: list[Axis]) -> None:
    page = alice_client.post("/rate/axes/", {"name": "funny", "question": "Which is funnier?"}, follow=True)
    assert "funny is proposed" in page.content.decode()
    axis = Axis.objects.get(name="funny")
    assert axis.proposed_by is not None
    assert axis.state == "proposed"
    curator = client_of(charlie)
    for state in ("active", "retired", "active"):
        curator.post(f"/rate/axes/{axis.pk}/{state}/")
        axis.refresh_from_db()
        assert axis.state == state
    assert 'value="funny"' in alice_client.get("/rate/").content.decode()


def test_others_cannot_decide(alice_client: Client, axes: list[Axis]) -> None:
    assert alice_client.post(f"/rate/axes/{axes[0].pk}/retired/").status_code == 404
    assert "Retire" not in alice_client.get("/rate/axes/").content.decode()
    assert Axis.objects.in_use().count() == 3


@pytest.mark.parametrize("path", ["0/active", "1/proposed", "1/nonsense"])
def test_what_is_not_there_cannot_be_moved(charlie: User, axes: list[Axis], path: str) -> None:
    assert client_of(charlie).post(f"/rate/axes/{path}/").status_code == 404


@pytest.mark.parametrize("wrong", [{}, {"name": "funny"}, {"name": "Useful", "question": "Which?"}, {"name": "x" * 41}])
def test_a_proposal_that_makes_no_sense_says_why(alice_client: Client, axes: list[Axis], wrong: dict[str, str]) -> None:
    page = alice_client.post("/rate/axes/", wrong)
    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()
    assert Axis.objects.count() == 3


def test_administrators_see_axes_and_no_answers(admin: User, axes: list[Axis]) -> None:
    client = client_of(admin)
    assert client.get("/admin/rating/axis/").status_code == 200
    assert client.get("/admin/rating/comparison/").status_code == 404
    assert client.get(f"/admin/rating/axis/{axes[0].pk}/delete/").status_code == 403
