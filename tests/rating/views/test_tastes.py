"""The pages about tastes."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rating import progress
from rating.models import Axis, Comparison, DeepAxis, DeepTaste, Taste
from search import retrieval
from search.models import EmbeddingSpace, Meme
from search.query import parse
from tests.rating.tasting import scores, small_library, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def space(db: None) -> EmbeddingSpace:
    return small_library()


@pytest.fixture
def hers(alice: User, axes: list[Axis], space: EmbeddingSpace) -> Taste:
    return tell(alice, axes[0], scores(space), 60)


def said(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def post(client: Client, address: str, **fields: Any) -> str:
    answer = client.post(address, fields, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_without_answers_the_pages_say_how_to_begin(alice_client: Client, axes: list[Axis]) -> None:
    assert "Which is more useful? Nothing is known yet." in said(alice_client, "/tastes/")
    page = said(alice_client, "/tastes/useful/")
    assert "Nothing is known yet" in page
    assert 'id="beliefs"' not in page
    for address in ("/tastes/nothing/", "/tastes/%00/", "/tastes/useful/with/%00/", "/tastes/99999999999999999999/"):
        assert alice_client.get(address).status_code == 404
    assert alice_client.get("/rate/beliefs/?axis=%00").status_code == 200


def test_another_axis_costs_the_overview_one_search(alice: User, alice_client: Client, axes: list[Axis]) -> None:
    space, counts = small_library(), []
    for axis in axes[:2]:
        tell(alice, axis, scores(space), 12)
        alice_client.get("/tastes/")  # what is kept for the next one
        with CaptureQueriesContext(connection) as asked:
            alice_client.get("/tastes/")
        counts.append(len(asked))
    with CaptureQueriesContext(connection) as asked:
        retrieval.search(alice, parse("taste:useful"), limit=5)
    assert counts[1] - counts[0] <= len(asked)


def test_the_page_of_a_taste_says_what_it_knows_and_draws_how_it_came_to(
    alice_client: Client, hers: Taste, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(70):
        page = said(alice_client, "/tastes/Useful/")
    assert "Too early to tell: 20 pairs are kept apart" in page
    assert "<b>60</b> answers. The next milestone is 100." in page
    assert page.count("data-guess") == 24
    early = list(Comparison.objects.values_list("pk", flat=True)[:30])
    Comparison.objects.filter(pk__in=early).update(is_evaluation=True)
    assert "likely" in said(alice_client, "/tastes/useful/")
    assert "curve-facts" not in page
    progress.measure(hers)
    page = said(alice_client, "/tastes/useful/")
    assert '"points": [{"answers": 10,' in page
    assert '<th scope="col">Answers</th>' in page
    assert "from 60 answers" in said(alice_client, "/tastes/")


def test_both_ways_of_knowing_somebody_are_shown(
    alice_client: Client, alice: User, axes: list[Axis], hers: Taste
) -> None:
    assert "From 100 answers on, on all axes together, networks learn" in said(alice_client, "/tastes/useful/")
    now = timezone.now()
    facts = {"answers": 60, "basis": hers.basis, "trained_at": now, "leased_until": now}
    version = DeepTaste.objects.create(owner=alice, space=hers.space, version=1, **facts)
    deep = DeepAxis.objects.create(
        taste=version, axis=axes[0], answers=60, is_better=False, metrics={"tested": 0}, library={}
    )
    assert "too little yet to tell" in said(alice_client, "/tastes/useful/")
    shares = {"deep": 0.81, "direction": 0.72}
    deep.metrics = {"tested": 64} | {
        kind: {"accuracy": {"value": share, "low": share - 0.1, "high": share + 0.1}} for kind, share in shares.items()
    }
    deep.save()
    page = said(alice_client, "/tastes/useful/")
    assert "Instant, <b>used by searches</b>" in page
    assert "<td>72 %</td><td>62 to 82 %</td>" in page
    assert "<td>81 %</td><td>71 to 91 %</td>" in page
    found = alice_client.get("/api/v1/rating/tastes/useful").json()["deep"]
    assert (found["is_used"], [way["name"] for way in found["ways"]]) == (False, ["Instant", "Deep"])


def test_an_axis_whose_name_is_no_part_of_an_address_goes_by_its_number(
    alice_client: Client, axes: list[Axis], space: EmbeddingSpace
) -> None:
    for name in ("so/so", "..", "7", "50% odd?"):
        Axis.objects.filter(pk=axes[1].pk).update(name=name)
        assert f'href="/tastes/{axes[1].pk}/"' in said(alice_client, "/tastes/useful/")
        assert f"What you find {name}" in said(alice_client, f"/tastes/{axes[1].pk}/")


def test_a_taste_is_told_that_it_is_wrong_and_told_back(
    alice_client: Client, bob: User, hers: Taste, django_capture_on_commit_callbacks: Any
) -> None:
    meme = Meme.objects.earliest("pk")
    told = {"meme": meme.pk, "is_loved": "false", "key": str(uuid.uuid4())}
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            alice_client.post("/tastes/useful/correct/", told)
        page = said(alice_client, "/tastes/useful/")
        assert 'data-corrected="' in page
        assert "<b>61</b> answers" in page
        assert "1 correction of yours is among them" in page
    assert Comparison.objects.get(policy="correction").outcome == "much_right"
    with django_capture_on_commit_callbacks(execute=True):
        assert "Taken back." in post(alice_client, "/tastes/useful/undo/", key=told["key"])
    assert "nothing to take back" in post(alice_client, "/tastes/useful/undo/", key=told["key"])
    assert "could not be read" in post(alice_client, "/tastes/useful/correct/", meme="x")
    Meme.objects.filter(pk=meme.pk).update(private_to=bob)
    told["key"] = str(uuid.uuid4())
    assert "no longer in the library" in post(alice_client, "/tastes/useful/correct/", **told)
    assert alice_client.get("/tastes/useful/correct/").status_code == 405


def test_others_see_a_taste_while_it_is_shared_and_compare_it_with_theirs(
    alice_client: Client, bob: User, axes: list[Axis], hers: Taste
) -> None:
    client, address = Client(), "/tastes/useful/with/alice/"
    client.force_login(bob)
    assert client.get(address).status_code == 404
    assert "Only you can use it" in said(alice_client, "/tastes/useful/")
    assert "Others can use it" in post(alice_client, "/tastes/useful/share/", is_shared="true")
    assert f'href="{address}"' in said(client, "/tastes/")
    assert "Nothing is known of yours yet" in said(client, address)
    tell(bob, axes[0], {meme: -score for meme, score in scores(hers.space).items()}, 60)
    page = said(client, address)
    assert "Opposed" in page
    assert "You like, alice does not" in page
    assert alice_client.get(address).status_code == 404  # with oneself there is nothing to compare
    assert "Only you can use it" in post(alice_client, "/tastes/useful/share/", is_shared="false")
    assert client.get(address).status_code == 404


def test_nobody_is_told_of_memes_they_may_not_see(
    alice_client: Client, alice: User, bob: User, axes: list[Axis], hers: Taste
) -> None:
    liked = scores(hers.space)
    in_order = sorted(liked, key=lambda meme: liked[meme])
    Meme.objects.filter(pk__in=in_order[:30] + in_order[-30:]).update(private_to=alice, title="zebra in pyjamas")
    tell(bob, axes[0], {meme: -score for meme, score in liked.items()}, 60)
    Taste.objects.update(is_shared=True)
    assert "zebra in pyjamas" in said(alice_client, "/tastes/useful/")
    client = Client()
    client.force_login(bob)
    for address in ("/tastes/", "/tastes/useful/", "/tastes/useful/with/alice/"):
        assert "zebra in pyjamas" not in said(client, address)
    assert "zebra in pyjamas" not in said(alice_client, "/tastes/useful/with/bob/").split("What bob finds")[0]
