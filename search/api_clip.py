"""The protocol of clip-retrieval's service, for its Python client: https://github.com/rom1504/clip-retrieval."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from search import addresses, conditions, fetched_pictures, neighbours, pictures
from search.api_foreign import (
    LONGEST_TEXT,
    MOST_ASKED,
    MOST_BYTES,
    ForeignView,
    picture_term,
    text_term,
    vector_term,
)
from search.directions import NothingToCompare
from search.neighbours import AnyUser, Neighbour
from search.query.forms import MOST_DIMS
from search.sidecar import terms as wire

INDEX = "memes"  # there is one


class KnnSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_null=True, allow_blank=True, trim_whitespace=False
    )
    image = serializers.CharField(max_length=MOST_BYTES, required=False, allow_null=True, trim_whitespace=False)
    image_url = serializers.RegexField(r"^https?://[^\s]{1,1500}$", required=False, allow_null=True)
    embedding_input = serializers.ListField(
        child=serializers.FloatField(), max_length=MOST_DIMS, required=False, allow_null=True
    )
    modality = serializers.ChoiceField(["image", "text"], required=False)
    indice_name = serializers.ChoiceField([INDEX], required=False, allow_null=True)
    num_images = serializers.IntegerField(min_value=1, max_value=MOST_ASKED)
    num_result_ids = serializers.IntegerField(min_value=1, max_value=MOST_ASKED, required=False)
    deduplicate = serializers.BooleanField(required=False, default=False)
    use_safety_model = serializers.BooleanField(required=False, default=False)


class Indices(ForeignView):
    switch = "MSE_CLIP_RETRIEVAL_API"

    def get(self, request: Request) -> Response:
        return Response([INDEX])


class Knn(ForeignView):
    switch = "MSE_CLIP_RETRIEVAL_API"

    def post(self, request: Request) -> Response:
        serializer = KnnSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        asked = serializer.validated_data
        memes = conditions.listed_for(request.user)
        if asked["use_safety_model"]:
            memes = memes.filter(is_nsfw=False)
        count = asked.get("num_result_ids", asked["num_images"])
        found = neighbours.neighbours(memes, [_term(request.user, asked)], count, is_deduplicated=asked["deduplicate"])
        told = asked["num_images"]
        return Response([_result(request, one, is_told=place < told) for place, one in enumerate(found)])


def _term(user: AnyUser, asked: dict[str, Any]) -> wire.Term:
    """The first thing that is given. Raises ValidationError, NothingToCompare, BadMedia."""
    if (text := asked.get("text")) and text.strip():
        return text_term(text)
    if image := asked.get("image"):
        return picture_term("image", image)
    if address := asked.get("image_url"):
        return wire.PictureTerm(_fetched(user, address))
    if (numbers := asked.get("embedding_input")) is not None:
        return vector_term("embedding_input", numbers)
    raise ValidationError("Say what to look for: text, image, image_url or embedding_input.")


def _fetched(user: AnyUser, address: str) -> bytes:
    try:
        return pictures.data(fetched_pictures.keep(address, user))
    except fetched_pictures.NotFetched as error:
        raise NothingToCompare(str(error)) from error


def _result(request: Request, found: Neighbour, *, is_told: bool) -> dict[str, Any]:
    """What is behind the first `num_images` is its number alone."""
    meme, known = found.meme, {"id": found.meme.pk, "similarity": found.similarity}
    if not is_told:
        return known
    url = meme.remote_url or request.build_absolute_uri(addresses.of_media(meme.pk, meme.sha256, "original"))
    facts = {"url": url, "caption": meme.title or meme.text, "width": meme.width, "height": meme.height}
    return {**facts, **known}
