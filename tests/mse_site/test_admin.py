"""The administration of the site itself."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mse_site import invitations
from mse_site.models import Invitation

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def test_an_invitation_is_made_and_its_link_shown_once(admin_client: Client, admin: User) -> None:
    form = {"role": "curator", "email": "Dora@example.org", "days": "3"}
    page = admin_client.post(reverse("admin:mse_site_invitation_add"), form, follow=True).content.decode()
    found = re.search(r"http://testserver/accounts/signup/\?invite=([\w-]+)", page)
    assert found
    invitation = Invitation.objects.get()
    assert invitations.find(found[1]) == invitation
    assert (invitation.role, invitation.email, invitation.created_by) == ("curator", "dora@example.org", admin)
    assert found[1] not in admin_client.get(reverse("admin:mse_site_invitation_changelist")).content.decode()


@pytest.mark.parametrize("days", ["0", "366", "x", ""])
def test_an_invitation_for_no_sensible_time_is_refused(admin_client: Client, days: str) -> None:
    form = {"role": "rater", "email": "", "days": days}
    assert admin_client.post(reverse("admin:mse_site_invitation_add"), form).status_code == 200
    assert not Invitation.objects.exists()


def test_an_invitation_is_withdrawn_before_it_is_used_and_kept_after(admin_client: Client, admin: User) -> None:
    invitation, _ = invitations.invite()
    address = reverse("admin:mse_site_invitation_delete", args=[invitation.pk])
    Invitation.objects.update(used_by=admin, used_at=timezone.now())
    assert admin_client.post(address, {"post": "yes"}).status_code == 403
    Invitation.objects.update(used_by=None, used_at=None)
    assert admin_client.post(address, {"post": "yes"}).status_code == 302
    assert not Invitation.objects.exists()


def test_an_invitation_is_not_changed(admin_client: Client) -> None:
    invitation, _ = invitations.invite()
    address = reverse("admin:mse_site_invitation_change", args=[invitation.pk])
    assert admin_client.post(address, {"role": "curator", "email": "", "days": "9"}).status_code == 403
    invitation.refresh_from_db()
    assert invitation.role == "rater"
