"""Invitations: drawing a code, finding what it stands for, using it up."""

import hashlib
import secrets
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

from mse_site.models import Invitation

DEFAULT_DAYS = 7
MAX_DAYS = 365


class InvitationGone(Exception):
    """The invitation was used, has expired, or never was."""


def invite(
    *,
    role: Invitation.Role = Invitation.Role.RATER,
    email: str = "",
    days: int = DEFAULT_DAYS,
    created_by: User | None = None,
) -> tuple[Invitation, str]:
    """A new invitation and its code, which is kept nowhere. Every call makes another one."""
    code = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        code_hash=hash_of(code),
        email=email.lower(),
        role=role,
        created_by=created_by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return invitation, code


def hash_of(code: str) -> str:
    # One fast round is enough: a code has 192 random bits, nobody guesses it from its hash.
    return hashlib.sha256(code.encode()).hexdigest()


def find(code: str) -> Invitation | None:
    """The invitation that `code` still opens."""
    return Invitation.objects.usable().filter(code_hash=hash_of(code)).first()


def claim(code: str, user: User) -> Invitation:
    """Use the invitation up for `user`, who joins its group. Of two claims at once one wins; raises InvitationGone."""
    usable = Invitation.objects.usable().filter(code_hash=hash_of(code))
    if not usable.update(used_by=user, used_at=timezone.now()):
        raise InvitationGone("This invitation has been used already, or it has expired. Ask for a new one.")
    invitation = Invitation.objects.get(code_hash=hash_of(code))
    user.groups.add(Group.objects.get_or_create(name=invitation.role)[0])
    return invitation


def link(code: str, site_url: str | None = None) -> str:
    """Where to sign up with `code`."""
    return f"{(site_url or guess_site_url()).rstrip('/')}{reverse('account_signup')}?{urlencode({'invite': code})}"


def guess_site_url() -> str:
    """The address people reach this site at, as far as the settings tell."""
    names = [host for host in settings.ALLOWED_HOSTS if "*" not in host and not host.startswith(".")]
    host = next((host for host in names if host not in {"localhost", "127.0.0.1", "[::1]"}), "localhost")
    if settings.HTTPS:
        return f"https://{host}"
    return f"http://{host}:{settings.BIND.rpartition(':')[2]}"
