"""Long work over HTTP: what is going on and what has ended, to curators; to others what they have started themselves."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import APIException, NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from search import job_kinds, job_rows
from search.api_searches import person
from search.curators import is_curator
from search.job_lines import Line, line
from search.models import Job, JobQuerySet


class JobSerializer(serializers.ModelSerializer[Job]):
    """`kind` is its name in programs, `label` and `about` are for people. `total`, `percent`, `rate` and `left_s` are null
    while nobody can tell."""

    label = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field's own name in the stubs
    unit = serializers.SerializerMethodField(help_text="what is counted")
    started_by = serializers.CharField(source="started_by.username", read_only=True, default=None, allow_null=True)
    total = serializers.IntegerField(source="most", read_only=True, allow_null=True)
    percent = serializers.IntegerField(read_only=True, allow_null=True)
    left_s = serializers.FloatField(read_only=True, allow_null=True, help_text="seconds, at the rate of lately")
    may_cancel = serializers.SerializerMethodField()
    may_retry = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id", "kind", "label", "key", "about", "started_by", "state", "done", "total", "unit", "percent", "rate", "left_s",
            "result", "error", "started_at", "heartbeat_at", "finished_at", "cancel_asked_at", "may_cancel", "may_retry",
        )  # fmt: skip
        read_only_fields = fields

    def _line(self, job: Job) -> Line:
        return line(job, curates=bool(self.context["curates"]))

    def get_label(self, job: Job) -> str:
        return job_kinds.kind_of(job).label

    def get_unit(self, job: Job) -> str:
        return job_kinds.kind_of(job).unit

    def get_may_cancel(self, job: Job) -> bool:
        return self._line(job).may_cancel

    def get_may_retry(self, job: Job) -> bool:
        return self._line(job).may_retry


class AskedForSerializer(serializers.Serializer[Any]):
    is_asked = serializers.BooleanField(help_text="whether a worker could be told")


class LatestFirst(CursorPagination):
    ordering = "-pk"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


class NotNow(APIException):
    status_code = 409
    default_detail = "It has ended, or is being stopped."


def visible_to(request: Request) -> JobQuerySet:
    job_rows.expire()
    return Job.objects.visible_to(request.user)


def shown(request: Request, job: Job) -> Response:
    return Response(JobSerializer(job, context={"curates": is_curator(request.user)}).data)


class Jobs(generics.ListAPIView[Job]):
    queryset = Job.objects.none()
    serializer_class = JobSerializer
    pagination_class = LatestFirst
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> QuerySet[Job]:
        seen = visible_to(self.request).select_related("started_by")
        return seen.going_on() if self.request.query_params.get("going_on") else seen

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "curates": is_curator(self.request.user)}

    @extend_schema(
        operation_id="jobs_list", summary="Long work, the latest first",
        parameters=[OpenApiParameter("going_on", bool, description="only what has not ended, with any value")],
    )  # fmt: skip
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class JobDetail(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="jobs_read", summary="One job", responses=JobSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return shown(request, get_object_or_404(visible_to(request), pk=pk))


class Cancel(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="jobs_cancel", summary="Stop it", request=None, responses={202: JobSerializer},
        description="It stops at its next step. 409 when it has ended; 404 also for what looks for work by itself.",
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        job = get_object_or_404(visible_to(request), pk=pk)
        if not job_kinds.kind_of(job).may_cancel:
            raise NotFound
        if not job_rows.cancel(job):
            raise NotNow
        job.refresh_from_db()
        answer = shown(request, job)
        answer.status_code = 202
        return answer


class Retry(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="jobs_retry", summary="Do it again", request=None, responses={202: AskedForSerializer},
        description="For curators, and for what failed, was stopped or was lost.",
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        job = get_object_or_404(visible_to(request), pk=pk)
        if not line(job, curates=is_curator(request.user)).may_retry:
            raise NotFound
        return Response({"is_asked": job_kinds.retry(job, person(request))}, status=202)
