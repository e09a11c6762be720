"""Searching with filters, orders and every kind of term, with the sidecar and without it."""

import io
import struct
from typing import Any

import pytest
from django.contrib.auth.models import User
from PIL import Image

from search import pictures, retrieval
from search.directions import NothingToCompare
from search.kinds import joined
from search.media import BadMedia
from search.models import Collection, Embedding, EmbeddingSpace, Meme, Source, Tag
from search.query import BadQuery, Key, Query, Role, VectorTerm, from_pairs, parse
from search.query.forms import Name
from search.query.keys import forget
from search.sidecar.terms import BadTerm
from search.vectors import Vector, to_array
from tests.drawing import drawing, encoded


def titles(user: User, text: str, **options: int) -> list[str]:
    return [hit.meme.title for hit in retrieval.search(user, parse(text), **options).hits]


def stored(title: str) -> VectorTerm:
    vector = to_array(Embedding.objects.get(meme__title=title).vector)
    return VectorTerm(struct.pack(f"<{len(vector)}e", *vector))


# --- filters -------------------------------------------------------------------------------------------------------

FITTING = {
    # Of nine pictures, those that fit; the closest to red among them come first.
    "type:image": 9,
    "type:video": 0,
    "type:video,animation -has:text": 0,
    "has:text": 3,
    "-has:text": 6,
    "has:title width:320 height:<=240 size:<1MB": 9,
    "width:>320": 0,
    "source:memes": 9,
    "-source:memes": 0,
    "in:warm": 3,
    "-in:warm": 6,
    "tag:cold": 2,
    "tag:cold -tag:cold": 0,
    "nsfw:no": 8,
    "nsfw:only": 1,
    "before:1999": 0,
    "after:1999": 9,
    '"grumpy monday"^0': 1,
    '-"grumpy monday"': 8,
    "has:text -in:warm nsfw:no sort:random": 3,
}


@pytest.fixture
def marked(library: None, alice: User) -> None:
    Collection.objects.create(owner=alice, name="warm").memes.set(
        Meme.objects.filter(title__in=["red", "orange", "yellow"])
    )
    Tag.objects.create(name="cold").memes.set(Meme.objects.filter(title__in=["blue", "green"]))
    Meme.objects.filter(title="purple").update(is_nsfw=True)
    Source.objects.update(name="memes")


def test_filters_let_the_same_through_with_terms_as_without(marked: None, backend: str, alice: User) -> None:
    with_terms = {text: sorted(titles(alice, f"red {text}")) for text in FITTING}
    assert with_terms == {text: sorted(titles(alice, text)) for text in FITTING}
    assert {text: len(found) for text, found in with_terms.items()} == FITTING


def test_what_fits_comes_in_the_order_of_closeness(marked: None, backend: str, alice: User) -> None:
    whole = titles(alice, "red picture")
    for text in FITTING:
        if "sort:" not in text:
            fitting = set(titles(alice, text))
            assert titles(alice, f"red picture {text}") == [title for title in whole if title in fitting], text


def test_a_filter_does_not_make_a_page_short(marked: None, backend: str, alice: User) -> None:
    first = retrieval.search(alice, parse("red has:text"), limit=2)
    assert (len(first.hits), first.next_offset) == (2, 2)
    second = retrieval.search(alice, parse("red has:text"), limit=2, offset=2)
    assert (len(second.hits), second.next_offset) == (1, None)


def test_filters_alone_list_the_newest(marked: None, backend: str, alice: User) -> None:
    results = retrieval.search(alice, parse("has:text"))
    assert results.backend == "newest"
    assert [hit.meme.pk for hit in results.hits] == sorted((hit.meme.pk for hit in results.hits), reverse=True)


def test_a_collection_of_somebody_else_is_no_filter(marked: None, backend: str, bob: User) -> None:
    with pytest.raises(BadQuery, match="no collection"):
        titles(bob, "red in:warm")


def test_an_order_is_that_of_the_closest(marked: None, backend: str, alice: User) -> None:
    newest = titles(alice, "in:warm")
    assert titles(alice, "red sort:new in:warm") == newest
    assert titles(alice, "red sort:old in:warm") == newest[::-1] != titles(alice, "red in:warm")
    pages = [titles(alice, "red sort:random-3", limit=5), titles(alice, "red sort:random-3", limit=5, offset=5)]
    assert [*pages[0], *pages[1]] == titles(alice, "red sort:random-3")
    assert sorted([*pages[0], *pages[1]]) == sorted(titles(alice, "red"))


# --- terms ---------------------------------------------------------------------------------------------------------


def test_a_weight_moves_what_is_found(backend: str, alice: User) -> None:
    assert titles(alice, "red^2 blue^1")[0] == "red"
    assert titles(alice, "red^1 blue^2")[0] == "blue"
    assert titles(alice, "red^0 blue^1") == titles(alice, "blue")


def test_exact_words_count_as_text_unless_their_weight_is_zero(backend: str, alice: User) -> None:
    assert titles(alice, '"friday"') == ["friday"]
    results = retrieval.search(alice, parse('"friday"^0'))
    assert (results.backend, [hit.meme.title for hit in results.hits]) == ("newest", ["friday"])
    assert titles(alice, 'white -"friday"')[-1] != "friday"
    assert "friday" not in titles(alice, 'white -"friday"')


def test_a_raw_embedding_finds_its_meme(backend: str, alice: User) -> None:
    assert titles(alice, "")[0] != "green"
    found = retrieval.search(alice, Query((stored("green"),)))
    assert found.hits[0].meme.title == "green"
    assert found.hits[0].similarity == pytest.approx(1.0, abs=0.01)


def test_an_embedding_of_another_space_is_refused(backend: str, alice: User) -> None:
    with pytest.raises(BadTerm, match="512 numbers, not 2") as refused:
        retrieval.search(alice, from_pairs('-"gone" red red^0', ["ADwAPA"]))
    assert refused.value.position == 3  # of all terms, also those that are no direction


def test_a_picture_that_was_handed_over_finds_its_like(backend: str, alice: User) -> None:
    token = pictures.keep(io.BytesIO(encoded(drawing("green", seed=3))))
    assert titles(alice, f"picture:{token}")[0] == "green"
    assert pictures.keep(io.BytesIO(encoded(drawing("green", seed=3)))) == token


def test_a_picture_that_is_not_kept_is_refused(backend: str, alice: User) -> None:
    with pytest.raises(NothingToCompare, match="hand it over again"):
        titles(alice, "picture:0123456789abcdef")
    with pytest.raises(NothingToCompare, match="cannot be had here"):
        titles(alice, "picture:https://example.org/cat.png")


BAD_PICTURES = {"no-picture": b"GIF89a, it says", "bomb": encoded(Image.new("1", (20_000, 20_000))), "empty": b""}


@pytest.mark.parametrize("data", BAD_PICTURES.values(), ids=BAD_PICTURES)
def test_what_is_no_picture_is_not_kept(data: bytes) -> None:
    with pytest.raises(BadMedia):
        pictures.keep(io.BytesIO(data))


FETCHED = {"https://example.org/green.png": encoded(drawing("green", seed=3)), "https://example.org/page": b"<html>"}


def test_a_picture_at_an_address_is_fetched_by_whom_the_settings_name(backend: str, alice: User, settings: Any) -> None:
    settings.SEARCH_PICTURE_FETCHER = f"{__name__}.fetch"
    assert titles(alice, "picture:https://example.org/green.png")[0] == "green"
    with pytest.raises((BadTerm, NothingToCompare)):
        titles(alice, "picture:https://example.org/page")


def fetch(address: str) -> bytes:
    return FETCHED[address]


def test_the_average_of_a_collection_finds_its_memes(marked: None, backend: str, alice: User, bob: User) -> None:
    assert set(titles(alice, "average:warm")[:3]) == {"red", "orange", "yellow"}
    assert not {"red", "orange", "yellow"} & set(titles(alice, "average:warm -in:warm"))
    with pytest.raises(NothingToCompare, match="no collection"):
        titles(bob, "average:warm")


def test_an_average_leaves_out_what_one_may_not_see(marked: None, backend: str, alice: User, bob: User) -> None:
    Meme.objects.filter(title__in=["red", "orange"]).update(private_to=bob)
    assert titles(alice, "average:warm")[0] == "yellow"
    Meme.objects.filter(title="yellow").update(private_to=bob)
    with pytest.raises(NothingToCompare, match="holds nothing yet"):
        titles(alice, "average:warm")


class Fancy:
    """A kind of term from elsewhere: the direction of the meme of that title."""

    key = Key("fancy", "what a test likes", "fancy:red", Name("a title"), Role.TERM, is_negatable=True)

    def vector(self, user: Any, space: EmbeddingSpace, value: str) -> Vector:
        found = Embedding.objects.filter(space=space, meme__title=value).first()
        if found is None:
            raise NothingToCompare(f"{user} likes no {value}.")
        return 3 * to_array(found.vector)

    def values(self, user: Any, typed: str) -> list[str]:
        return [title for title in ("red", "green") if title.startswith(typed)]


@pytest.fixture
def fancy(settings: Any) -> Any:
    settings.SEARCH_TERM_KINDS = [f"{__name__}.Fancy"]
    joined()
    yield
    forget("fancy")


def test_a_kind_of_term_from_elsewhere_is_a_direction(fancy: None, backend: str, alice: User) -> None:
    assert titles(alice, "fancy:green")[0] == "green"
    assert titles(alice, "picture -fancy:green")[-1] == "green"
    with pytest.raises(NothingToCompare, match="alice likes no cat"):
        titles(alice, "fancy:cat")


def test_terms_that_cannot_be_told_without_vectors_say_so(db: None, alice: User, fancy: None) -> None:
    with pytest.raises(NothingToCompare, match="try again in a moment"):
        titles(alice, "fancy:green")


def test_filters_hold_when_words_alone_answer(marked: None, alice: User) -> None:
    EmbeddingSpace.objects.update(name="openclip:ViT-B-16-SigLIP2:webli")
    assert titles(alice, "monday") == ["monday"]
    assert titles(alice, "monday in:warm") == []
    assert titles(alice, '"happy friday"') == ["friday"]
