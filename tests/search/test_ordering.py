"""The order of results: words, weak ones, tastes that re-rank, and the same picture once."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client

from search import retrieval
from search.kinds import joined
from search.models import EmbeddingSpace, Meme
from search.query import Key, KindTerm, Query, Role, parse
from search.query.forms import Name
from search.query.keys import forget
from search.sidecar.terms import Ids
from search.vectors import Vector
from tests.fixtures.sidecar import TestSidecar
from tests.search.asking import rows
from tests.search.test_paging import QUERY, TOWARDS, ids, shelve

pytestmark = pytest.mark.django_db
ALIKE = 0x5A3C_96F0_1E87_D24B  # a hash of 32 ones


def copies(count: int, *, start: int, **facts: Any) -> list[Meme]:
    return rows(count, start=start, **{"phash": ALIKE, "color": "#808080", **facts})


def backgrounded(strong: int, chance: int = 200) -> list[Meme]:
    """So many memes that are close to QUERY, the best first, before as many that are not."""
    memes = rows(strong + chance)
    dice = np.random.default_rng(8)
    weak = np.sort(dice.normal(0.1, 0.03, chance))[::-1]
    shelve(memes, [*np.linspace(0.9, 0.6, strong).tolist(), *weak.tolist()])
    return memes


AWAY = Query(tuple(replace(term, weight=-0.5) for term in QUERY.terms))


def with_words(text: str) -> Query:
    """QUERY with words beside it: those direct, these are looked up. Their own direction counts next to nothing."""
    return Query((*parse(text).terms, *QUERY.terms))


# --- strong and weak -----------------------------------------------------------------------------------------------


def test_what_stands_out_is_told_from_the_rest(alice: User) -> None:
    memes = backgrounded(12)
    results = retrieval.search(alice, QUERY, limit=50)
    assert ids(results)[:12] == [meme.pk for meme in memes[:12]]
    assert results.weaker_from is not None
    assert 12 <= results.weaker_from <= 24
    assert results.divider == results.weaker_from


def test_the_sidecar_and_postgres_tell_the_same(sidecar: TestSidecar, alice: User, settings: Any) -> None:
    backgrounded(12)
    sidecar.wait_for_everything()
    one = retrieval.search(alice, QUERY, limit=50)
    sidecar.kill()
    other = retrieval.search(alice, QUERY, limit=50)
    assert (one.backend, other.backend) == ("sidecar", "postgres")
    assert one.weaker_from == other.weaker_from is not None


def test_an_order_holds_among_the_strong_and_the_weak_follow_by_closeness(alice: User) -> None:
    memes = backgrounded(12)
    plain = retrieval.search(alice, QUERY, limit=100)
    cut = plain.weaker_from
    assert cut is not None
    sorted_ones = retrieval.search(alice, Query(QUERY.terms, sort=parse("sort:old").sort), limit=100)
    assert sorted_ones.weaker_from == cut
    assert ids(sorted_ones)[:cut] == sorted(ids(plain)[:cut])
    assert ids(sorted_ones)[cut:] == ids(plain)[cut:]
    assert ids(retrieval.search(alice, Query(QUERY.terms, sort=parse("sort:new").sort)))[0] != memes[-1].pk


def test_the_divider_stands_on_one_page_alone(alice: User) -> None:
    backgrounded(12)
    page = retrieval.search(alice, QUERY, limit=8)
    dividers = [page.divider]
    while page.next_offset is not None and page.next_offset < 60:
        page = retrieval.search(alice, QUERY, offset=page.next_offset, limit=8, key=page.key)
        dividers.append(page.divider)
    assert sum(divider is not None for divider in dividers) == 1


def test_the_divider_stays_when_the_first_weak_one_goes(alice: User) -> None:
    backgrounded(12)
    first = retrieval.search(alice, QUERY, limit=8)
    assert first.weaker_from is not None
    whole = retrieval.search(alice, QUERY, limit=100)
    Meme.objects.filter(pk=ids(whole)[first.weaker_from]).update(state=Meme.State.HIDDEN)
    later = retrieval.search(alice, QUERY, offset=8, limit=40, key=first.key)
    assert later.divider is not None
    assert later.hits[later.divider].position == first.weaker_from + 1


def test_who_says_all_words_is_not_weak(alice: User) -> None:
    memes = backgrounded(12)
    Meme.objects.filter(pk=memes[100].pk).update(text="a zebra on skates")
    results = retrieval.search(alice, with_words("zebra^0.01"), limit=60)
    assert results.weaker_from is not None
    assert ids(results).index(memes[100].pk) < results.weaker_from
    hit = results.hits[ids(results).index(memes[100].pk)]
    assert hit.match is not None
    assert "<mark>zebra</mark>" in hit.match.html


def test_words_that_are_not_wanted_find_nothing(alice: User) -> None:
    memes = backgrounded(12)
    Meme.objects.filter(pk=memes[100].pk).update(text="a zebra on skates")
    Meme.objects.filter(pk=memes[101].pk).update(text="a zebra at home")
    results = retrieval.search(alice, with_words("zebra^0.01 -skates^0.01"), limit=60)
    assert memes[101].pk in ids(results)[: results.weaker_from]
    assert memes[100].pk not in ids(results)[: results.weaker_from]


def test_what_only_words_find_has_its_similarity_too(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.nearest.FIRST_DEPTH", 50)
    memes = backgrounded(12)
    last = memes[-1]
    Meme.objects.filter(pk=last.pk).update(text="a zebra on skates")
    results = retrieval.search(alice, with_words("zebra^0.01"), limit=60)
    (hit,) = [hit for hit in results.hits if hit.meme.pk == last.pk]
    assert hit.similarity is not None
    assert hit.similarity < 0.15


# --- tastes --------------------------------------------------------------------------------------------------------


class Linear:
    key = Key("flat", "a direction", "flat:x", Name("a name"), Role.TERM, is_negatable=True)

    def vector(self, user: Any, space: EmbeddingSpace, value: str) -> Vector:
        return 5 * TOWARDS

    def values(self, user: Any, typed: str) -> list[str]:
        return []


class Deep(Linear):
    """Likes even ids; of the newest it says nothing that counts. What is called flat is a direction."""

    key = Key("deep", "what a network likes", "deep:even", Name("a name"), Role.TERM, is_negatable=True)

    def is_deep(self, user: Any, space: EmbeddingSpace, value: str) -> bool:
        return value != "flat"

    def scores(self, user: Any, space: EmbeddingSpace, value: str, meme_ids: Ids) -> Vector:
        liked = (meme_ids % 2 == 0).astype(np.float32)
        return np.where(meme_ids == meme_ids.max(), np.nan, liked).astype(np.float32)


@pytest.fixture
def kinds(settings: Any) -> Any:
    settings.SEARCH_TERM_KINDS = [f"{__name__}.Linear", f"{__name__}.Deep"]
    joined()
    yield
    forget("flat")
    forget("deep")


def test_a_deep_taste_puts_the_strong_ones_in_order(kinds: None, alice: User) -> None:
    memes = backgrounded(12)
    plain = retrieval.search(alice, QUERY, limit=60)
    ranked = retrieval.search(alice, Query((*parse("deep:even").terms, *QUERY.terms)), limit=60)
    cut = plain.weaker_from
    assert cut is not None
    assert ids(ranked)[:5] == [meme.pk for meme in memes[:11] if meme.pk % 2 == 0][:5]
    assert ids(ranked)[cut:] == ids(plain)[cut:], "the weak ones stay"
    assert ranked.hits[0].tastes == {"deep:even": pytest.approx(1.0)}
    assert sorted(ids(ranked)) == sorted(ids(plain))


def test_its_weight_counts_and_so_does_a_minus_sign(kinds: None, alice: User) -> None:
    memes = backgrounded(12)
    weak = retrieval.search(alice, Query((*parse("deep:even^0.001").terms, *QUERY.terms)))
    assert ids(weak)[:12] == [meme.pk for meme in memes[:12]]
    against = retrieval.search(alice, Query((KindTerm("deep", "even", -1.0), *QUERY.terms)))
    assert all(pk % 2 for pk in ids(against)[:5])


def test_alone_a_deep_taste_orders_what_its_direction_finds(kinds: None, alice: User) -> None:
    memes = backgrounded(12)
    found = ids(retrieval.search(alice, parse("deep:even"), limit=60))
    assert {meme.pk for meme in memes[:12] if meme.pk % 2 == 0} <= set(found[:12])
    assert [pk % 2 for pk in found] == [0] * 60, "of memes that no direction tells apart too"


def test_a_value_that_is_a_direction_is_summed(kinds: None, alice: User) -> None:
    memes = backgrounded(12)
    found = retrieval.search(alice, parse("deep:flat"), limit=60)
    assert ids(found)[:12] == [meme.pk for meme in memes[:12]]
    assert found.hits[0].tastes == {"deep:flat": pytest.approx(0.9, abs=0.01)}


def test_a_taste_in_the_sum_tells_its_part(kinds: None, alice: User) -> None:
    memes = backgrounded(12)
    hit = retrieval.search(alice, parse("flat:x^0.5")).hits[0]
    assert hit.meme.pk == memes[0].pk
    assert hit.tastes == {"flat:x": pytest.approx(0.45, abs=0.01)}


def test_contributions_stay_on_later_pages(kinds: None, alice: User) -> None:
    backgrounded(12)
    query = Query((*parse("deep:even flat:x^0.1").terms, *QUERY.terms))
    first = retrieval.search(alice, query, limit=4)
    second = retrieval.search(alice, query, offset=4, limit=4, key=first.key)
    assert all(set(hit.tastes) == {"deep:even", "flat:x"} for hit in second.hits)


# --- the same picture once -----------------------------------------------------------------------------------------


def test_copies_are_one_result_and_the_page_is_full(alice: User) -> None:
    group = copies(3, start=1000)
    others = rows(20)
    shelve(group, [0.8, 0.7, 0.9])
    shelve(others, np.linspace(0.85, 0.1, 20).tolist())
    results = retrieval.search(alice, QUERY, limit=10)
    assert ids(results)[0] == group[2].pk
    assert (results.hits[0].alike, len(results.hits)) == (2, 10)
    assert not {group[0].pk, group[1].pk} & set(ids(results))
    opened = retrieval.search(alice, QUERY, key=results.key, alike=group[2].pk)
    assert ids(opened) == [group[2].pk, group[0].pk, group[1].pk]
    assert ids(retrieval.search(alice, QUERY, alike=group[0].pk)) == ids(opened), "also without the key"


def test_the_next_copy_stands_in_for_one_that_is_gone(alice: User) -> None:
    others, group = rows(12), copies(3, start=1000)
    shelve(others, [0.95] * 12)
    shelve(group, [0.9, 0.8, 0.7])
    first = retrieval.search(alice, QUERY, limit=12)
    group[0].delete()
    (hit,) = retrieval.search(alice, QUERY, offset=12, limit=12, key=first.key).hits
    assert (hit.meme.pk, hit.alike) == (group[1].pk, 1)


def test_captions_on_one_template_are_results_of_their_own(alice: User) -> None:
    group = [
        *copies(1, start=1000, text="me on monday morning"),
        *copies(1, start=1001, text="when the landlord calls again"),
    ]
    shelve(group, [0.9, 0.8])
    assert [hit.alike for hit in retrieval.search(alice, QUERY).hits] == [0, 0]


def test_a_copy_that_somebody_keeps_private_is_not_counted(alice: User, bob: User) -> None:
    group = copies(2, start=1000)
    (secret,) = copies(1, start=1010, private_to=bob)
    shelve([*group, secret], [0.8, 0.7, 0.9])
    (hit,) = retrieval.search(alice, QUERY).hits
    assert (hit.meme.pk, hit.alike) == (group[0].pk, 1)
    assert secret.pk not in ids(retrieval.search(alice, QUERY, alike=group[0].pk))
    assert ids(retrieval.search(alice, QUERY, alike=secret.pk)) == []
    (theirs,) = retrieval.search(bob, QUERY).hits
    assert (theirs.meme.pk, theirs.alike) == (secret.pk, 2)


def test_similar_memes_are_shown_once_each(alice: User) -> None:
    (meme,), group = rows(1), copies(4, start=1000)
    shelve([meme, *group], [0.9, 0.8, 0.8, 0.8, 0.8])
    similar = retrieval.similar(alice, meme)
    assert [hit.alike for hit in similar.hits] == [3]


def test_pages_and_api_show_the_count_and_open_it(alice: User, alice_client: Client, kinds: None) -> None:
    group = copies(3, start=1000)
    shelve(group, [0.9, 0.8, 0.7])
    page = alice_client.get("/", {"q": "flat:x"}).content.decode()
    assert "+2 alike" in page
    address = f"?q=flat%3Ax&amp;alike={group[0].pk}"
    assert f'href="{address}"' in page
    opened = alice_client.get("/" + address.replace("&amp;", "&")).content.decode()
    assert "The same picture, 3 times" in opened
    assert opened.count('class="tile') == 3
    (hit,) = alice_client.get("/api/v1/search", {"q": "flat:x"}).json()["results"]
    assert (hit["alike"], hit["position"], hit["match"]) == (2, 0, None)
    assert hit["tastes"] == {"flat:x": pytest.approx(0.9, abs=0.01)}
    body = alice_client.get("/api/v1/search", {"q": "flat:x", "alike": group[1].pk}).json()
    assert [hit["meme"]["id"] for hit in body["results"]] == [meme.pk for meme in group]


def test_a_minus_sign_beside_a_deep_taste_has_something_to_stay_away_from(kinds: None, alice: User) -> None:
    memes = backgrounded(12)
    away = retrieval.search(alice, Query((*parse("deep:even").terms, *AWAY.terms)), limit=60)
    assert {meme.pk for meme in memes[:12] if meme.pk % 2 == 0} <= set(ids(away)[:12]), "its direction leads"
