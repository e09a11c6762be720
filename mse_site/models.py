"""The tables of the site itself: invitations to join it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def usable(self) -> InvitationQuerySet:
        return self.filter(used_at=None, expires_at__gt=timezone.now())


class Invitation(models.Model):
    """Lets one person sign up, once."""

    class Role(models.TextChoices):
        RATER = "rater"
        CURATOR = "curator"

    # The code itself is shown once and kept nowhere: who reads this table cannot sign up with it.
    code_hash = models.CharField("SHA-256 of the code, hex", max_length=64)
    email = models.EmailField(blank=True, help_text="if given, only this address may be used to sign up")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.RATER)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Invitation]] = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code_hash"], name="invitation_once")]  # looked up at sign-up

    def __str__(self) -> str:
        return f"invitation of {self.created_at:%Y-%m-%d} for a {self.role}"
