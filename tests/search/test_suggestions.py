"""What the box offers while somebody types. `|` is the cursor."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from search.models import Collection, Meme, Sighting, Source, Tag
from search.query import parse
from search.suggestions import MOST, Suggestion, suggest
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


def offered(user: User | AnonymousUser, text: str) -> list[Suggestion]:
    return suggest(user, text.replace("|", ""), text.index("|"))


def labels(user: User | AnonymousUser, text: str) -> list[str]:
    return [suggestion.label for suggestion in offered(user, text)]


def chosen(user: User, text: str) -> str:
    """The box after the first suggestion was taken."""
    first, typed = offered(user, text)[0], text.replace("|", "")
    return typed[: first.start] + first.text + typed[first.end :]


def post(meme: Meme, source: Source, author: str, community: str) -> None:
    Sighting.objects.create(
        meme=meme, source=source, locator=f"{meme.pk}/{author}", author=author, community=community,
        posted_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.fixture
def shelf(alice: User, bob: User) -> None:
    """Two memes that all may see, and one of bob's own with names of its own."""
    first, second = rows(2)
    (secret,) = rows(1, bob, start=2)
    feed = Source.objects.create(kind=Source.Kind.FEED, name="Campfire", root="c")
    diary = Source.objects.create(kind=Source.Kind.FEED, name="Camera roll", root="d")
    post(first, feed, "tealeaf", "cats")
    post(second, feed, "tealeaf", "cats of space")
    post(second, feed, "tin whistle", "dogs")
    post(secret, diary, "therapist", "confessions")
    Tag.objects.create(name="reaction").memes.add(first, secret)
    Tag.objects.create(name="over-reaction").memes.add(second)
    Tag.objects.create(name="regret").memes.add(secret)
    Tag.objects.create(name="reserved")
    Collection.objects.create(owner=alice, name="my best")
    Collection.objects.create(owner=bob, name="memorable", is_shared=True)
    Collection.objects.create(owner=bob, name="my secrets")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s|", ["source:", "size:", "sort:"]),
        ("cats -TY|", ["type:"]),
        ("aut|", ["by:"]),
        ("|", []),
        ("cats|", []),
        ("type:|", ["image", "animation", "video"]),
        ("-type:image,V|", ["video"]),
        ("sort:r|", ["random"]),
        ("has:s|", ["sound"]),
        ("width:>|", []),
        ("like:1|", []),
        ("source:cam|", ["Campfire"]),
        ("source:fire|", ["Campfire"]),
        ("by:|", ["tealeaf", "tin whistle"]),
        ("by:T|", ["tealeaf", "tin whistle"]),
        ("by:therapist|", []),
        ("community:ca|", ["cats", "cats of space"]),
        ("tag:re|", ["reaction", "over-reaction"]),
        ("in:m|", ["my best", "bob/memorable"]),
        ("in:bob/mem|", ["bob/memorable"]),
        ("average:my|", ["my best"]),
        ("nonsense:x|", []),
        ('"exact words in:m|', []),
    ],
)
def test_what_is_typed_is_completed(shelf: None, alice: User, text: str, expected: list[str]) -> None:
    assert labels(alice, text) == expected


def test_what_only_stands_on_others_private_memes_is_not_offered(shelf: None, alice: User, bob: User) -> None:
    for text, secret in (("by:th|", "therapist"), ("source:camera|", "Camera roll"), ("community:con|", "confessions"),
                         ("tag:reg|", "regret"), ("in:my|", "my secrets")):  # fmt: skip
        assert secret in labels(bob, text)
        assert secret not in labels(alice, text)


def test_what_only_stands_on_trashed_memes_is_not_offered(shelf: None, alice: User) -> None:
    Meme.objects.update(state=Meme.State.TRASHED)
    assert [labels(alice, text) for text in ("by:|", "source:|", "tag:|", "community:|")] == [[]] * 4


def test_strangers_are_offered_nothing_unless_the_library_is_public(shelf: None, settings: Any) -> None:
    stranger = AnonymousUser()
    texts = ("by:|", "source:|", "tag:|", "in:|", "community:|")
    assert [labels(stranger, text) for text in texts] == [[]] * 5
    settings.PUBLIC_LIBRARY = True
    assert all(labels(stranger, text) for text in texts)
    assert labels(stranger, "in:|") == ["bob/memorable"]


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("so|", "source:"),
        ("so|urce:x cats", "source:x cats"),
        ('cats community:"cats of| sort:new', 'cats community:"cats of space" sort:new'),
        ('community:"cats of|" sort:new', 'community:"cats of space" sort:new'),
        ("by:tin|", 'by:"tin whistle"'),
        ("by:bob,te|", "by:bob,tealeaf"),
    ],
)
def test_a_suggestion_taken_is_a_query(shelf: None, alice: User, text: str, box: str) -> None:
    assert chosen(alice, text) == box
    parse(box)


@pytest.mark.parametrize("text", ["so|", "source:c|", "by:t|", "by:|", "community:c|", "tag:r|", "in:m|"])
def test_a_suggestion_costs_one_question_to_the_database(
    shelf: None, alice: User, text: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(1):
        assert offered(alice, text)


def test_a_source_is_known_by_its_first_sighting_not_by_a_walk_through_all(alice: User) -> None:
    """The one that was read last has its sightings at the end of the table."""
    for number, memes in enumerate((rows(1800), rows(200, start=1800))):
        source = Source.objects.create(kind=Source.Kind.FEED, name=f"Feed {number}", root=str(number))
        Sighting.objects.bulk_create(Sighting(meme=meme, source=source, locator=str(meme.pk)) for meme in memes)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        cursor.execute("ANALYZE search_sighting, search_meme")
        assert [suggestion.label for suggestion in offered(alice, "source:f|")] == ["Feed 0", "Feed 1"]
        cursor.execute("EXPLAIN " + asked[-1]["sql"])
        plan = str(cursor.fetchall())
    assert "using sighting_once" in plan
    assert "Seq Scan on search_sighting" not in plan


def test_no_more_are_offered_than_can_be_read(alice: User) -> None:
    source = Source.objects.create(kind=Source.Kind.FEED, name="Feed", root="f")
    for number, meme in enumerate(rows(MOST + 5)):
        post(meme, source, f"author {number:02}", f"community {number:02}")
        Collection.objects.create(owner=alice, name=f"collection {number:02}")
    for text in ("by:a|", "community:c|", "in:c|"):
        assert len(offered(alice, text)) == MOST


@pytest.mark.parametrize(
    "text", ["by:%|", "by:_|", 'by:"\\|', "tag:'|", "in:/|", "by:" + "x" * 3000 + "|", "by:\x00|", "by:\ud800|"]
)
def test_strange_beginnings_find_nothing_and_break_nothing(shelf: None, alice: User, text: str) -> None:
    assert offered(alice, text) == []
