"""Sources over HTTP, for curators: the same functions as the pages, as JSON. To others they are not there."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError
from rest_framework.views import APIView

from ingestion import listing, subscriptions, tasks, trying
from ingestion.crawlers.base import SourceGone
from ingestion.models import Crawl, FailedFind
from ingestion.serializers import (
    AskedSerializer,
    CrawlSerializer,
    FailureSerializer,
    SourceSerializer,
    TrialSerializer,
    WantedSourceSerializer,
)
from search.curators import is_curator
from search.models import Source


class ForCurators(IsAuthenticated):
    def has_permission(self, request: Request, view: APIView) -> bool:
        if not super().has_permission(request, view):
            return False
        if not is_curator(request.user):
            raise Http404
        return True


class LatestFirst(CursorPagination):
    ordering = "-pk"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


def person(request: Request) -> User:
    assert isinstance(request.user, User)  # strangers were sent away
    return request.user


def source_of(pk: int) -> Source:
    return get_object_or_404(listing.sources(), pk=pk)


def shown(pk: int) -> dict[str, Any]:
    (line,) = listing.lines(listing.sources().filter(pk=pk))
    return dict(SourceSerializer(line).data)


def asked(request: Request) -> WantedSourceSerializer:
    wanted = WantedSourceSerializer(data=request.data)
    wanted.is_valid(raise_exception=True)
    return wanted


class Sources(APIView):
    permission_classes = [ForCurators]

    @extend_schema(operation_id="sources_list", summary="All sources", responses=SourceSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response([SourceSerializer(line).data for line in listing.lines()])

    @extend_schema(
        operation_id="sources_add", summary="Add a source", request=WantedSourceSerializer, responses={201: SourceSerializer},
        description="It is read for the first time as soon as a worker is free.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        form = asked(request).as_form()
        try:
            source = subscriptions.add(form.wanted(), person(request))
        except subscriptions.AlreadyThere as error:
            raise ValidationError({"non_field_errors": [str(error)]}) from error
        tasks.ask(source, person(request))
        return Response(shown(source.pk), status=201)


class SourceDetail(APIView):
    permission_classes = [ForCurators]

    @extend_schema(operation_id="sources_read", summary="One source", responses=SourceSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shown(source_of(pk).pk))

    @extend_schema(
        operation_id="sources_change", summary="Change, pause or resume it", request=WantedSourceSerializer,
        responses=SourceSerializer,
    )  # fmt: skip
    def patch(self, request: Request, pk: int) -> Response:
        source, wanted = source_of(pk), asked(request)
        is_paused = wanted.validated_data.pop("is_paused", None)
        if wanted.validated_data:
            try:
                subscriptions.change(source, wanted.as_form(source).wanted())
            except subscriptions.AlreadyThere as error:
                raise ValidationError({"non_field_errors": [str(error)]}) from error
        if is_paused is not None:
            (subscriptions.pause if is_paused else subscriptions.resume)(source)
        return Response(shown(pk))

    @extend_schema(
        operation_id="sources_remove", summary="Remove it", responses={204: None}, description="Its memes stay."
    )
    def delete(self, request: Request, pk: int) -> Response:
        subscriptions.remove(source_of(pk))
        return Response(status=204)


class Try(APIView):
    permission_classes = [ForCurators]

    @extend_schema(
        operation_id="sources_try", summary="What a source would give", request=WantedSourceSerializer,
        responses=TrialSerializer, description="Its first finds; nothing is kept.",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        wanted = asked(request).as_form().wanted()
        try:
            finds, problem = trying.first_finds(wanted.kind, wanted.root, wanted.options), ""
        except SourceGone as error:
            finds, problem = [], str(error)
        return Response(TrialSerializer({"finds": finds, "problem": problem}).data)


class CrawlNow(APIView):
    permission_classes = [ForCurators]

    @extend_schema(operation_id="sources_crawl", summary="Read it now", request=None, responses={202: AskedSerializer})
    def post(self, request: Request, pk: int) -> Response:
        return Response({"is_asked": tasks.ask(source_of(pk), person(request))}, status=202)


class Failures(generics.ListAPIView[FailedFind]):
    queryset = FailedFind.objects.none()
    serializer_class = FailureSerializer
    pagination_class = LatestFirst
    permission_classes = [ForCurators]

    def get_queryset(self) -> QuerySet[FailedFind]:
        return FailedFind.objects.filter(source=source_of(self.kwargs["pk"]))

    @extend_schema(operation_id="sources_failures", summary="What could not be taken in")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(operation_id="sources_retry", summary="Try all of it again", responses={202: AskedSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        source = source_of(pk)
        subscriptions.forget_failures(FailedFind.objects.filter(source=source))
        return Response({"is_asked": tasks.ask(source, person(request))}, status=202)


class Crawls(generics.ListAPIView[Crawl]):
    queryset = Crawl.objects.none()
    serializer_class = CrawlSerializer
    pagination_class = LatestFirst
    permission_classes = [ForCurators]

    def get_queryset(self) -> QuerySet[Crawl]:
        wanted = Crawl.objects.select_related("started_by")
        source = self.request.query_params.get("source", "")
        if source:
            return wanted.filter(source=int(source)) if source.isdecimal() and len(source) < 19 else wanted.none()
        return wanted

    @extend_schema(
        operation_id="crawls_list", summary="Runs of all sources, the latest first",
        parameters=[OpenApiParameter("source", int, description="of this one alone")],
    )  # fmt: skip
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
