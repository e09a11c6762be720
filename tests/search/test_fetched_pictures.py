"""Pictures at addresses: got once, and not more often than one person may ask."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache

from search import fetched_pictures, pictures, store
from search.fetched_pictures import FETCHES_A_MINUTE, NotFetched
from search.media import BadMedia
from tests.drawing import drawing, encoded

pytestmark = pytest.mark.django_db
ASKED: list[str] = []


def fetched(address: str) -> bytes:
    ASKED.append(address)
    if "missing" in address:
        raise NotFetched("It is on holiday.")
    if "away" in address:
        raise FileNotFoundError(address)
    return b"<html>" if "page" in address else encoded(drawing("blue"))


@pytest.fixture(autouse=True)
def fetching(settings: Any) -> None:
    settings.SEARCH_PICTURE_FETCHER = f"{__name__}.fetched"
    ASKED.clear()
    cache.clear()


def keep_all(names: Iterable[object], user: User) -> None:
    for name in names:
        fetched_pictures.keep(at(name), user)


def at(name: object) -> str:
    return f"https://example.org/{name}"


def test_an_address_is_asked_once_for_everybody_and_again_when_the_picture_is_gone(alice: User, bob: User) -> None:
    token = fetched_pictures.keep(at("a.png"), alice)
    assert fetched_pictures.keep(at("a.png"), bob) == token
    assert len(ASKED) == 1
    store.drop(f"queries/{token[:2]}/{token}.webp")
    assert fetched_pictures.keep(at("a.png"), alice) == token
    assert len(ASKED) == 2
    assert pictures.data(token)[8:12] == b"WEBP"


def test_the_reason_is_told_and_kept_for_a_moment(alice: User) -> None:
    for _ in range(2):
        with pytest.raises(NotFetched, match="on holiday"):
            fetched_pictures.keep(at("missing"), alice)
    with pytest.raises(NotFetched, match="cannot be had here"):
        fetched_pictures.keep(at("away"), alice)
    assert [at("missing"), at("away")] == ASKED


def test_what_is_no_picture_is_bad_media_and_not_asked_for_again(alice: User, bob: User) -> None:
    said = []
    for person in (alice, bob, alice):
        with pytest.raises(BadMedia) as refused:
            fetched_pictures.keep(at("page"), person)
        said.append((refused.value.code, refused.value.reason))
    assert len(set(said)) == 1
    assert [at("page")] == ASKED


def test_one_person_cannot_make_the_site_ask_without_end(alice: User, bob: User) -> None:
    first = fetched_pictures.keep(at(0), alice)
    with pytest.raises(NotFetched, match="pictures a minute"):
        keep_all(range(1, 2 * FETCHES_A_MINUTE + 1), alice)  # a new minute may begin meanwhile
    assert FETCHES_A_MINUTE <= len(ASKED) <= 2 * FETCHES_A_MINUTE
    assert fetched_pictures.keep(at(0), alice) == first  # what is known costs nothing
    assert fetched_pictures.keep(at("other"), bob) == first


def test_nobody_is_asked_for_strangers_or_where_the_site_does_not_fetch(alice: User, settings: Any) -> None:
    with pytest.raises(NotFetched, match="Sign in"):
        fetched_pictures.keep(at("a.png"), AnonymousUser())
    settings.SEARCH_PICTURE_FETCHER = ""
    with pytest.raises(NotFetched, match="cannot be had here"):
        fetched_pictures.keep(at("a.png"), alice)
    assert ASKED == []


def test_an_address_of_broken_letters_is_an_address(alice: User) -> None:
    assert fetched_pictures.keep(at("\ud800"), alice)
