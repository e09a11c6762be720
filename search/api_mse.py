"""The protocol of Meme Search Engine's backend, for its own frontend: https://github.com/osmarks/meme-search-engine."""

import math
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from search import addresses, conditions, neighbours, spaces
from search.api_foreign import (
    LARGEST_WEIGHT,
    LONGEST_TEXT,
    MOST_ASKED,
    MOST_BYTES,
    ForeignView,
    picture_term,
    text_term,
    vector_term,
)
from search.models import Meme
from search.neighbours import AnyUser, Neighbour
from search.query import MAX_TERMS
from search.query.forms import MOST_DIMS
from search.sidecar import terms as wire
from search.views import media

# The frontend knows its formats by name and takes whatever picture it gets: ours are WebP. Bits count from the first.
FORMATS = ("VIDEO", "jpegl", "jpegh")
VIDEO, SMALL, LARGE = 1, 2, 4
EXTENSIONS = {"jpegl": "webp", "jpegh": "webp"}
DEFAULT_COUNT = 1000


class TermSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_null=True, allow_blank=True, trim_whitespace=False
    )
    image = serializers.CharField(max_length=MOST_BYTES, required=False, allow_null=True, trim_whitespace=False)
    embedding = serializers.ListField(
        child=serializers.FloatField(), max_length=MOST_DIMS, required=False, allow_null=True
    )
    predefined_embedding = serializers.CharField(max_length=200, required=False, allow_null=True)
    weight = serializers.FloatField(
        required=False, allow_null=True, min_value=-LARGEST_WEIGHT, max_value=LARGEST_WEIGHT
    )

    def validate_weight(self, weight: float | None) -> float | None:
        if weight is not None and math.isnan(weight):
            raise serializers.ValidationError("A weight is a number.")
        return weight


class QuerySerializer(serializers.Serializer[Any]):
    terms = serializers.ListField(child=TermSerializer(), max_length=MAX_TERMS)
    k = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MOST_ASKED)
    include_video = serializers.BooleanField(required=False, default=False)
    debug_enabled = serializers.BooleanField(required=False, default=False)


class Backend(ForeignView):
    switch = "MSE_BACKEND_API"

    def get(self, request: Request) -> Response:
        space = spaces.active()
        return Response(
            {
                "n_total": neighbours.count(conditions.listed_for(request.user)),
                "d_emb": space.dims if space else 0,
                "predefined_embedding_names": neighbours.named(request.user) if space else [],
            }
        )

    def post(self, request: Request) -> Response:
        asked = QuerySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        terms = [term for given in asked.validated_data["terms"] for term in _terms(request.user, given)]
        memes = conditions.listed_for(request.user)
        if not asked.validated_data["include_video"]:
            memes = memes.exclude(kind=Meme.Kind.VIDEO)
        found = neighbours.neighbours(memes, terms, asked.validated_data.get("k") or DEFAULT_COUNT) if terms else []
        return Response({"matches": [_match(one) for one in found], "formats": FORMATS, "extensions": EXTENSIONS})


def _terms(user: AnyUser, given: dict[str, Any]) -> list[wire.Term]:
    """One for each thing that is named; the frontend sends terms that are still empty."""
    weight = 1.0 if given.get("weight") is None else given["weight"]
    found: list[wire.Term] = []
    if not weight:
        return found
    if image := given.get("image"):
        found.append(picture_term("image", image, weight))
    if (text := given.get("text")) and text.strip():
        found.append(text_term(text, weight))
    if (embedding := given.get("embedding")) is not None:
        found.append(vector_term("embedding", embedding, weight))
    if name := given.get("predefined_embedding"):
        found.append(neighbours.named_term(user, name, weight))
    return found


def _match(found: Neighbour) -> list[Any]:
    """The hash is the beginning of a thumbnail's name; the last is what the original tells for debugging."""
    meme = found.meme
    path = addresses.of_media(meme.pk, meme.sha256, "original")
    shape = [meme.width, meme.height]
    return [found.similarity, meme.remote_url or path, f"{meme.pk}-{meme.sha256[:8]}", _bits(meme), shape, None]


def _bits(meme: Meme) -> int:
    if meme.kind == Meme.Kind.VIDEO:
        return VIDEO | (LARGE if meme.derived_at else 0)  # its poster
    return (SMALL if meme.derived_at else 0) | (LARGE if meme.has_preview else 0)


class Thumbnail(ForeignView):
    """What a match's hash, a format and its extension make together."""

    switch = "MSE_BACKEND_API"

    def get(self, request: Request, pk: int, version: str, size: str) -> HttpResponseBase:
        meme = get_object_or_404(Meme.objects.visible_to(request.user), pk=pk)
        variant = "preview" if size == "jpegh" and meme.has_preview else "thumbnail"
        return media.media(request._request, pk, version, variant)
