from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from search.models import Concept, ConceptModel, ConceptPortrait, EmbeddingSpace, Meme
from tests.search.concepts.learned import DIMS, known, library, seen
from tests.search.planted import plant

PAGES = ("/concepts/", "/concepts/report/", "/explore/")


@pytest.fixture
def model(alice: User, bob: User, charlie: User) -> ConceptModel:
    """What everybody may see, and a meme of bob's own that is strongest in everything."""
    cache.clear()
    found, ids = library()
    (his,) = plant(found.space, np.ones((1, DIMS), np.float32), owner=bob)
    Meme.objects.filter(pk=his).update(title="bob's diary")
    ConceptPortrait.objects.update(strongest=[his, *ids], farthest=[his, *ids[::-1]])
    for pk in [*ids, his]:
        seen(found, pk, _0=2.0, _1=1.0)
    return found


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_browser_lists_what_there_is_and_finds_by_name(model: ConceptModel, alice_client: Client) -> None:
    page = alice_client.get("/concepts/").content.decode()
    places = [page.index(f">{label}</a>") for label in ("cat", "grumpy cat", "dog", "unnamed-3", "space")]
    assert places == sorted(places)
    assert "diary" not in page
    found = alice_client.get("/concepts/?q=CAT&order=name").content.decode()
    assert ">grumpy cat</a>" in found
    assert ">dog</a>" not in found
    cat = Concept.objects.get(label="cat")
    behind = alice_client.get(f"/concepts/?after={cat.pk}").content.decode()
    assert ">cat</a>" not in behind
    assert ">grumpy cat</a>" in behind
    assert alice_client.get("/concepts/?after=x&order=junk&q=%00").status_code == 200


def test_a_page_of_a_concept_shows_nobody_elses_own_memes(model: ConceptModel, alice: User, bob: User) -> None:
    address = f"/concepts/{Concept.objects.get(label='cat').pk}/"
    hers, his = (client_of(user).get(address).content.decode() for user in (alice, bob))
    assert "bob&#x27;s diary" in his
    assert "diary" not in hers
    assert "<svg" in hers
    assert "Curate" not in hers
    assert "style=" not in hers.split("<main")[1].split("</main>")[0]


def test_a_page_takes_as_many_questions_whatever_it_shows(
    model: ConceptModel, alice_client: Client, django_assert_max_num_queries: Any
) -> None:
    alice_client.get("/concepts/")
    with django_assert_max_num_queries(11):
        alice_client.get("/concepts/")
    with django_assert_max_num_queries(15):
        alice_client.get(f"/concepts/{Concept.objects.get(label='cat').pk}/")


def test_of_a_meme_whose_picture_was_not_fetched_its_name_is_shown(
    model: ConceptModel, alice_client: Client, django_assert_max_num_queries: Any
) -> None:
    Meme.objects.filter(title="meme 0").update(remote_url="https://memes.example/0.png")
    Meme.objects.filter(title="meme 1").update(remote_url="https://memes.example/1.png", title="")
    absent, present = (Meme.objects.filter(private_to=None).order_by("pk")[place] for place in (0, 2))
    with django_assert_max_num_queries(15):
        page = alice_client.get(f"/concepts/{Concept.objects.get(label='cat').pk}/").content.decode()
    assert '<span class="unfetched">meme 0</span>' in page
    assert '<span class="unfetched">Not fetched yet</span>' in page
    assert f'src="/media/{present.pk}' in page
    assert f'src="/media/{absent.pk}' not in page


def test_only_curators_curate(model: ConceptModel, alice_client: Client, charlie: User) -> None:
    cat, dog = Concept.objects.get(label="cat"), Concept.objects.get(label="dog")
    curator = client_of(charlie)
    for client, name in ((alice_client, "cat"), (curator, "tabby")):
        client.post(f"/concepts/{cat.pk}/rename/", {"name": "Tabby"})
        assert Concept.objects.get(pk=cat.pk).label == name
    assert alice_client.post(f"/concepts/{cat.pk}/hide/").status_code == 404
    assert curator.post(f"/concepts/{cat.pk}/burn/").status_code == 404
    assert curator.get(f"/concepts/{cat.pk}/hide/").status_code == 405
    curator.post(f"/concepts/{cat.pk}/hide/")
    assert alice_client.get(f"/concepts/{cat.pk}/").status_code == 404
    assert "Show again" in curator.get(f"/concepts/{cat.pk}/").content.decode()
    assert ">tabby</a>" in curator.get("/concepts/?hidden=1").content.decode()
    assert ">tabby</a>" not in alice_client.get("/concepts/?hidden=1").content.decode()
    curator.post(f"/concepts/{cat.pk}/show/")
    curator.post(f"/concepts/{cat.pk}/merge/", {"target": "dog"})
    assert Concept.objects.get(pk=cat.pk).merged_into == dog
    said = curator.post(f"/concepts/{dog.pk}/merge/", {"target": "nothing"}, follow=True).content.decode()
    assert "There is no concept of that name." in said
    curator.post(f"/concepts/{cat.pk}/part/")
    assert Concept.objects.get(pk=cat.pk).merged_into is None
    assert alice_client.post("/concepts/learn/").status_code == 404
    assert "256 memes or more" in curator.post("/concepts/learn/", follow=True).content.decode()


def test_what_curators_hide_is_named_nowhere_and_what_another_encoder_saw_is_gone(
    model: ConceptModel, alice_client: Client, charlie: User
) -> None:
    cat, dog, space = (Concept.objects.get(label=label) for label in ("cat", "dog", "space"))
    Concept.objects.filter(pk=dog.pk).update(is_hidden=True, merged_into=cat, label="slur")
    assert "slur" not in alice_client.get(f"/concepts/{cat.pk}/").content.decode()
    assert "slur" in client_of(charlie).get(f"/concepts/{cat.pk}/").content.decode()
    Concept.objects.filter(pk=space.pk).update(merged_into=dog)
    assert alice_client.get(f"/concepts/{space.pk}/").status_code == 404
    for address in (f"/concepts/{cat.pk}/", f"/api/v1/concepts/{cat.pk}"):
        EmbeddingSpace.objects.update(state="active")
        assert alice_client.get(address).status_code == 200
        EmbeddingSpace.objects.update(state="retired")
        assert alice_client.get(address).status_code == 404


def test_the_report_tells_how_well_they_fit_and_what_went_wrong(model: ConceptModel, alice_client: Client) -> None:
    known(model.space, state="failed", fault="All vectors are the same", facts={})
    ConceptModel.objects.create(space=model.space, step=5, steps=10)
    page = alice_client.get("/concepts/report/").content.decode()
    for said in ("80 %", "All vectors are the same", "5 of 10 steps", "As many principal components", "<polyline"):
        assert said in page
    assert "both were learned from" in page
    assert "at the next learning" in alice_client.get("/preferences/").content.decode()
    assert alice_client.get(f"/concepts/report/{model.pk}/").status_code == 200
    ConceptModel.objects.filter(state="learning").delete()
    failed = ConceptModel.objects.get(state="failed")
    assert "None yet" not in alice_client.get(f"/concepts/report/{failed.pk}/").content.decode()
    assert alice_client.get("/concepts/report/999999/").status_code == 404


def test_what_sets_results_apart_comes_from_what_may_be_seen(model: ConceptModel, alice: User, bob: User) -> None:
    ids = ",".join(map(str, Meme.objects.values_list("pk", flat=True)))
    page = client_of(alice).get(f"/concepts/apart/?q=cats+concept:dog^0.5&ids={ids}", headers={"HX-Request": "true"})
    said = page.content.decode()
    assert 'data-steers="dog"' in said
    assert "q=cats+concept%3Adog%5E0.5+concept%3Acat%5E0.5" in said
    assert "<html" not in said
    only = client_of(alice).get(f"/concepts/apart/?q=-dogs+concept:dog&ids={ids}", headers={"HX-Request": "true"})
    assert 'data-rest="-dogs"' in only.content.decode()  # no query by itself, but with any weight of the slider
    whole = client_of(alice).get(f"/concepts/apart/?q=cats&ids={ids}").content.decode()
    assert "<html" in whole
    his = Meme.objects.get(private_to=bob).pk
    for user, is_there in ((alice, False), (bob, True)):
        alone = client_of(user).get(f"/concepts/apart/?q=x&ids={his},{his + 1}", headers={"HX-Request": "true"})
        assert alone.status_code == 200
        assert ("steer" in alone.content.decode()) is False  # one meme alone says nothing of all
        assert ("What is seen in it" in client_of(user).get(f"/m/{his}/").content.decode()) is is_there
    junk = client_of(alice).get('/concepts/apart/?q="&ids=1,x', headers={"HX-Request": "true"})
    assert junk.status_code == 200


def test_results_say_where_what_sets_them_apart_comes_from(model: ConceptModel, alice_client: Client) -> None:
    page = alice_client.get("/?q=concept:cat").content.decode()
    assert "data-apart" in page
    assert "data-apart" not in alice_client.get("/").content.decode()


def test_exploring_is_a_way_of_links(model: ConceptModel, alice_client: Client) -> None:
    begun = alice_client.get("/explore/", follow=True)
    page = begun.content.decode()
    assert "by=" in begun.redirect_chain[-1][0]
    for key in ("1", "2", "3", "4", "5", "r", "p"):
        assert f'data-explores="{key}"' in page
    start = Meme.objects.filter(private_to=None).first()
    assert start is not None
    here = f"/explore/?q=like:{start.pk}&step=2~cat&step=-1~grumpy+cat"
    chosen = alice_client.get(f"{here}&by=component!")
    assert chosen.url.endswith("by=component-1")  # type: ignore[attr-defined]  # a redirect
    page = alice_client.get(chosen.url).content.decode()  # type: ignore[attr-defined]  # the same
    assert 'data-explores="Backspace"' in page
    assert "concept:cat^1.2" in page
    assert "diary" not in page
    assert alice_client.get("/explore/?q=-dogs").status_code == 400
    Meme.objects.update(is_nsfw=True)
    assert "There is nothing to begin at" in alice_client.get("/explore/").content.decode()
    for junk in ("by=gone", "by=%00cat", "step=1~%00&by=cat", "by=%00"):
        assert alice_client.get(f"/explore/?q=like:{start.pk}&{junk}", follow=True).status_code == 200


def test_without_concepts_pages_say_when_there_will_be_some(alice_client: Client) -> None:
    for address in PAGES:
        page = alice_client.get(address)
        assert page.status_code == 200
        assert "256" in page.content.decode() or "enough memes" in page.content.decode()


def test_the_api_lists_concepts_page_by_page_and_shows_nobody_elses_own_memes(model: ConceptModel, alice: User) -> None:
    alices = client_of(alice)
    first = alices.get("/api/v1/concepts?limit=3").json()
    rest = alices.get(f"/api/v1/concepts?limit=3&after={first['next']}").json()
    assert [one["label"] for one in first["results"] + rest["results"]] == [
        "cat",
        "grumpy cat",
        "dog",
        "unnamed-3",
        "space",
    ]
    assert first["results"][1]["term"] == 'concept:"grumpy cat"'
    assert rest["next"] is None
    one = alices.get(f"/api/v1/concepts/{first['results'][0]['id']}").json()
    assert len(one["strongest"]) == 9
    assert [near["label"] for near in one["near"]] == ["grumpy cat"]
    assert "diary" not in str(one)
    assert alices.get("/api/v1/concepts?limit=0").status_code == 400
