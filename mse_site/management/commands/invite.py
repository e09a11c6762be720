"""`manage.py invite`: print a link with which one person may sign up."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from mse_site import invitations
from mse_site.models import Invitation


class Command(BaseCommand):
    help = "Print a link with which one person may sign up, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--role", choices=Invitation.Role.values, default=Invitation.Role.RATER.value)
        parser.add_argument("--days", type=_days, default=invitations.DEFAULT_DAYS, help="valid for this long (7)")
        parser.add_argument("--email", type=_email, help="only this address may sign up with the link")
        parser.add_argument("--site", help="address of the site, such as https://memes.example.org")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SIGNUP == "closed":
            raise CommandError("MSE_SIGNUP is closed, so nobody could use an invitation. Set it to invite or open.")
        invitation, code = invitations.invite(
            role=Invitation.Role(options["role"]), email=options["email"] or "", days=options["days"]
        )
        self.stdout.write(invitations.link(code, options["site"]))
        self.stderr.write(f"For one {invitation.role}, until {invitation.expires_at:%Y-%m-%d %H:%M %Z}.")


def _days(text: str) -> int:
    days = int(text)  # argparse reports a ValueError as an invalid value
    if not 1 <= days <= invitations.MAX_DAYS:
        raise ArgumentTypeError(f"must be from 1 to {invitations.MAX_DAYS}")
    return days


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise ArgumentTypeError(" ".join(error.messages)) from error
    return text
