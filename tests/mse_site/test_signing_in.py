"""Signing in and out, throttling, and forgotten passwords."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

PASSWORD = "a long enough password"  # of the people in conftest
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_throttling_from_before() -> None:
    cache.clear()


@pytest.fixture
def fast_passwords(settings: Any) -> None:
    """Where many wrong passwords are tried. What is hashed already stays readable."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


def sign_in(client: Client, login: str, password: str = PASSWORD, **extra: Any) -> HttpResponse:
    return client.post(reverse("account_login"), {"login": login, "password": password}, **extra)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["alice", "Alice", "alice@example.org"])
def test_a_name_or_an_address_signs_in(alice: User, login: str) -> None:
    client = Client()
    assert sign_in(client, login).headers["Location"] == "/"
    assert is_signed_in(client)


def test_a_wrong_password_does_not(alice: User) -> None:
    client = Client()
    assert sign_in(client, "alice", "wrong").status_code == 200
    assert not is_signed_in(client)


def test_after_five_failures_even_the_right_password_waits_and_others_do_not(
    fast_passwords: None, alice: User, bob: User
) -> None:
    client = Client()
    for _ in range(5):
        sign_in(client, "alice", "wrong")
    assert b"Too many failed login attempts" in sign_in(client, "alice").content
    assert b"Too many failed login attempts" in sign_in(client, "alice", REMOTE_ADDR="192.0.2.7").content
    assert not is_signed_in(client)
    sign_in(client, "bob")
    assert is_signed_in(client)


def test_one_address_cannot_try_the_passwords_of_many(fast_passwords: None, alice: User) -> None:
    for number in range(10):
        sign_in(Client(), f"nobody{number}", "wrong", REMOTE_ADDR="192.0.2.7")
    assert b"Too many failed login attempts" in sign_in(Client(), "alice", REMOTE_ADDR="192.0.2.7").content
    client = Client()
    sign_in(client, "alice", REMOTE_ADDR="192.0.2.8")
    assert is_signed_in(client)


def test_behind_a_proxy_the_limit_counts_the_addresses_it_reports(
    fast_passwords: None, alice: User, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(10):
        sign_in(Client(), f"nobody{number}", "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, 192.0.2.7")
    assert b"Too many" in sign_in(Client(), "alice", HTTP_X_FORWARDED_FOR="10.9.9.9, 192.0.2.7").content
    client = Client()
    sign_in(client, "alice", HTTP_X_FORWARDED_FOR="192.0.2.8")
    assert is_signed_in(client)


def test_without_redis_people_sign_in_unthrottled(
    fast_passwords: None, alice: User, settings: Any, tmp_path: Path
) -> None:
    missing = {"LOCATION": f"unix://{tmp_path}/nothing-here.sock"}
    settings.CACHES = {"default": {**settings.CACHES["default"], **missing}}
    client = Client()
    for _ in range(7):
        assert sign_in(client, "alice", "wrong").status_code == 200
    sign_in(client, "alice")
    assert is_signed_in(client)


def test_a_next_address_on_this_site_is_followed(alice: User) -> None:
    client = Client()
    answer = client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD, "next": "/upload?a=1"})
    assert answer.headers["Location"] == "/upload?a=1"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/", "//evil.example/", "///evil.example", "http:evil.example", "/\\evil.example",
        "javascript:alert(1)", "\x09//evil.example", "https://testserver@evil.example/",
    ],
)  # fmt: skip
def test_a_next_address_elsewhere_is_not(alice: User, address: str) -> None:
    answer = Client().post(reverse("account_login"), {"login": "alice", "password": PASSWORD, "next": address})
    assert answer.headers["Location"] == "/"


def test_signing_out_takes_a_post(alice_client: Client) -> None:
    assert alice_client.get(reverse("account_logout")).status_code == 200
    assert is_signed_in(alice_client)
    assert alice_client.post(reverse("account_logout")).headers["Location"] == reverse("account_login")
    assert not is_signed_in(alice_client)


def test_signing_out_from_another_site_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(reverse("account_logout")).status_code == 403
    assert is_signed_in(client)


def test_a_forgotten_password_is_replaced_through_a_link_in_a_mail(alice: User, mailoutbox: list[EmailMessage]) -> None:
    client = Client()
    client.post(reverse("account_reset_password"), {"email": "alice@example.org"})
    (mail,) = mailoutbox
    assert mail.to == ["alice@example.org"]
    assert mail.subject.startswith("[Meme Search Engine] ")
    found = re.search(r"http://testserver(/\S+)", mail.body)
    assert found
    form = client.get(found[1], follow=True)
    new = {"password1": "an even longer password", "password2": "an even longer password"}
    assert client.post(form.request["PATH_INFO"], new).status_code == 302
    assert not is_signed_in(client)
    sign_in(client, "alice", "an even longer password")
    assert is_signed_in(client)
    again = Client().get(found[1])
    assert again.status_code == 200, "a used link leads to no form"
    assert again.context["token_fail"]


def test_asking_for_a_new_password_does_not_tell_who_has_an_account(
    alice: User, mailoutbox: list[EmailMessage]
) -> None:
    answers = [
        Client().post(reverse("account_reset_password"), {"email": email})
        for email in ("alice@example.org", "nobody@example.org")
    ]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0].headers["Location"] == answers[1].headers["Location"]


def test_a_mail_server_that_is_away_is_said_so(alice: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = Client().post(reverse("account_reset_password"), {"email": "alice@example.org"}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "The mail could not be sent. Try again later, or ask whoever runs this site."
    ]


def test_a_password_is_changed_by_who_knows_the_old_one(alice: User, alice_client: Client) -> None:
    new = {"password1": "an even longer password", "password2": "an even longer password"}
    alice_client.post(reverse("account_change_password"), {"oldpassword": "wrong", **new})
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    alice_client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **new})
    alice.refresh_from_db()
    assert alice.check_password("an even longer password")
    assert is_signed_in(alice_client)


def test_administrators_sign_in_where_it_is_throttled(admin: User) -> None:
    answer = Client().get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_rater_does_not_enter_the_administration(alice_client: Client) -> None:
    assert alice_client.get(reverse("admin:index"), follow=True).status_code == 403
