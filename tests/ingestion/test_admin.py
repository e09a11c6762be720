"""The administration of what came in."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ingestion import subscriptions
from ingestion.models import Crawl, FailedFind, Subscription
from ingestion.subscriptions import Wanted
from search.models import Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    source = Source.objects.create(kind=Source.Kind.FOLDER, name="Pictures", root="/srv/m")
    for number in range(12):
        Crawl.objects.create(source=source, started_by=admin, state="done")
        FailedFind.objects.create(source=source, locator=f"a%0A{number}.jpg", code="damaged", reason="It is cut off.")
    return client


@pytest.mark.parametrize("model", ["crawl", "failedfind"])
def test_every_list_shows_rows_at_a_price_that_does_not_grow(
    admin_client: Client, model: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        page = admin_client.get(reverse(f"admin:ingestion_{model}_changelist"))
    assert len(page.context["cl"].result_list) == 12
    assert admin_client.get(reverse(f"admin:ingestion_{model}_add")).status_code == 403
    row = page.context["cl"].result_list[0]
    assert admin_client.get(reverse(f"admin:ingestion_{model}_delete", args=[row.pk])).status_code == 403


def test_a_file_name_with_a_line_break_is_shown_on_one_line(admin_client: Client) -> None:
    assert "a 3.jpg" in admin_client.get(reverse("admin:ingestion_failedfind_changelist")).content.decode()


def test_chosen_files_are_read_again_at_the_next_import(admin_client: Client) -> None:
    chosen = FailedFind.objects.order_by("pk")[:2]
    form = {"action": "forget", "_selected_action": [find.pk for find in chosen]}
    page = admin_client.post(reverse("admin:ingestion_failedfind_changelist"), form, follow=True)
    assert "To be read again: 2" in page.content.decode()
    assert FailedFind.objects.count() == 10


def test_sources_are_paused_and_resumed(admin_client: Client, admin: User) -> None:
    wanted = Wanted(Source.Kind.FEED, "https://memes.example/feed", "a feed")
    source = subscriptions.add(wanted, admin)
    address = reverse("admin:ingestion_subscription_changelist")
    assert "a feed" in admin_client.get(address).content.decode()
    for action, is_paused in (("pause", True), ("resume", False)):
        admin_client.post(address, {"action": action, "_selected_action": [source.pk]})
        assert Subscription.objects.get(pk=source.pk).is_paused is is_paused
    page = admin_client.post(address, {"action": "read", "_selected_action": [source.pk]}, follow=True)
    assert "as soon as a worker is free: 1" in page.content.decode()
