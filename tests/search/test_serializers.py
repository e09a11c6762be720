"""Memes as the API writes them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.request import Request
from rest_framework.serializers import ModelSerializer, Serializer
from rest_framework.test import APIRequestFactory

from search import parts, retrieval
from search.models import Sighting, Source
from search.query import parse
from search.retrieval import Hit
from search.serializers import HitSerializer, MemeDetailSerializer, MemeSerializer
from search.words import Match
from tests.search.asking import rows

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture
def context() -> dict[str, Request]:
    return {"request": Request(APIRequestFactory().get("/api/v1/memes"))}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("serializer", [MemeSerializer, MemeDetailSerializer])
def test_what_is_written_is_what_the_fields_declare(
    serializer: type[MemeSerializer], zone: str, settings: Any, context: dict[str, Request], alice: User
) -> None:
    settings.TIME_ZONE = zone
    source = Source.objects.create(kind="reddit", name="r/memes")
    full = {"derived_at": MOMENT, "text_read_at": MOMENT, "has_preview": True, "text": "so so", "color": "#102030"}
    for meme in (*rows(1), *rows(1, alice, start=1, added_by=alice, **full)):
        Sighting.objects.create(meme=meme, source=source, locator=str(meme.pk), title="seen", posted_at=MOMENT)
        meme.refresh_from_db()
        writer = serializer(meme, context=context)
        declared = ModelSerializer.to_representation(writer, meme)
        assert list(writer.data.items()) == list(declared.items())


@pytest.mark.parametrize(
    "why",
    [
        {},
        {
            "similarity": 0.25,
            "match": Match("a <mark>cat</mark>", "title", True),
            "tastes": {"useful": 0.5},
            "alike": 2,
        },
    ],
)
def test_what_is_written_of_a_hit_is_what_the_fields_declare(why: dict[str, Any], context: dict[str, Request]) -> None:
    (meme,) = rows(1)
    writer = HitSerializer(Hit(meme, position=3, **why), context=context)
    assert list(writer.data.items()) == list(Serializer.to_representation(writer, writer.instance).items())


def test_a_client_gets_the_parts_it_asks_for_and_nothing_else(context: dict[str, Request]) -> None:
    (meme,) = rows(1)
    hit = Hit(meme, similarity=0.25, position=3)
    whole = HitSerializer(hit, context=context).data
    wanted = parts.read("position, score,meme.title,meme.thumbnail")
    some = HitSerializer(hit, context={**context, "parts": wanted}).data
    assert some == {"meme": {"title": meme.title, "thumbnail": None}, "score": 0.25, "position": 3}
    for name in (*parts.OF_HIT, *(f"meme.{name}" for name in parts.OF_MEME)):
        written = HitSerializer(hit, context={**context, "parts": parts.read(name)}).data
        of_hit, dot, of_meme = name.partition(".")
        assert written == {of_hit: {of_meme: whole["meme"][of_meme]} if dot else whole[of_hit]}


@pytest.mark.parametrize("name", parts.OF_MEME)
def test_what_is_looked_up_is_all_that_a_part_takes(
    name: str, alice: User, context: dict[str, Request], django_assert_num_queries: Any
) -> None:
    rows(1, added_by=alice, derived_at=MOMENT, has_preview=True)
    wanted = parts.read(f"meme.{name}")
    taken = {"added_by": 3, "id": 1, "url": 1, "page": 1}  # the list, what of it is shown, who added it
    with django_assert_num_queries(taken.get(name, 2)):
        (hit,) = retrieval.search(alice, parse(""), detail=wanted.detail()).hits
        assert hit.meme.get_deferred_fields()
        assert set(HitSerializer(hit, context={**context, "parts": wanted}).data["meme"]) == {name}
