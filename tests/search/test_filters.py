"""What each filter lets through, and that the database has an index for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet

from search import filters, orders
from search.models import Collection, Meme, Sighting, Source, Tag
from search.query import BadQuery, parse
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


def matching(user: User, text: str) -> QuerySet[Meme]:
    query = parse(text)
    visible = Meme.objects.visible_to(user).filter(filters.condition(user, query))
    return visible.order_by(*orders.order(user, query.sort))


def found(user: User, text: str) -> list[str]:
    return [meme.title for meme in matching(user, text)]


def post(title: str, source: Source, locator: str, **facts: object) -> None:
    Sighting.objects.create(meme=Meme.objects.get(title=title), source=source, locator=locator, **facts)


@pytest.fixture
def shelf(alice: User, bob: User) -> None:
    """Five memes, each with something of its own."""
    rows(1, sha256="a", title="clip", kind="video", width=1920, height=1080, size_bytes=3_000_000, has_sound=True)
    rows(1, sha256="b", title="gif", kind="animation", width=320, height=240, size_bytes=2_000_000)
    rows(1, sha256="c", title="words", text="this is fine", width=1000, height=3000, is_nsfw=True)
    rows(1, sha256="d", title="", width=999, height=500)
    rows(1, sha256="e", title="plain", width=1000, height=500)
    reddit = Source.objects.create(kind=Source.Kind.FEED, name="Reddit", root="r")
    folder = Source.objects.create(kind=Source.Kind.FOLDER, name="Old pictures", root="/srv/old")
    post("clip", reddit, "1", author="Tealeaf", community="cats", posted_at=datetime(2024, 5, 1, tzinfo=UTC), score=10)
    post("gif", reddit, "2", author="bob", community="dogs", posted_at=datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    post("gif", folder, "3", author="Tealeaf")
    post("words", folder, "4", posted_at=datetime(2026, 1, 1, tzinfo=UTC), score=-4)
    Meme.objects.filter(sightings=None).update(dated_at=datetime(2026, 6, 1, tzinfo=UTC))
    for name, title in (("reaction", "clip"), ("reaction", "gif"), ("Old, but gold", "words")):
        Tag.objects.get_or_create(name=name)[0].memes.add(Meme.objects.get(title=title))
    Collection.objects.create(owner=alice, name="my best").memes.set(Meme.objects.filter(title__in=["gif", "words"]))
    Collection.objects.create(owner=bob, name="dogs", is_shared=True).memes.set(Meme.objects.filter(title="gif"))
    Collection.objects.create(owner=bob, name="secret").memes.set(Meme.objects.all())


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("", ["plain", "", "words", "gif", "clip"]),
        ("type:video", ["clip"]),
        ("type:video,animation", ["gif", "clip"]),
        ("-type:image", ["gif", "clip"]),
        ("source:reddit", ["gif", "clip"]),
        ("source:folder", ["words", "gif"]),
        ('source:"old pictures"', ["words", "gif"]),
        ("-source:reddit", ["plain", "", "words"]),
        ("source:nowhere", []),
        ("community:CATS", ["clip"]),
        ("community:cats,dogs", ["gif", "clip"]),
        ("by:tealeaf", ["gif", "clip"]),
        ("-by:bob", ["plain", "", "words", "clip"]),
        ("by:tealeaf source:reddit", ["clip"]),  # the gif was seen at reddit, but there it was bob's
        ("by:tealeaf by:bob", ["gif"]),
        ("by:tealeaf -source:reddit", []),
        ("tag:reaction", ["gif", "clip"]),
        ('tag:"old, but gold",reaction', ["words", "gif", "clip"]),
        ("-tag:REACTION", ["plain", "", "words"]),
        ("tag:unheard-of", []),
        ('in:"My best"', ["words", "gif"]),
        ("in:dogs", ["gif"]),
        ("in:bob/dogs", ["gif"]),
        ('in:"my best" -in:dogs', ["words"]),
        ("before:2026", ["gif", "clip"]),
        ("before:2025-12", ["clip"]),
        ("after:2026-01-01 before:2026-01-02", ["words"]),
        ("width:1000", ["plain", "words"]),
        ("width:>=1000 height:<=1080", ["plain", "clip"]),
        ("width:<1000", ["", "gif"]),
        ("height:500..1080", ["plain", "", "clip"]),
        ("size:>2MB", ["clip"]),
        ("size:1MB..2MB", ["gif"]),
        ("has:text", ["words"]),
        ("-has:text", ["plain", "", "gif", "clip"]),
        ("has:sound", ["clip"]),
        ("has:text,sound", ["words", "clip"]),
        ("-has:title", [""]),
        ("nsfw:no", ["plain", "", "gif", "clip"]),
        ("nsfw:only", ["words"]),
        ("nsfw:any", ["plain", "", "words", "gif", "clip"]),
        ('"this is"^0', ["words"]),
        ('"is this"^0', []),
        ('-"this is"', ["plain", "", "gif", "clip"]),
        ("sort:old before:2026-02", ["clip", "gif", "words"]),
        ("sort:new before:2026-02", ["words", "gif", "clip"]),
        ("sort:size size:>0", ["clip", "gif", "plain", "", "words"]),
        ("sort:score", ["clip", "words", "plain", "", "gif"]),
    ],
)
def test_a_filter_lets_through_what_it_says(shelf: None, alice: User, text: str, titles: list[str]) -> None:
    assert found(alice, text) == titles


def test_days_begin_at_midnight_of_the_sites_time_zone(shelf: None, alice: User, settings: object) -> None:
    settings.TIME_ZONE = "Europe/Berlin"  # type: ignore[attr-defined]
    assert found(alice, "after:2026-01-01 before:2026-01-02") == ["words", "gif"]


def test_a_collection_that_cannot_be_seen_is_refused_at_its_character(shelf: None, alice: User, charlie: User) -> None:
    for user, name in ((alice, "secret"), (alice, "nothing"), (charlie, "my best")):
        with pytest.raises(BadQuery, match=f"no collection “{name}” here") as refused:
            found(user, f'type:image -in:"{name}"')
        assert refused.value.position == 11


@pytest.mark.parametrize("state", ["hidden", "trashed", "missing", "purged"])
def test_what_is_not_active_fits_no_filter(shelf: None, alice: User, state: str) -> None:
    Meme.objects.filter(title="gif").update(state=state)
    for text in ("", "-type:image", "by:tealeaf", "in:dogs", "tag:reaction", "-has:text", "nsfw:any", "sort:random"):
        assert "gif" not in found(alice, text)


def test_what_others_keep_private_fits_no_filter(shelf: None, alice: User, bob: User) -> None:
    Meme.objects.filter(title="gif").update(private_to=bob)
    assert found(alice, 'in:"my best"') == ["words"]
    assert found(alice, "in:dogs") == []
    assert found(bob, "in:dogs") == ["gif"]


def test_a_random_order_stays_the_same_and_another_seed_is_another(alice: User) -> None:
    rows(50)
    assert found(alice, "sort:random") == found(alice, "sort:random") != found(alice, "")
    assert found(alice, "sort:random-1") == found(alice, "sort:random-1")
    assert sorted(found(alice, "sort:random-1")) == sorted(found(alice, "sort:random-2"))
    assert found(alice, "sort:random-1") != found(alice, "sort:random-2")


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("sort:new", "meme_dated"),
        ("sort:old", "meme_dated"),
        ("after:2026 sort:new", "meme_dated"),
        ("sort:size", "meme_size"),
        ("sort:score", "meme_top_score"),
        ("type:video", "meme_kind"),
        ("nsfw:only", "meme_nsfw"),
        ("by:tealeaf", "sighting_author"),
        ("community:cats", "sighting_community"),
        ("tag:reaction", "tag_once"),
        ("tag:reaction", "tagging_once"),
        ('in:"my best"', "entry_once"),
    ],
)
def test_the_first_page_of_a_filter_is_found_by_an_index(shelf: None, alice: User, text: str, index: str) -> None:
    label(many_others(1000), alice)
    gather_statistics()
    with no_scans(may_sort="sort:" not in text):
        assert index in matching(alice, text)[:61].explain()


def test_the_collections_of_a_name_are_found_by_an_index(shelf: None, alice: User) -> None:
    with no_scans():
        assert "collection_once" in Collection.objects.filter(owner=alice, name__iexact="x").explain()
        assert "collection_shared" in Collection.objects.filter(is_shared=True, name__iexact="x").explain()


def test_words_that_must_occur_are_found_by_an_index(shelf: None, alice: User) -> None:
    many_others(3000, text="something else")
    gather_statistics()
    assert "meme_words" in matching(alice, '"this is"')[:61].explain()


def many_others(count: int, **facts: object) -> list[Meme]:
    """Among five rows every index is as good as another."""
    return rows(count, start=100, **facts)


def label(memes: list[Meme], owner: User) -> None:
    """A post for each, and a tag and a collection for every ten."""
    source = Source.objects.create(kind=Source.Kind.FEED, name="Other", root="other")
    for start in range(0, len(memes), 10):
        ten = memes[start : start + 10]
        Sighting.objects.bulk_create(
            Sighting(meme=meme, source=source, locator=str(meme.pk), author=str(meme.pk), community=str(start))
            for meme in ten
        )
        Tag.objects.create(name=str(start)).memes.set(ten)
        Collection.objects.create(owner=owner, name=str(start)).memes.set(ten)


def gather_statistics() -> None:
    with connection.cursor() as cursor:
        cursor.execute("analyze search_meme, search_sighting, search_tag, search_tagging, search_collectionentry")


@contextmanager
def no_scans(*, may_sort: bool = False) -> Iterator[None]:
    """Tables this small fit into a few pages of the disk: nothing but a scan would be planned."""
    with connection.cursor() as cursor:
        cursor.execute(f"set local enable_seqscan = off; set local enable_sort = {'on' if may_sort else 'off'}")
        yield
        cursor.execute("set local enable_seqscan = on; set local enable_sort = on")
