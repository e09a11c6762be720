import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from rating.models import Axis, CurationQueue, QueueItem, Verdict
from search import gathering
from search.models import DuplicatePair, Meme, Sighting, Tier
from search.models.sources import Source
from tests.rating.curation.queueing import listed, queue
from tests.search.asking import is_problem

URL = "/api/v1/curation"


@pytest.fixture
def shared(charlie: User, axes: list[Axis], memes: list[Meme]) -> CurationQueue:
    made = queue(charlie, axes[0], name_pattern="{title}", skips_duplicates=False)
    listed(made)
    return made


@pytest.fixture
def curator(charlie: User) -> Client:
    client = Client()
    client.force_login(charlie)
    return client


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"{URL}/{path}", body, content_type="application/json")


def test_items_come_with_all_that_a_page_needs_in_as_many_questions_for_one_as_for_many(
    curator: Client, shared: CurationQueue, memes: list[Meme], django_assert_max_num_queries: Any
) -> None:
    source = Source.objects.create(kind="feed", name="Funny", root="x")
    Sighting.objects.create(meme=memes[0], source=source, locator="1", url="https://example.org/1")
    DuplicatePair.objects.create(first=memes[0], second=memes[20], tier=Tier.PICTURE, distance=2)
    with django_assert_max_num_queries(22):
        answer = post(curator, f"queues/{shared.pk}/items", tab="tab", count=12).json()
    first = answer["items"][0]
    assert first["seen"] == {"url": "https://example.org/1", "place": "Funny"}
    assert [(one["meme"]["id"], one["tier"]) for one in first["beside"]] == [(memes[20].pk, "picture")]
    assert (first["name"], first["meme"]["id"]) == ("meme 0", memes[0].pk)
    assert len(answer["items"]) == 12
    assert answer["counts"] == {"waiting": 12, "today": 0}
    assert post(curator, f"queues/{shared.pk}/items", tab="other").json()["is_held_elsewhere"]
    assert post(curator, "release", tab="tab").status_code == 204
    assert len(post(curator, f"queues/{shared.pk}/items", tab="other").json()["items"]) == 12


def test_a_verdict_is_new_once_and_taken_back_with_its_meme(curator: Client, shared: CurationQueue) -> None:
    item, key = QueueItem.objects.order_by("pk")[0], str(uuid.uuid4())
    said = {"item": item.pk, "key": key, "outcome": "keep", "name": "a fine  cat"}
    assert [post(curator, "verdicts", **said).status_code for _ in range(2)] == [201, 200]
    assert Verdict.objects.get().name == "a fine cat"
    is_problem(post(curator, "verdicts", **{**said, "key": str(uuid.uuid4())}), 409)
    undone = post(curator, "undo", tab="tab").json()
    assert (undone["key"], undone["count"], undone["item"]["id"]) == (key, 1, item.pk)
    assert post(curator, "undo").json()["key"] is None


@pytest.mark.parametrize(
    ("said", "status"),
    [({"outcome": "burn"}, 400), ({"name": "a/b"}, 400), ({"name": "x" * 300}, 400), ({"name": "nul\0"}, 400),
     ({"item": 0}, 400), ({"item": 2**63}, 400), ({"item": 999_999}, 404), ({"key": "no"}, 400),
     ({"outcome": "skip", "name": "cat"}, 400)],
)  # fmt: skip
def test_a_bad_verdict_is_a_problem_and_changes_nothing(
    curator: Client, shared: CurationQueue, said: dict[str, Any], status: int
) -> None:
    item = QueueItem.objects.order_by("pk")[0].pk
    given = {"item": item, "key": str(uuid.uuid4()), "outcome": "keep", **said}
    is_problem(post(curator, "verdicts", **given), status)
    assert not Verdict.objects.exists()


def test_all_that_match_are_counted_then_decided(curator: Client, shared: CurationQueue) -> None:
    path, chosen = f"queues/{shared.pk}", {"least_percentile": 98.95}
    counted = post(curator, f"{path}/count", **chosen).json()
    assert counted["count"] == 6
    said = {**chosen, **counted, "outcome": "reject", "key": str(uuid.uuid4())}
    assert [post(curator, f"{path}/decide", **said).json() for _ in range(2)] == [{"count": 6}] * 2
    assert Meme.objects.filter(state="trashed").count() == 6
    for bad in ({"q": "cats"}, {"q": "in:nowhere"}, {"least_percentile": 101}, {"items": ["x"]}):
        is_problem(post(curator, f"{path}/count", **bad), 400)
    assert post(curator, "undo").json()["count"] == 6
    for uncounted in ({}, {"up_to": counted["up_to"]}, {"count": 6}):
        said = {**uncounted, "outcome": "reject", "key": str(uuid.uuid4())}
        is_problem(post(curator, f"{path}/decide", **said), 400)
    assert not Verdict.objects.standing().exists()


def test_earlier_names_and_tags_are_offered_and_no_secrets(
    curator: Client, charlie: User, alice: User, shared: CurationQueue, axes: list[Axis], memes: list[Meme]
) -> None:
    hers = queue(alice, axes[0], private_to=alice, name="hers")
    for made, by, name in ((shared, charlie, "cat one"), (hers, alice, "cat of hers")):
        item = made.items.first() or listed(made, 1)[0]
        Verdict.objects.create(
            item=item, by=by, outcome="keep", name=name, percentile=1, decided_at="2026-01-01T00:00Z"
        )
    gathering.tag("cats", [memes[5].pk], charlie)
    assert curator.get(f"{URL}/names", {"q": "CA"}).json() == {"names": ["cat one", "cats"]}
    assert curator.get(f"{URL}/names", {"q": "x" * 300}).status_code == 400
