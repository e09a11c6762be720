"""`manage.py invite`."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mse_site import invitations
from mse_site.models import Invitation

pytestmark = pytest.mark.django_db


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("invite", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_it_prints_a_link_that_works(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    link = printed()
    assert link.startswith("http://localhost:8000/accounts/signup/?invite=")
    invitation = invitations.find(link.partition("invite=")[2])
    assert invitation
    assert invitation.role == "rater"
    assert timedelta(days=6, hours=23) < invitation.expires_at - timezone.now() <= timedelta(days=7)


def test_role_days_address_and_site_are_taken_from_the_arguments() -> None:
    link = printed("--role", "curator", "--days", "1", "--email", "Dora@example.org", "--site", "https://m.example/")
    assert link.startswith("https://m.example/accounts/signup/?invite=")
    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.email) == ("curator", "dora@example.org")
    assert invitation.expires_at - timezone.now() <= timedelta(days=1)


@pytest.mark.parametrize(
    "arguments",
    [("--days", "0"), ("--days", "366"), ("--days", "x"), ("--role", "admin"), ("--email", "not an address")],
)
def test_junk_is_refused(arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        printed(*arguments)
    assert not Invitation.objects.exists()


def test_a_closed_site_says_that_an_invitation_would_be_useless(settings: Any) -> None:
    settings.SIGNUP = "closed"
    with pytest.raises(CommandError, match="MSE_SIGNUP"):
        printed()


def test_the_link_names_the_public_address_of_the_site(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "memes.example.org"]
    assert invitations.guess_site_url() == "http://memes.example.org:8000"
    settings.HTTPS = True
    assert invitations.guess_site_url() == "https://memes.example.org"
