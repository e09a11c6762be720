"""Who may sign up, and what they may do then: the site's answers to allauth."""

import logging
from ipaddress import ip_address
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm as AccountSignupForm
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mse_site import invitations
from mse_site.access import RATERS
from mse_site.models import Invitation

log = logging.getLogger(__name__)

INVITE = "invite"  # in the link and in the session


class SignupRefused(Exception):
    """Nobody new may sign up in this way, or not any more; the message says what to do."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        if settings.SIGNUP != "invite":
            invitation_of(request)
            return bool(settings.SIGNUP == "open")
        return invitation_of(request) is not None or may_found_the_site(request)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Keep the new user with their groups. Sign-ups wait for one another, so that exactly one of them is the first."""
        raters, _ = Group.objects.get_or_create(name=RATERS)
        with transaction.atomic():
            Group.objects.select_for_update().get(pk=raters.pk)
            self._check_name_again(form)
            is_founder = may_found_the_site(request)
            user.is_staff = user.is_superuser = is_founder
            super().save_user(request, user, form, commit)
            user.groups.add(raters)
            _use_invitation(request, user, is_needed=settings.SIGNUP == "invite" and not is_founder)
        return user

    def _check_name_again(self, form: Any) -> None:
        """Another sign-up may have taken the name after this form was read."""
        try:
            self.clean_username(form.cleaned_data["username"])
        except ValidationError as error:
            raise SignupRefused(" ".join(error.messages)) from error

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away must not look like a broken site."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            log.exception("mail to %s could not be sent", email)
            messages.error(self.request, "The mail could not be sent. Try again later, or ask whoever runs this site.")
            raise ImmediateHttpResponse(redirect(self.request.path)) from error


class SignupForm(AccountSignupForm):  # type: ignore[misc]  # allauth has no types
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        invitation = invitation_of(context.request)
        if invitation and invitation.email and cleaned.get("email", invitation.email).lower() != invitation.email:
            self.add_error("email", f"This invitation is for {invitation.email}: sign up with that address.")
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """All of the new account or nothing of it."""
        try:
            with transaction.atomic():
                return super().try_save(request)  # type: ignore[no-any-return]  # allauth leaves it untyped
        except (SignupRefused, invitations.InvitationGone) as error:
            messages.error(request, str(error))
            return None, redirect("account_signup")


def invitation_of(request: HttpRequest) -> Invitation | None:
    """The usable invitation this visitor came with: from the link, and remembered until they have filled in the form."""
    code = request.GET.get(INVITE)
    if code and invitations.find(code):
        request.session[INVITE] = code
    return invitations.find(request.session.get(INVITE, ""))


def may_found_the_site(request: HttpRequest) -> bool:
    """Whether this visitor, who seems to sit at the machine itself, would be the first user and so the administrator.

    A proxy on this machine that sends no forwarding header cannot be told from somebody here: docs/setup.md warns of it.
    """
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip")):
        return False  # a proxy on this machine speaks for somebody elsewhere
    try:
        is_local = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return is_local and not User.objects.exists()


def _use_invitation(request: HttpRequest, user: User, *, is_needed: bool) -> None:
    code = request.session.pop(INVITE, None)
    if code is not None:
        invitations.claim(code, user)
    elif is_needed:
        raise SignupRefused("Signing up takes an invitation.")
