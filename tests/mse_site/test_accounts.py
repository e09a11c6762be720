"""Signing up: open, by invitation, closed, and the first user."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mse_site import invitations
from mse_site.models import Invitation

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_throttling_from_before() -> None:
    cache.clear()


def sign_up(client: Client, name: str, email: str = "", **extra: Any) -> HttpResponse:
    form = {"username": name, "email": email, "password1": PASSWORD, "password2": PASSWORD}
    return client.post(reverse("account_signup"), form, **extra)


def invited(**given: Any) -> tuple[Client, str]:
    """A visitor who followed an invitation's link."""
    _, code = invitations.invite(**given)
    client = Client()
    assert client.get(reverse("account_signup"), {"invite": code}).status_code == 200
    return client, code


def groups_of(name: str) -> set[str]:
    return set(User.objects.get(username=name).groups.values_list("name", flat=True))


def test_anybody_may_sign_up_on_an_open_site_and_becomes_a_rater(alice: User, settings: Any) -> None:
    settings.SIGNUP = "open"
    assert sign_up(Client(), "dora", "dora@example.org").status_code == 302
    assert groups_of("dora") == {"rater"}
    assert not User.objects.get(username="dora").is_staff


def test_nobody_signs_up_on_a_closed_site_even_with_an_invitation(alice: User, settings: Any) -> None:
    settings.SIGNUP = "closed"
    _, code = invitations.invite()
    client = Client()
    client.get(reverse("account_signup"), {"invite": code})
    sign_up(client, "dora")
    assert not User.objects.filter(username="dora").exists()


def test_signing_up_takes_an_invitation_where_the_setting_says_so(alice: User, settings: Any) -> None:
    settings.SIGNUP = "invite"
    sign_up(Client(), "dora")
    assert not User.objects.filter(username="dora").exists()
    client, _ = invited()
    sign_up(client, "dora")
    assert groups_of("dora") == {"rater"}
    assert client.session["_auth_user_id"]


def test_an_invitation_for_a_curator_makes_a_curator(alice: User, settings: Any) -> None:
    settings.SIGNUP = "invite"
    client, _ = invited(role=Invitation.Role.CURATOR)
    sign_up(client, "dora")
    assert groups_of("dora") == {"rater", "curator"}


def test_an_invitation_works_once(alice: User, settings: Any) -> None:
    settings.SIGNUP = "invite"
    client, code = invited()
    sign_up(client, "dora")
    late = Client()
    late.get(reverse("account_signup"), {"invite": code})
    sign_up(late, "eve")
    assert not User.objects.filter(username="eve").exists()
    assert Invitation.objects.get().used_by == User.objects.get(username="dora")


def test_an_expired_invitation_does_not_work_not_even_when_the_form_was_open_before(alice: User, settings: Any) -> None:
    settings.SIGNUP = "invite"
    client, code = invited()
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    sign_up(client, "dora")
    assert not User.objects.filter(username="dora").exists()
    with pytest.raises(invitations.InvitationGone):
        invitations.claim(code, alice)


def test_an_invitation_for_an_address_takes_that_address_alone(alice: User, settings: Any) -> None:
    settings.SIGNUP = "invite"
    client, _ = invited(email="dora@example.org")
    assert b"dora@example.org" in sign_up(client, "eve", "eve@example.org").content
    assert not User.objects.filter(username="eve").exists()
    sign_up(client, "dora", "Dora@example.org")
    assert User.objects.get(username="dora").email == "dora@example.org"


def test_a_made_up_code_opens_nothing(alice: User, settings: Any) -> None:
    settings.SIGNUP = "invite"
    client = Client()
    client.get(reverse("account_signup"), {"invite": "x" * 5000})
    assert "invite" not in client.session
    sign_up(client, "dora")
    assert not User.objects.filter(username="dora").exists()


def test_the_code_of_an_invitation_is_kept_nowhere() -> None:
    invitation, code = invitations.invite()
    assert code not in [str(value) for value in Invitation.objects.values_list().get()]
    assert invitations.find(code) == invitation


@pytest.mark.django_db(transaction=True)
def test_one_invitation_used_by_two_people_at_once_lets_one_of_them_in(alice: User, settings: Any) -> None:
    settings.SIGNUP = "invite"
    first, code = invited()
    second = Client()
    second.get(reverse("account_signup"), {"invite": code})
    together(lambda: sign_up(first, "dora"), lambda: sign_up(second, "eve"))
    assert User.objects.filter(username__in=["dora", "eve"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_want_one_name_at_once_get_one_account_and_one_clear_answer(alice: User, settings: Any) -> None:
    settings.SIGNUP = "open"
    answers = together(lambda: sign_up(Client(), "dora"), lambda: sign_up(Client(), "Dora"))
    assert User.objects.filter(username__iexact="dora").count() == 1
    assert [answer.status_code for answer in answers if answer.status_code >= 400] == []


def together(*calls: Any) -> list[HttpResponse]:
    barrier, answers = Barrier(len(calls)), []

    def run(call: Any) -> None:
        barrier.wait(timeout=10)
        try:
            answers.append(call())
        finally:
            connection.close()

    threads = [Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(answers) == len(calls)
    return answers


def test_the_first_user_at_the_machine_itself_becomes_the_administrator(settings: Any) -> None:
    settings.SIGNUP = "invite"
    sign_up(Client(), "dora")
    assert User.objects.get(username="dora").is_superuser
    sign_up(Client(), "eve")
    assert not User.objects.filter(username="eve").exists()


@pytest.mark.parametrize("extra", [{"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}])
def test_a_first_user_from_elsewhere_becomes_no_administrator(settings: Any, extra: dict[str, str]) -> None:
    settings.SIGNUP = "invite"
    sign_up(Client(), "dora", **extra)
    assert not User.objects.exists()
    settings.SIGNUP = "open"
    sign_up(Client(), "dora", **extra)
    assert not User.objects.get(username="dora").is_superuser


def test_a_password_is_kept_as_an_argon2_hash(alice: User, settings: Any) -> None:
    settings.SIGNUP = "open"
    sign_up(Client(), "dora")
    assert User.objects.get(username="dora").password.startswith("argon2$argon2id$")


def test_a_weak_password_is_refused(alice: User, settings: Any) -> None:
    settings.SIGNUP = "open"
    form = {"username": "dora", "password1": "password", "password2": "password"}
    assert Client().post(reverse("account_signup"), form).status_code == 200
    assert not User.objects.filter(username="dora").exists()
