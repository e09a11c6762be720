"""Memes as the API writes them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.request import Request
from rest_framework.serializers import ModelSerializer, Serializer
from rest_framework.test import APIRequestFactory

from search.models import Sighting, Source
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
