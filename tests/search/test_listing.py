"""Lists of what fits, and orders and shares by what other apps know of memes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Case, F, FloatField, When
from django.db.models.functions import Cast
from django.test import Client
from django.test.utils import CaptureQueriesContext

from search import kinds, retrieval, scales
from search.directions import NothingToCompare
from search.kinds import Scale
from search.models import Embedding, EmbeddingSpace, Meme
from search.query import Key, Role, parse
from search.query.forms import Name
from search.query.keys import forget
from search.retrieval import PAGE_SIZE
from search.vectors import Vector
from tests.fixtures.sidecar import TestSidecar
from tests.search.asking import rows
from tests.search.test_ordering import copies
from tests.search.test_paging import TOWARDS, shelve

pytestmark = pytest.mark.django_db
CLOSENESS = np.random.default_rng(9).permutation(np.linspace(0.9, 0.1, 100)).tolist()


class Liking:
    """`mine` is a direction. `wide` is kept for each meme, its width in percent; of 7 nothing is known."""

    key = Key("liking", "what a test likes", "liking:mine", Name("a name"), Role.TERM, is_negatable=True)

    def vector(self, user: Any, space: EmbeddingSpace, value: str) -> Vector:
        if value not in ("mine", "wide"):
            raise NothingToCompare(f"Nobody likes {value}.")
        return 3 * TOWARDS

    def values(self, user: Any, typed: str) -> list[str]:
        return ["mine", "wide"]

    def scale(self, user: Any, space: EmbeddingSpace, value: str) -> Scale | None:
        kept = Case(When(width=7, then=None), default=Cast(F("width"), FloatField()))
        return Scale(kept, lambda percent: percent) if value == "wide" else None


@pytest.fixture
def liking(settings: Any) -> Iterator[None]:
    settings.SEARCH_TERM_KINDS = [f"{__name__}.Liking"]
    kinds.joined()
    yield
    forget("liking")


@pytest.fixture
def planted(liking: None) -> list[int]:
    memes = rows(len(CLOSENESS))
    shelve(memes, CLOSENESS)
    return [meme.pk for meme in memes]


def found(user: User, text: str, **part: Any) -> list[int]:
    return [hit.meme.pk for hit in retrieval.search(user, parse(text), **part).hits]


def by_closeness(memes: list[int]) -> list[int]:
    return [memes[row] for row in np.argsort(CLOSENESS)[::-1].tolist()]


@pytest.mark.parametrize("order", ["", "sort:old", "sort:random-3"])
def test_lists_show_a_picture_once_and_their_pages_are_full(order: str, alice: User) -> None:
    group, others = copies(8, start=1000), rows(PAGE_SIZE + 20)
    first = retrieval.search(alice, parse(order))
    second = retrieval.search(alice, parse(order), offset=first.next_offset or 0, key=first.key)
    hits = [*first.hits, *second.hits]
    assert (len(first.hits), len(second.hits)) == (PAGE_SIZE, 21)
    assert {hit.meme.pk for hit in hits} > {meme.pk for meme in others}
    assert sum(hit.alike for hit in hits) == 7
    opened = retrieval.search(alice, parse(order), key=first.key, alike=group[3].pk)
    assert {hit.meme.pk for hit in opened.hits} == {meme.pk for meme in group}


def test_a_list_is_looked_at_further_when_somebody_scrolls(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.nearest.FIRST_DEPTH", 10)
    monkeypatch.setattr("search.nearest.MAX_DEPTH", 25)
    memes = [meme.pk for meme in rows(30)]
    page = retrieval.search(alice, parse(""), limit=8)
    seen = [hit.meme.pk for hit in page.hits]
    while page.next_offset is not None:
        page = retrieval.search(alice, parse(""), offset=page.next_offset, limit=8, key=page.key)
        seen += [hit.meme.pk for hit in page.hits]
    assert seen == memes[::-1][:25]
    assert page.is_cut


def test_a_list_goes_by_a_direction_with_the_sidecar_and_without(
    planted: list[int], sidecar: TestSidecar, alice: User, bob: User
) -> None:
    unread, secret = rows(2, start=5000)
    Meme.objects.filter(pk=secret.pk).update(private_to=bob)
    sidecar.wait_for_everything()
    with_it = retrieval.search(alice, parse("sort:liking"), limit=200)
    sidecar.kill()
    without = retrieval.search(alice, parse("sort:liking:mine"), limit=200)
    assert (with_it.backend, without.backend) == ("sidecar", "postgres")
    for results in (with_it, without):
        assert [hit.meme.pk for hit in results.hits] == [*by_closeness(planted), unread.pk]
    assert found(alice, "sort:LIKING type:image", limit=3) == by_closeness(planted)[:3]


def test_a_list_goes_by_what_is_kept(planted: list[int], alice: User) -> None:
    Meme.objects.filter(pk=planted[4]).update(width=90)
    Meme.objects.filter(pk=planted[7]).update(width=7)
    listed = found(alice, "sort:liking:wide", limit=200)
    assert listed[0] == planted[4]
    assert listed[-1] == planted[7], "nothing is known of it"
    assert found(alice, "liking:wide>=50%") == [planted[4]]
    assert planted[7] not in found(alice, "liking:wide<50%", limit=200)


def test_a_share_is_that_of_the_library(planted: list[int], alice: User) -> None:
    best = by_closeness(planted)
    assert set(found(alice, "liking:mine>=80%", limit=200)) == set(best[:20])
    assert set(found(alice, "liking:>=80%", limit=200)) == set(best[:20])
    assert set(found(alice, "liking:mine<25%", limit=200)) == set(best[75:])
    assert set(found(alice, "-liking:mine<25%", limit=200)) == set(best[:75])
    assert found(alice, "liking:mine>=90% sort:liking") == best[:10]
    assert set(found(alice, f"like:{best[0]} liking:mine>=90%")) == set(best[:10])


def test_how_many_lie_in_a_share_is_not_counted(planted: list[int], alice: User) -> None:
    query = parse("about:x liking:mine>=80% -liking:mine>=90% liking:wide<50% type:image")
    plain, share = scales.without_shares(query)
    assert plain == parse("about:x type:image")
    assert share == pytest.approx(0.2 * 0.9 * 0.5)
    with CaptureQueriesContext(connection) as asked:
        retrieval.search(alice, parse(f"like:{planted[0]} liking:mine>=50% type:image"))
    counts = [query["sql"] for query in asked if "COUNT(*)" in query["sql"] and "search_meme" in query["sql"]]
    assert counts
    assert not any("<#>" in sql for sql in counts)


def test_among_the_closest_too_an_order_goes_by_what_is_liked(planted: list[int], alice: User) -> None:
    results = retrieval.search(alice, parse(f"like:{planted[0]} sort:liking"), limit=200)
    listed = [hit.meme.pk for hit in results.hits]
    strong = listed[: results.weaker_from]
    assert set(listed) == set(planted)
    assert strong == [pk for pk in by_closeness(planted) if pk in strong]


def test_a_clip_counts_by_its_best_frame(liking: None, alice: User) -> None:
    clip, other = rows(2)
    shelve([clip, other], [0.1, 0.5])
    Embedding.objects.create(space=EmbeddingSpace.objects.get(), meme=clip, frame=1, vector=TOWARDS)
    assert found(alice, "liking:mine>=100%") == [clip.pk]
    assert found(alice, "sort:liking") == [clip.pk, other.pk]


@pytest.mark.parametrize("text", ["sort:liking:nobody", "liking:nobody>=5%", "cats liking:nobody<5%"])
def test_what_nobody_likes_is_said(text: str, planted: list[int], alice: User) -> None:
    with pytest.raises(NothingToCompare, match="Nobody likes nobody"):
        retrieval.search(alice, parse(text))


def test_pages_builder_and_suggestions_know_the_order(planted: list[int], alice_client: Client) -> None:
    page = alice_client.get("/", {"q": "sort:liking:mine liking:mine>=50%"})
    assert page.context["heading"] == "By liking mine"
    assert len(page.context["results"].hits) == 50
    built = alice_client.get("/advanced/", {"q": "sort:liking:mine liking:mine>=50%"}).context
    assert built["asked"].whole == "sort:liking:mine liking:mine>=50%"
    assert (built["sort"].value, built["also"]) == ("liking:mine", "liking:mine>=50%")
    offered = alice_client.get("/api/v1/suggestions", {"q": "sort:liking:"}).json()["suggestions"]
    assert [one["text"] for one in offered] == ["liking:mine", "liking:wide"]


def test_before_anything_was_read_there_is_nothing_to_go_by(liking: None, alice: User) -> None:
    with pytest.raises(NothingToCompare, match="Nothing here has been read yet"):
        retrieval.search(alice, parse("sort:liking"))
