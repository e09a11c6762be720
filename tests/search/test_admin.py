"""The administration of the library."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from search import spaces
from search.models import Claim, Embedding, Job, Meme, Sighting, Source
from tests.search.asking import rows

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, tzinfo=UTC)
PAGES = ["meme", "claim", "source", "sighting", "embeddingspace", "job"]


@pytest.fixture
def admin_client(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def library(alice: User) -> list[Meme]:
    """Twelve memes: each was seen twice, failed once, and has a vector."""
    memes = rows(12, derived_at=NOW, added_by=alice, text="grumpy cat")
    folder = Source.objects.create(kind=Source.Kind.FOLDER, name="Pictures", root="/srv/m%FF")
    uploads = Source.objects.create(kind=Source.Kind.UPLOAD, name="Uploads")
    space = spaces.ensure("lite")
    Job.objects.create(kind="crawl", about="Pictures", started_by=alice)
    for meme in memes:
        Sighting.objects.create(meme=meme, source=folder, locator=f"{meme.pk}.png")
        Sighting.objects.create(meme=meme, source=uploads, locator=f"{meme.pk}/1", missing_since=NOW)
        Claim.objects.create(
            meme=meme, stage="text", leased_until=NOW, failed_at=NOW, reason="The text is upside down."
        )
        Embedding.objects.create(space=space, meme=meme, vector=[1.0] * space.dims)
    return memes


def act(client: Client, model: str, action: str, *chosen: Any) -> str:
    form = {"action": action, "_selected_action": [row.pk for row in chosen]}
    return client.post(reverse(f"admin:search_{model}_changelist"), form, follow=True).content.decode()


@pytest.mark.parametrize("model", PAGES)
def test_every_list_shows_rows_at_a_price_that_does_not_grow(
    admin_client: Client, library: list[Meme], model: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(11):
        page = admin_client.get(reverse(f"admin:search_{model}_changelist"))
    assert page.status_code == 200
    assert len(page.context["cl"].result_list) in (1, 2, 12, 24)


@pytest.mark.parametrize("model", PAGES)
def test_nothing_is_added_or_deleted_there(admin_client: Client, library: list[Meme], model: str) -> None:
    page = admin_client.get(reverse(f"admin:search_{model}_changelist"))
    row = page.context["cl"].result_list[0]
    assert "delete_selected" not in page.content.decode()
    assert admin_client.get(reverse(f"admin:search_{model}_add")).status_code == 403
    assert admin_client.get(reverse(f"admin:search_{model}_delete", args=[row.pk])).status_code == 403
    assert admin_client.get(reverse(f"admin:search_{model}_change", args=[row.pk])).status_code == 200


def test_a_meme_shows_its_picture_its_failures_and_where_it_was_seen(
    admin_client: Client, library: list[Meme], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        page = admin_client.get(reverse("admin:search_meme_change", args=[library[0].pk])).content.decode()
    assert "The text is upside down." in page
    assert f"{library[0].pk}.png" in page
    listed = admin_client.get(reverse("admin:search_meme_changelist")).content.decode()
    assert reverse("media", args=[library[0].pk, library[0].sha256[:8], "thumbnail"]) in listed


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("grumpy", 12), ("cats", 12), ("dog", 0), ("0" * 10, 12), ("0" * 63 + "B", 1), ("abcdef", 0), ("", 12)],
)
def test_memes_are_found_by_words_and_by_the_start_of_their_hash(
    admin_client: Client, library: list[Meme], wanted: str, found: int
) -> None:
    page = admin_client.get(reverse("admin:search_meme_changelist"), {"q": wanted})
    assert len(page.context["cl"].result_list) == found


def test_chosen_failures_are_tried_again_and_others_are_not(admin_client: Client, library: list[Meme]) -> None:
    first, second = Claim.objects.order_by("pk")[:2]
    running = Claim.objects.create(meme=library[0], stage="embedding", leased_until=NOW)
    assert "To be tried again: 1" in act(admin_client, "claim", "try_again", first, running)
    assert set(Claim.objects.values_list("pk", flat=True)) >= {second.pk, running.pk}
    assert not Claim.objects.filter(pk=first.pk).exists()


def test_memes_are_hidden_taken_out_and_brought_back(admin_client: Client, library: list[Meme]) -> None:
    chosen = library[:2]
    for action, state in (("hide", "hidden"), ("take_out", "trashed"), ("bring_back", "active")):
        assert f"Now {state}: 2" in act(admin_client, "meme", action, *chosen)
        assert Meme.objects.filter(pk__in=[meme.pk for meme in chosen], state=state).count() == 2
    assert Meme.objects.filter(state="active").count() == 12


def test_a_purged_meme_is_not_brought_back(admin_client: Client, library: list[Meme]) -> None:
    Meme.objects.filter(pk=library[0].pk).update(state=Meme.State.PURGED)
    assert "Now active: 0" in act(admin_client, "meme", "bring_back", library[0])


def test_what_people_keep_private_stays_private(admin_client: Client, alice: User) -> None:
    (private,) = rows(1, alice, derived_at=NOW)
    claim = Claim.objects.create(meme=private, stage="text", leased_until=NOW, failed_at=NOW, reason="secret reason")
    uploads = Source.objects.create(kind=Source.Kind.UPLOAD, name="Uploads")
    sighting = Sighting.objects.create(meme=private, source=uploads, locator="1/1", title="secret title")
    for row in (private, claim, sighting):
        name = row._meta.model_name
        assert not admin_client.get(reverse(f"admin:search_{name}_changelist")).context["cl"].result_list
        assert admin_client.get(reverse(f"admin:search_{name}_change", args=[row.pk])).status_code == 302
    act(admin_client, "meme", "take_out", private)
    private.refresh_from_db()
    assert private.state == "active"


def test_staff_who_may_only_look_cannot_act(library: list[Meme], bob: User) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_meme"))
    client = Client()
    client.force_login(bob)
    page = client.get(reverse("admin:search_meme_changelist"))
    assert page.status_code == 200
    assert "take_out" not in page.content.decode()
    act(client, "meme", "take_out", library[0])
    assert Meme.objects.filter(state="active").count() == 12
    assert client.get(reverse("admin:search_claim_changelist")).status_code == 403
