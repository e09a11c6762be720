"""The library over HTTP: the same functions as the pages, as JSON."""

from dataclasses import asdict
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Prefetch, prefetch_related_objects
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from search import api_posts, indexing, library, query, retrieval, tasks
from search.api_posts import TakesFiles
from search.models import Meme, MemeQuerySet, Sighting
from search.parts import Parts
from search.serializers import (
    MAX_PAGE_SIZE,
    MemeDetailSerializer,
    MemeSerializer,
    ResultsSerializer,
    SearchSerializer,
    SimilarSerializer,
    StatusSerializer,
    UploadSerializer,
)
from search.sidecar.terms import SidecarAway

# It keeps nothing of what it reads; its fields would be copied anew for each request.
ASKED = SearchSerializer()


def as_shown(memes: MemeQuerySet) -> MemeQuerySet:
    return memes.select_related("added_by").defer("text_boxes", "words")


def visible_to(request: Request) -> MemeQuerySet:
    return as_shown(Meme.objects.visible_to(request.user))


class NewestFirst(CursorPagination):
    ordering = "-pk"
    page_size = retrieval.PAGE_SIZE
    page_size_query_param = "limit"
    max_page_size = MAX_PAGE_SIZE


class Memes(TakesFiles, generics.ListAPIView[Meme]):
    queryset = Meme.objects.none()
    serializer_class = MemeSerializer
    pagination_class = NewestFirst
    parser_classes = [MultiPartParser]

    def get_queryset(self) -> MemeQuerySet:
        return as_shown(Meme.objects.listed_for(self.request.user))

    @extend_schema(operation_id="memes_list", summary="The newest memes", description="")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="memes_upload",
        summary="Add a picture or clip",
        description="201 when it is new, 200 when these bytes are there already. It can be found seconds later.",
        request=UploadSerializer,
        responses={200: MemeSerializer, 201: MemeSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = UploadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        assert isinstance(request.user, User)  # strangers may only read
        file, is_private = asked.validated_data["file"], asked.validated_data["private"]
        added = library.add_upload(
            file, file.size, filename=file.name, user=request.user, is_private=is_private,
            anyway=asked.validated_data["anyway"],
        )  # fmt: skip
        tasks.nudge()
        shown = MemeSerializer(added.meme, context={"request": request}).data
        return api_posts.kept(shown, is_new=added.is_new)


class MemeDetail(generics.RetrieveAPIView[Meme]):
    queryset = Meme.objects.none()
    serializer_class = MemeDetailSerializer

    def get_queryset(self) -> MemeQuerySet:
        sightings = Sighting.objects.select_related("source").order_by("pk")
        return visible_to(self.request).prefetch_related(Prefetch("sightings", sightings))

    @extend_schema(operation_id="memes_read", summary="One meme, with where it was seen", description="")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


def answer(request: Request, found: retrieval.Results, wanted: Parts) -> Response:
    if wanted.of_meme is None or "added_by" in wanted.of_meme:
        prefetch_related_objects([hit.meme for hit in found.hits if hit.meme.added_by_id], "added_by")
    shown = ResultsSerializer(context={"request": request, "parts": wanted})
    return Response(shown.to_representation(found))


class Similar(APIView):
    @extend_schema(
        operation_id="memes_similar",
        summary="Memes that look or mean alike",
        parameters=[SimilarSerializer],
        responses=ResultsSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        meme = get_object_or_404(visible_to(request), pk=pk)
        asked = SimilarSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data["fields"]
        found = retrieval.similar(request.user, meme, limit=asked.validated_data["limit"], detail=wanted.detail())
        return answer(request, found, wanted)


class Search(APIView):
    @extend_schema(
        operation_id="search",
        summary="Search, as the box on the first page does",
        parameters=[SearchSerializer],
        responses=ResultsSerializer,
    )
    def get(self, request: Request) -> Response:
        return self._found(request, request.query_params)

    @extend_schema(
        operation_id="search_long",
        summary="The same, for what does not fit into an address: its first line has 8,190 bytes at most",
        request=SearchSerializer,
        responses=ResultsSerializer,
    )
    def post(self, request: Request) -> Response:
        return self._found(request, request.data)

    def _found(self, request: Request, given: Any) -> Response:
        asked = ASKED.run_validation(given)
        wanted = query.from_pairs(asked["q"], asked["e"])
        page = {name: asked[name] for name in ("offset", "limit", "key", "alike")}
        shown = asked["fields"]
        return answer(request, retrieval.search(request.user, wanted, **page, detail=shown.detail()), shown)


class Status(APIView):
    @extend_schema(
        operation_id="status", summary="How far the library is, and what answers searches", responses=StatusSerializer
    )
    def get(self, request: Request) -> Response:
        progress = indexing.progress(Meme.objects.visible_to(request.user))
        shown = {
            "progress": {**asdict(progress), "is_complete": progress.is_complete()},
            "encoder": progress.space,
            "building": progress.building,
            "sidecar": _sidecar() if request.user.is_staff else {**_sidecar(), "memes": None, "vectors": None},
        }
        return Response(StatusSerializer(shown).data)


def _sidecar() -> dict[str, Any]:
    try:
        return asdict(retrieval.sidecar().health())
    except SidecarAway:
        note = "The search index does not answer: results are right, but slower."
        return {"state": "away", "memes": 0, "vectors": 0, "loading": None, "lag_s": None, "note": note}
