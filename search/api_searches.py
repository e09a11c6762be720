"""What people search with, over HTTP: suggestions, pictures, saved searches, history, surprises."""

from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from search import api_posts, fetched_pictures, history, pictures, query, saved, suggestions, surprises
from search.api_posts import TakesFiles
from search.models import PastSearch, SavedSearch
from search.serializers import MemeSerializer

MOST_AVOIDED = 200


def person(request: Request) -> User:
    assert isinstance(request.user, User)  # the permission let nobody else through
    return request.user


class SuggestSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(default="", allow_blank=True, trim_whitespace=False)
    cursor = serializers.IntegerField(
        required=False, min_value=0, help_text="before this character; the end if left out"
    )


class SuggestionSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="takes the place of the characters from `start` to `end`")
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    label = serializers.CharField(help_text="for people")  # type: ignore[assignment]  # a field's own name in the stubs
    help = serializers.CharField(allow_blank=True)


class SuggestionsSerializer(serializers.Serializer[Any]):
    suggestions = SuggestionSerializer(many=True)


class Suggestions(APIView):
    @extend_schema(
        operation_id="suggestions",
        summary="What may be meant by what stands before the cursor",
        parameters=[SuggestSerializer],
        responses=SuggestionsSerializer,
    )
    def get(self, request: Request) -> Response:
        asked = SuggestSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        text = asked.validated_data["q"]
        found = suggestions.suggest(request.user, text, asked.validated_data.get("cursor", len(text)))
        return Response({"suggestions": [asdict(one) for one in found]})


class HandedOverSerializer(serializers.Serializer[Any]):
    """A picture to search with: the file itself or, where the site fetches them, its address."""

    file = serializers.FileField(required=False, allow_empty_file=True)
    address = serializers.URLField(required=False, max_length=1500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Send a file or an address.")
        return attrs


class KeptPictureSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    term = serializers.CharField(help_text="how it stands in a query")
    preview = serializers.URLField()


class Pictures(TakesFiles):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="pictures_keep",
        summary="Hand over a picture to search with",
        description="It does not become a meme. The same picture has the same token.",
        request=HandedOverSerializer,
        responses={201: KeptPictureSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = HandedOverSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        token = _kept(request, asked.validated_data)
        preview = request.build_absolute_uri(reverse("picture-preview", args=[token]))
        return Response({"token": token, "term": f"picture:{token}", "preview": preview}, status=201)


def _kept(request: Request, given: dict[str, Any]) -> str:
    if "file" in given:
        return pictures.keep(given["file"])
    try:
        return fetched_pictures.keep(given["address"], request.user)
    except fetched_pictures.NotFetched as error:
        raise serializers.ValidationError({"address": [str(error)]}) from error


class SavedSearchSerializer(serializers.ModelSerializer[SavedSearch]):
    url = serializers.HyperlinkedIdentityField(view_name="api-saved-search")

    class Meta:
        model = SavedSearch
        fields = ("id", "url", "name", "query", "created_at")
        read_only_fields = fields


class SaveSerializer(serializers.Serializer[Any]):
    query = serializers.CharField(trim_whitespace=False, help_text="as it is typed; an embedding as `vector:…`")
    name = serializers.CharField(default="", allow_blank=True, max_length=saved.NAME_LENGTH)


class RenameSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=saved.NAME_LENGTH)


class LatestFirst(LimitOffsetPagination):
    default_limit = 100
    max_limit = 200


class SavedSearches(generics.ListAPIView[SavedSearch]):
    queryset = SavedSearch.objects.none()
    serializer_class = SavedSearchSerializer
    pagination_class = LatestFirst
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> QuerySet[SavedSearch]:
        return saved.of(person(self.request))

    @extend_schema(operation_id="searches_list", summary="Your saved searches, the latest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="searches_save",
        summary="Save a search",
        description="201 when it is new. Without a name, 200 when this query is saved already.",
        request=SaveSerializer,
        responses={200: SavedSearchSerializer, 201: SavedSearchSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = SaveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            search, is_new = saved.keep(person(request), asked.validated_data["query"], asked.validated_data["name"])
        except saved.NameTaken as error:
            raise serializers.ValidationError({"name": [str(error)]}) from error
        shown = SavedSearchSerializer(search, context={"request": request}).data
        return api_posts.kept(shown, is_new=is_new)


class SavedSearchDetail(generics.RetrieveAPIView[SavedSearch]):
    queryset = SavedSearch.objects.none()
    serializer_class = SavedSearchSerializer
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> QuerySet[SavedSearch]:
        return saved.of(person(self.request))

    @extend_schema(operation_id="searches_read", summary="One saved search")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="searches_rename", summary="Give it another name", request=RenameSerializer,
        responses=SavedSearchSerializer,
    )  # fmt: skip
    def patch(self, request: Request, pk: int) -> Response:
        search = get_object_or_404(self.get_queryset(), pk=pk)
        asked = RenameSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            saved.rename(search, asked.validated_data["name"])
        except saved.NameTaken as error:
            raise serializers.ValidationError({"name": [str(error)]}) from error
        return Response(SavedSearchSerializer(search, context={"request": request}).data)

    @extend_schema(operation_id="searches_delete", summary="Delete it", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        get_object_or_404(self.get_queryset(), pk=pk).delete()
        return Response(status=204)


class PastSearchSerializer(serializers.ModelSerializer[PastSearch]):
    class Meta:
        model = PastSearch
        fields = ("id", "query", "searched_at")
        read_only_fields = fields


class RememberSerializer(serializers.Serializer[Any]):
    query = serializers.CharField(trim_whitespace=False, max_length=query.MAX_LENGTH)


class History(generics.ListAPIView[PastSearch]):
    queryset = PastSearch.objects.none()
    serializer_class = PastSearchSerializer
    pagination_class = LatestFirst
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> QuerySet[PastSearch]:
        return history.recent(person(self.request))

    @extend_schema(operation_id="history_list", summary="What you searched for lately, the latest first")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="history_remember",
        summary="Note a search that was made",
        description="Searches through the API are not noted by themselves. Asked again, one becomes the latest.",
        request=RememberSerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        asked = RememberSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        history.remember(person(request), asked.validated_data["query"])
        return Response(status=204)

    @extend_schema(operation_id="history_clear", summary="Forget all of it", responses={204: None})
    def delete(self, request: Request) -> Response:
        history.forget(person(request))
        return Response(status=204)


class PastSearchDetail(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="history_forget", summary="Forget one search", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        get_object_or_404(history.recent(person(request)), pk=pk)
        history.forget(person(request), pk)
        return Response(status=204)


class SurprisedSerializer(serializers.Serializer[Any]):
    avoid = serializers.ListField(
        child=serializers.IntegerField(), default=list, max_length=MOST_AVOIDED, help_text="memes that came lately"
    )


class SurpriseSerializer(serializers.Serializer[Any]):
    meme = MemeSerializer()
    query = serializers.CharField(help_text="finds its neighbourhood")


class Surprise(APIView):
    @extend_schema(
        operation_id="surprise", summary="Any meme, and the search for what is like it",
        parameters=[SurprisedSerializer], responses=SurpriseSerializer,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = SurprisedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        meme = surprises.pick(request.user, asked.validated_data["avoid"])
        if meme is None:
            raise NotFound("There is nothing here yet that could be compared.")
        shown = {"meme": meme, "query": f"like:{meme.pk}"}
        return Response(SurpriseSerializer(shown, context={"request": request}).data)
