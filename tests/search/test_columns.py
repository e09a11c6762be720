"""Memes of which some columns were read: what they are, what is read of them later, and when nobody asks twice."""

from collections.abc import Sequence

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from search import columns, retrieval
from search.columns import Columns
from search.hits import Detail
from search.models import Meme
from search.query import parse
from tests.search.asking import rows

SHOWN = ("sha256", "private_to", "title", "derived_at", "is_nsfw")


@pytest.mark.django_db
def test_a_meme_from_a_row_is_the_one_that_django_makes(alice: User) -> None:
    (true,) = rows(1, alice, text="two cats")
    made = read(Columns(SHOWN), true.pk)
    theirs = Meme.objects.only(*SHOWN).get(pk=true.pk)
    assert made == theirs
    assert made.get_deferred_fields() == theirs.get_deferred_fields()
    assert [getattr(made, name) for name in SHOWN] == [getattr(theirs, name) for name in SHOWN]
    assert made.text == "two cats"  # read when it is asked for
    made.title = "renamed"
    made.save()
    assert Meme.objects.get().title == "renamed"


@pytest.mark.parametrize(
    ("names", "is_read"),
    [(("sha256", "remote_url"), True), (("sha256", "text"), False), (SHOWN, False), ((), False), (None, False)],
)
def test_little_is_read_on_the_way_and_much_is_not(names: Sequence[str] | None, is_read: bool) -> None:
    assert (columns.on_the_way(names) is not None) == is_read


def test_what_was_read_on_the_way_is_what_is_asked_for_otherwise(backend: str, alice: User) -> None:
    wanted = parse("blue -type:video")
    on_the_way = retrieval.search(alice, wanted, detail=Detail(("sha256", "kind"), has_match=False)).hits
    whole = retrieval.search(alice, wanted).hits
    assert [(hit.meme, hit.meme.sha256, hit.meme.kind, hit.similarity) for hit in on_the_way] == [
        (hit.meme, hit.meme.sha256, hit.meme.kind, hit.similarity) for hit in whole
    ]
    assert len(whole) == 9


def test_pages_of_numbers_and_hashes_take_one_question_of_memes(
    backend: str, alice: User, alice_client: Client
) -> None:
    parts: dict[str, str | int] = {"q": "cold water", "fields": "meme.id,meme.original", "limit": 4}
    alice_client.get("/api/v1/search", parts)
    with CaptureQueriesContext(connection) as asked:
        first = alice_client.get("/api/v1/search", parts).json()
    of_hashes = [query for query in asked.captured_queries if "sha256" in query["sql"]]
    assert len(of_hashes) == 1
    assert len(first["results"]) == 4
    later = {**parts, "offset": first["next_offset"], "key": first["key"]}
    rest = alice_client.get("/api/v1/search", later).json()["results"]
    assert len(rest) == 4
    Meme.objects.filter(pk=rest[0]["meme"]["id"]).update(private_to=User.objects.create_user("carol"))
    seen = [hit["meme"]["id"] for hit in alice_client.get("/api/v1/search", later).json()["results"]]
    assert rest[0]["meme"]["id"] not in seen


def read(wanted: Columns, pk: int) -> Meme:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {wanted.as_sql()} FROM search_meme WHERE id = %s", [pk])
        return wanted.meme(cursor.fetchone())
