"""Collections, and who sees them."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError

from search.models import Collection, CollectionEntry, Tag
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


def names(collections: object) -> list[str]:
    return sorted(str(collection) for collection in collections)  # type: ignore[attr-defined]


@pytest.fixture
def shelves(alice: User, bob: User) -> None:
    Collection.objects.create(owner=alice, name="cats")
    Collection.objects.create(owner=bob, name="cats", is_shared=True)
    Collection.objects.create(owner=bob, name="dogs", is_shared=True)
    Collection.objects.create(owner=bob, name="secret")


def test_people_see_their_own_collections_and_shared_ones(shelves: None, alice: User, bob: User) -> None:
    assert names(Collection.objects.visible_to(alice)) == ["cats", "cats", "dogs"]
    assert names(Collection.objects.visible_to(bob)) == ["cats", "dogs", "secret"]


def test_strangers_see_shared_collections_of_a_public_site_alone(shelves: None, settings: object) -> None:
    assert names(Collection.objects.visible_to(AnonymousUser())) == []
    settings.PUBLIC_LIBRARY = True  # type: ignore[attr-defined]
    assert names(Collection.objects.visible_to(AnonymousUser())) == ["cats", "dogs"]


def test_a_name_means_ones_own_collection_first(shelves: None, alice: User, bob: User) -> None:
    assert Collection.objects.called("CATS", alice).get().owner == alice
    assert Collection.objects.called("bob/cats", alice).get().owner == bob
    assert Collection.objects.called("dogs", alice).get().owner == bob


def test_somebody_elses_secret_collection_cannot_be_named(shelves: None, alice: User, charlie: User) -> None:
    assert not Collection.objects.called("secret", alice).exists()
    assert not Collection.objects.called("bob/secret", alice).exists()
    assert not Collection.objects.called("alice/cats", charlie).exists()
    assert Collection.objects.called("cats", charlie).get().owner.username == "bob"


def test_a_name_with_a_slash_is_a_name_too(alice: User) -> None:
    Collection.objects.create(owner=alice, name="24/7")
    assert Collection.objects.called("24/7", alice).exists()
    assert Collection.objects.called("alice/24/7", alice).exists()


def test_a_person_has_a_name_for_one_collection_only(shelves: None, alice: User) -> None:
    with pytest.raises(IntegrityError, match="collection_once"):
        Collection.objects.create(owner=alice, name="Cats")


def test_a_meme_lies_in_a_collection_once(alice: User) -> None:
    (meme,) = rows(1)
    cats = Collection.objects.create(owner=alice, name="cats")
    cats.memes.add(meme)
    with pytest.raises(IntegrityError, match="entry_once"):
        CollectionEntry.objects.create(collection=cats, meme=meme, position=7)


def test_a_tag_is_the_same_in_capitals() -> None:
    Tag.objects.create(name="Reaction")
    with pytest.raises(IntegrityError, match="tag_once"):
        Tag.objects.create(name="reaction")
