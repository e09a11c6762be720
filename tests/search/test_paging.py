"""Pages of one search: in one order, full, and of nothing that may not be seen, whatever happens between them."""

import struct
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.test import Client

from search import rankings, retrieval, spaces
from search.models import Embedding, EmbeddingSpace, Meme
from search.query import Query, VectorTerm, parse
from search.rankings import Ranking
from search.retrieval import Results
from search.vectors import Vector
from tests.fixtures.sidecar import TestSidecar
from tests.search.asking import rows

pytestmark = pytest.mark.django_db
DIMS = 512
DICE = np.random.default_rng(11)
TOWARDS = np.eye(DIMS, dtype=np.float32)[0]


def vector(cosine: float) -> Vector:
    """Of unit norm, at this cosine to TOWARDS."""
    side = DICE.normal(size=DIMS).astype(np.float32)
    side[0] = 0
    side *= np.float32((1 - cosine**2) ** 0.5) / np.linalg.norm(side)
    return side + np.float32(cosine) * TOWARDS


def shelve(memes: Sequence[Meme], cosines: Sequence[float]) -> None:
    space = EmbeddingSpace.objects.filter(state="active").first() or spaces.ensure("lite")
    Embedding.objects.bulk_create(
        Embedding(space=space, meme=meme, vector=vector(cosine)) for meme, cosine in zip(memes, cosines, strict=True)
    )


QUERY = Query((VectorTerm(struct.pack(f"<{DIMS}e", *TOWARDS)),))


def ids(results: Results) -> list[int]:
    return [hit.meme.pk for hit in results.hits]


def next_page(user: Any, query: Query, page: Results, limit: int = 10) -> Results:
    assert page.next_offset is not None
    return retrieval.search(user, query, offset=page.next_offset, limit=limit, key=page.key)


@pytest.fixture
def library() -> list[Meme]:
    """The best first."""
    memes = rows(60)
    shelve(memes, np.linspace(0.9, 0.1, 60).tolist())
    return memes


@pytest.mark.parametrize("query", [QUERY, parse(""), parse("sort:size"), parse("type:image sort:random-5")], ids=str)
def test_the_order_stands_while_memes_come_and_go(query: Query, library: list[Meme], alice: User) -> None:
    whole = ids(retrieval.search(alice, query, limit=60))
    dice = Random(4)
    page = retrieval.search(alice, query, limit=10)
    seen, gone, start = ids(page), set(), 1000
    while page.next_offset is not None:
        shelve(rows(3, start=start, size_bytes=10**6), [0.99, 0.5, 0.2])
        start += 3
        lost = dice.sample(sorted(set(whole) - gone), 2)
        Meme.objects.filter(pk=lost[0]).update(state=Meme.State.TRASHED)
        Meme.objects.filter(pk=lost[1]).delete()
        gone |= set(lost)
        page = next_page(alice, query, page)
        assert not set(ids(page)) & gone
        assert len(page.hits) == 10 or page.next_offset is None
        seen += ids(page)
    assert len(seen) == len(set(seen)), "nothing comes twice"
    assert seen == [pk for pk in whole if pk in seen], "nothing moves"
    assert set(whole) - gone <= set(seen), "nothing is left out"


def test_an_order_is_one_under_a_filter_that_goes_with_the_query(
    sidecar: TestSidecar, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that a first look finds fits, and of the rest a tenth: what chance brings up must not be judged by the first look."""
    monkeypatch.setattr("search.nearest.FIRST_DEPTH", 50)
    videos, others = rows(60, kind="video"), rows(540, start=1000)
    close = Random(5).sample([*np.linspace(0.9, 0.6, 30), *np.linspace(0.149, 0.146, 30)], 60)
    shelve([*videos, *others], [*close, *np.minimum(DICE.normal(0.1, 0.03, 540), 0.145)])
    sidecar.wait_for_everything()
    page = retrieval.search(alice, Query(QUERY.terms, *parse_filters("type:video sort:new")), limit=10)
    seen, cut = ids(page), page.weaker_from
    while page.next_offset is not None:
        page = next_page(alice, Query(QUERY.terms, *parse_filters("type:video sort:new")), page)
        seen += ids(page)
    assert page.backend == "sidecar"
    assert seen[:cut] == sorted(seen[:cut], reverse=True)
    closeness = dict(zip([meme.pk for meme in videos], close, strict=True))
    assert seen[len(seen[:cut]) :] == sorted(seen[len(seen[:cut]) :], key=lambda pk: -closeness[pk])
    assert sorted(seen) == sorted(closeness)


def parse_filters(text: str) -> tuple[Any, Any]:
    read = parse(text)
    return read.filters, read.sort


def test_what_is_found_behind_weak_ones_follows_by_closeness() -> None:
    def ranking(found: Sequence[int], closeness: Sequence[float], weaker_from: int | None) -> Ranking:
        given = np.array(closeness, np.float32)
        return Ranking(np.array(found), np.ones(len(found), np.int32), given, "sidecar", weaker_from=weaker_from)

    old = ranking([2, 1, 3, 4], [0.8, 0.9, 0.5, 0.4], 2)
    new = ranking([6, 5, 4, 3, 2, 1, 7], [0.2, 0.3, 0.4, 0.5, 0.8, 0.9, 0.1], 6)
    longer = rankings.extended(old, new)
    assert (longer.ids.tolist(), longer.weaker_from) == ([2, 1, 3, 4, 5, 6, 7], 2)


def test_a_page_is_full_though_much_of_it_is_gone(library: list[Meme], alice: User) -> None:
    first = retrieval.search(alice, QUERY, limit=10)
    Meme.objects.filter(pk__in=[meme.pk for meme in library[12:40]]).update(state=Meme.State.HIDDEN)
    second = next_page(alice, QUERY, first)
    expected = [library[10].pk, library[11].pk, *(meme.pk for meme in library[40:48])]
    assert (ids(second), second.next_offset) == (expected, 48)
    assert [hit.position for hit in second.hits] == [10, 11, *range(40, 48)]


def test_what_becomes_private_is_on_no_later_page(library: list[Meme], alice: User, bob: User) -> None:
    first = retrieval.search(alice, QUERY, limit=10)
    Meme.objects.filter(pk=library[15].pk).update(private_to=bob)
    assert library[15].pk not in ids(next_page(alice, QUERY, first))


def test_the_first_page_is_always_found_anew(library: list[Meme], alice: User) -> None:
    first = retrieval.search(alice, QUERY, limit=10)
    (fresh,) = rows(1, start=500)
    shelve([fresh], [0.99])
    assert ids(retrieval.search(alice, QUERY, limit=10, key=first.key))[0] == fresh.pk


def test_the_key_of_somebody_else_gives_nothing_of_theirs(library: list[Meme], alice: User, bob: User) -> None:
    mine = rows(30, alice, start=100)
    shelve(mine, [0.95] * 30)
    first = retrieval.search(alice, QUERY, limit=10)
    assert set(ids(first)) <= {meme.pk for meme in mine}
    theirs = retrieval.search(bob, QUERY, limit=10, offset=10, key=first.key)
    assert ids(theirs) == [meme.pk for meme in library[10:20]]
    assert theirs.key != first.key


def test_a_lost_ranking_is_found_again(library: list[Meme], alice: User) -> None:
    first = retrieval.search(alice, QUERY, limit=10)
    cache.clear()
    second = next_page(alice, QUERY, first)
    assert ids(second) == [meme.pk for meme in library[10:20]]
    assert ids(next_page(alice, QUERY, second)) == [meme.pk for meme in library[20:30]]


def test_without_redis_pages_follow_one_another(library: list[Meme], alice: User, settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    first = retrieval.search(alice, QUERY, limit=10)
    assert ids(next_page(alice, QUERY, first)) == [meme.pk for meme in library[10:20]]


def test_more_is_found_when_somebody_scrolls_past_the_first_look(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.nearest.FIRST_DEPTH", 25)
    memes = rows(60)
    shelve(memes, np.linspace(0.9, 0.1, 60).tolist())
    page = retrieval.search(alice, QUERY, limit=10)
    seen = ids(page)
    while page.next_offset is not None:
        page = next_page(alice, QUERY, page)
        seen += ids(page)
    assert seen == [meme.pk for meme in memes]


def test_with_the_sidecar_pages_are_full_behind_a_narrow_filter(
    sidecar: TestSidecar, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.nearest.FIRST_DEPTH", 25)
    others = rows(150)
    wanted = rows(30, start=500, kind="video")
    shelve(others, [0.8] * 150)
    shelve(wanted, np.linspace(0.5, 0.1, 30).tolist())
    sidecar.wait_for_everything()
    query = Query(QUERY.terms, parse("type:video").filters)
    page = retrieval.search(alice, query, limit=20)
    assert (ids(page), page.backend) == ([meme.pk for meme in wanted[:20]], "sidecar")
    assert ids(next_page(alice, query, page, 20)) == [meme.pk for meme in wanted[20:]]


def test_strangers_share_what_everybody_may_see(library: list[Meme], alice: User, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = True
    shelve(rows(1, alice, start=900), [0.99])
    first = retrieval.search(AnonymousUser(), QUERY, limit=10)
    assert ids(first) + ids(next_page(AnonymousUser(), QUERY, first)) == [meme.pk for meme in library[:20]]
    settings.PUBLIC_LIBRARY = False
    assert ids(next_page(AnonymousUser(), QUERY, first)) == []


def test_the_api_gives_the_key_of_the_next_page(library: list[Meme], alice_client: Client) -> None:
    first = alice_client.get("/api/v1/search", {"q": "sort:old", "limit": 10}).json()
    rows(5, start=700)
    second = alice_client.get(
        "/api/v1/search", {"q": "sort:old", "limit": 10, "offset": first["next_offset"], "key": first["key"]}
    ).json()
    shown = [hit["meme"]["id"] for hit in [*first["results"], *second["results"]]]
    assert shown == [meme.pk for meme in library[:20]]
    assert [hit["position"] for hit in second["results"]] == list(range(10, 20))


def test_a_page_costs_the_same_number_of_queries_wherever_it_is(
    library: list[Meme], alice: User, django_assert_max_num_queries: Any
) -> None:
    first = retrieval.search(alice, QUERY, limit=10)
    with django_assert_max_num_queries(2):  # which of them may be seen, and what they are
        next_page(alice, QUERY, first)
