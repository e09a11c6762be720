import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client

from rating.models import Axis, CurationQueue, QueueItem, Verdict
from search import preferences
from search.models import Collection, DuplicatePair, Meme, Preference, Tier
from tests.rating.curation.queueing import listed, queue, say


@pytest.fixture
def shared(charlie: User, axes: list[Axis], memes: list[Meme]) -> CurationQueue:
    made = queue(charlie, axes[0])
    listed(made)
    return made


@pytest.fixture
def curator(charlie: User) -> Client:
    client = Client()
    client.force_login(charlie)
    return client


def rule(axis: Axis, **changes: object) -> dict[str, object]:
    return {
        "name": "  My   best ", "axis": axis.pk, "whose": "me", "best_percent": "5", "daily_limit": "50",
        "skips_duplicates": "on", "collection": "Best", "tags": "good, fine,good", "name_pattern": "{date} {title}",
        "query": "type:image", **changes,
    }  # fmt: skip


def test_a_queue_is_made_changed_and_closed(curator: Client, charlie: User, axes: list[Axis]) -> None:
    made = curator.post("/curation/new/", rule(axes[0], is_shared="on"))
    found = CurationQueue.objects.get()
    assert made.headers["Location"] == f"/curation/{found.pk}/"
    assert (found.name, found.private_to, found.best_percent, found.tags) == ("My best", None, 5.0, ["good", "fine"])
    assert Collection.objects.get(is_shared=True, owner=charlie) == found.collection
    again = curator.post("/curation/new/", rule(axes[0], is_shared="on", name="my BEST"))
    assert "already" in again.content.decode()
    changed = rule(axes[0], state="closed", best_percent="7.5", whose="everyone", collection="")
    curator.post(f"/curation/{found.pk}/rule/", changed)
    found.refresh_from_db()
    assert (found.state, found.best_percent, found.is_by_everyone) == ("closed", 7.5, True)
    assert found.collection_id is None
    assert b"Closed" in curator.get("/curation/").content


def test_another_curator_who_changes_a_rule_leaves_the_taste_it_goes_by(
    charlie: User, admin: User, axes: list[Axis]
) -> None:
    made, hers = queue(charlie, axes[0]), Client()
    hers.force_login(admin)
    page = hers.get(f"/curation/{made.pk}/rule/").content.decode()
    assert '<option value="charlie" selected>' in page
    for whose, state, then in (("charlie", "paused", charlie), ("me", "active", admin)):
        hers.post(f"/curation/{made.pk}/rule/", rule(axes[0], whose=whose, state=state))
        made.refresh_from_db()
        assert (made.state, made.taste_of, made.made_by) == (state, then, then)
    unshared = hers.post("/curation/new/", rule(axes[0], whose="charlie"))
    assert unshared.status_code == 400


def test_a_shared_queue_collects_into_no_collection_of_one_person(
    curator: Client, charlie: User, axes: list[Axis]
) -> None:
    Collection.objects.create(owner=charlie, name="best")
    refused = curator.post("/curation/new/", rule(axes[0], is_shared="on"))
    assert "Your collection best is yours alone" in refused.content.decode()
    assert not CurationQueue.objects.exists()
    assert curator.post("/curation/new/", rule(axes[0])).status_code == 302  # what is private may


@pytest.mark.parametrize(
    "change",
    [{"best_percent": percent} for percent in ("0", "-3", "101", "nan", "inf", "")]
    + [{"query": "type:nothing"}, {"name": " "}, {"name_pattern": "{nothing}"}, {"whose": "bob"},
       {"daily_limit": "0"}, {"max_age_days": "-1"}, {"tags": "x" * 101}],
)  # fmt: skip
def test_a_rule_that_means_nothing_is_refused(alice_client: Client, axes: list[Axis], change: dict[str, str]) -> None:
    answer = alice_client.post("/curation/new/", rule(axes[0], **change))
    assert answer.status_code == 400
    assert 'class="problem' in answer.content.decode()
    assert not CurationQueue.objects.exists()


def test_a_member_has_queues_of_their_own_alone(alice_client: Client, alice: User, axes: list[Axis]) -> None:
    alice_client.post("/curation/new/", rule(axes[0], is_shared="on"))
    assert CurationQueue.objects.get().private_to == alice


def test_without_scripts_a_meme_is_decided_about_and_taken_back(curator: Client, shared: CurationQueue) -> None:
    page = curator.get(f"/curation/{shared.pk}/").content.decode()
    item = QueueItem.objects.order_by("pk")[0]
    assert f'name="item" value="{item.pk}"' in page
    said = {"item": item.pk, "key": uuid.uuid4(), "outcome": "keep", "name": "a cat"}
    curator.post(f"/curation/{shared.pk}/", said)
    assert Verdict.objects.get().name == "a cat"
    assert f'name="item" value="{item.pk}"' not in curator.get(f"/curation/{shared.pk}/").content.decode()
    back = curator.post("/curation/undo/", {"next": f"/curation/{shared.pk}/"})
    assert back.headers["Location"] == f"/curation/{shared.pk}/"
    assert not Verdict.objects.standing().exists()
    curator.post(f"/curation/{shared.pk}/", {"item": "x"})
    assert Verdict.objects.count() == 1


def test_the_grid_decides_what_is_picked_or_all_that_was_counted(
    curator: Client, shared: CurationQueue, django_assert_max_num_queries: object
) -> None:
    path = f"/curation/{shared.pk}/grid/"
    items = list(QueueItem.objects.order_by("pk").values_list("pk", flat=True))
    picked = {"item": [*items[:3], "x"], "key": uuid.uuid4(), "outcome": "keep", "next": path}
    assert curator.post(path, picked).headers["Location"] == path
    assert "Kept: 3." in curator.get(path).content.decode()
    assert "Kept" not in curator.get(path).content.decode()
    counted = {"is_all": "1", "up_to": items[5], "count": 3, "key": uuid.uuid4(), "outcome": "reject"}
    curator.post(path, counted)
    assert Verdict.objects.filter(outcome="reject").count() == 3
    assert "data-undoes" in curator.get(path).content.decode().partition('id="toasts"')[2]
    curator.post(path, {"key": uuid.uuid4(), "outcome": "reject", "is_all": "1"})  # nothing was counted
    curator.post(path, {"key": uuid.uuid4(), "outcome": "reject"})
    assert Verdict.objects.count() == 6
    told = curator.get(path).content.decode()
    assert "Nothing was picked." in told
    assert "data-undoes" not in told.partition('id="toasts"')[2]
    assert curator.get(path, {"q": "type:video"}).content.count(b'name="item"') == 0
    assert curator.get(path, {"q": "cats"}).status_code == 400
    assert curator.get(path, {"page": "x", "least_percentile": "nan"}).status_code == 200


def test_the_undo_beside_a_message_takes_back_what_the_message_is_about(
    curator: Client, charlie: User, shared: CurationQueue
) -> None:
    path = f"/curation/{shared.pk}/grid/"
    items = list(QueueItem.objects.order_by("pk"))
    key = uuid.uuid4()
    curator.post(path, {"item": [item.pk for item in items[:5]], "key": key, "outcome": "reject"})
    assert f'name="undoes" value="{key}"' in curator.get(path).content.decode()
    say(charlie, items[8])  # in another tab
    for said in ({"undoes": key}, {"undoes": key}, {"undoes": "x"}):
        curator.post("/curation/undo/", {"next": path, **said})
    assert list(Verdict.objects.standing().values_list("item", flat=True)) == [items[8].pk]


@pytest.mark.parametrize(("choice", "links", "veils"), [("hide", 0, 0), ("blur", 1, 1), ("show", 1, 0)])
def test_what_lies_beside_is_veiled_as_its_reader_chose(
    curator: Client, charlie: User, axes: list[Axis], memes: list[Meme], choice: Preference.Nsfw, links: int, veils: int
) -> None:
    made = queue(charlie, axes[0], skips_duplicates=False)
    listed(made, 1)
    Meme.objects.filter(pk=memes[20].pk).update(is_nsfw=True)
    DuplicatePair.objects.create(first=memes[0], second=memes[20], tier=Tier.PICTURE, distance=2)
    preferences.keep(charlie, nsfw=choice)
    beside = curator.get(f"/curation/{made.pk}/").content.decode().partition('id="beside"')[2].partition("</aside>")[0]
    assert (beside.count("<a href"), beside.count("is-veiled"), beside.count("data-unveils")) == (links, veils, veils)


def test_nothing_is_better_than_all_of_the_library(curator: Client, shared: CurationQueue) -> None:
    QueueItem.objects.update(percentile=99.6)
    CurationQueue.objects.update(name_pattern="{percentile}")
    page = curator.get(f"/curation/{shared.pk}/").content.decode()
    assert "better than 99 %" in page
    assert 'placeholder="99"' in page
    assert "100 %" not in curator.get(f"/curation/{shared.pk}/grid/").content.decode()
