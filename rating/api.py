"""Rating over HTTP: the same functions as the pages, as JSON. Everybody asks for, sees and exports their own alone."""

from collections.abc import Mapping
from typing import TypeVar

from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rating import asking, comparisons, exchange, intake, leases, progress, proposals, tasks
from rating.asking import Mode
from rating.comparisons import Refused, Sent
from rating.models import Axis
from rating.pairs import Asked
from rating.pool import Pool
from rating.records import lines_of
from rating.serializers import (
    AnswerSerializer,
    AxisSerializer,
    ChoiceSerializer,
    ExportSerializer,
    ImportedSerializer,
    ImportSerializer,
    QuestionsSerializer,
    TabSerializer,
    TakenSerializer,
    UndoneSerializer,
    UndoSerializer,
    WantedSerializer,
    as_mode,
    as_question,
)
from search.api_posts import read

Value = TypeVar("Value")
MOST_IMPORTED_BYTES = 10_000_000  # twenty thousand answers: somebody waits for them
TOO_MUCH = (
    f"At most {MOST_IMPORTED_BYTES // 1_000_000} MB are taken at once, about twenty thousand answers: cut the file between two "
    "lines and hand over one part after the other, in any order."
)


class RatingView(APIView):
    permission_classes = [IsAuthenticated]

    def handle_exception(self, error: Exception) -> Response:
        """What the domain refuses is a problem with its status."""
        if isinstance(error, Refused):
            refusal = APIException(str(error))
            refusal.status_code = error.status
            return super().handle_exception(refusal)
        return super().handle_exception(error)

    @property
    def rater(self) -> User:
        assert isinstance(self.request.user, User)  # strangers were sent away
        return self.request.user


class Axes(RatingView):
    @extend_schema(
        operation_id="rating_axes", summary="The axes that are asked about", responses=AxisSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        return Response(AxisSerializer(Axis.objects.in_use(), many=True).data)

    @extend_schema(
        operation_id="rating_propose_axis",
        summary="Propose an axis; curators add it",
        request=AxisSerializer,
        responses={201: AxisSerializer},
    )
    def post(self, request: Request) -> Response:
        wanted = read(AxisSerializer, request.data)
        try:
            axis = proposals.propose(self.rater, wanted["name"], wanted["question"])
        except proposals.NotProposed as error:
            raise ValidationError({"name": [str(error)]}) from error
        return Response(AxisSerializer(axis).data, status=201)


class Questions(RatingView):
    mode: Mode

    def take(self, request: Request) -> Response:
        wanted = read(WantedSerializer, request.data)
        asked = Asked(Pool(self.rater, wanted["q"].strip()), wanted["policy"], list(Axis.objects.in_use()))
        found = asking.take(asked, self.mode, wanted["tab"], wanted["count"])
        if self.mode == "pairs" and found.candidates:
            tasks.nudge(asked)
        answer = {
            "questions": [as_question(candidate, found.memes) for candidate in found.candidates],
            "counts": progress.counts(self.rater),
            "is_held_elsewhere": found.is_held_elsewhere,
        }
        return Response(QuestionsSerializer(answer).data)


class Pairs(Questions):
    mode = "pairs"

    @extend_schema(
        operation_id="rating_take_pairs",
        summary="The next pairs, held for a tab",
        description="Asked again, the same ones come until they are answered. Fewer than wanted: no more are left.",
        request=WantedSerializer,
        responses=QuestionsSerializer,
    )
    def post(self, request: Request) -> Response:
        return self.take(request)


class Fours(Questions):
    mode = "fours"

    @extend_schema(
        operation_id="rating_take_fours",
        summary="The next fours, held for a tab",
        request=WantedSerializer,
        responses=QuestionsSerializer,
    )
    def post(self, request: Request) -> Response:
        return self.take(request)


class Answers(RatingView):
    @extend_schema(
        operation_id="rating_answer",
        summary="Answer a pair",
        description="All axes or none. 201 when it is new, 200 when this key was there already; 404 when the pair was "
        "not shown to you, 409 when it is answered, 410 when one of the memes is gone.",
        request=AnswerSerializer,
        responses={200: TakenSerializer, 201: TakenSerializer},
    )
    def post(self, request: Request) -> Response:
        given = read(AnswerSerializer, request.data)
        sent = Sent(given["key"], given.get("took_ms"))
        return taken(comparisons.answer(self.rater, given["token"], by_id(given["outcomes"]), sent))


class Choices(RatingView):
    @extend_schema(
        operation_id="rating_choose",
        summary="Pick the best of four",
        request=ChoiceSerializer,
        responses={200: TakenSerializer, 201: TakenSerializer},
    )
    def post(self, request: Request) -> Response:
        given = read(ChoiceSerializer, request.data)
        sent = Sent(given["key"], given.get("took_ms"))
        return taken(comparisons.choose(self.rater, given["token"], by_id(given["best"]), sent))


def taken(is_new: bool) -> Response:
    return Response({"is_new": is_new}, status=201 if is_new else 200)


def by_id(named: Mapping[str, Value]) -> dict[int, Value]:
    """From names of axes to their ids."""
    ids = dict(Axis.objects.in_use().values_list("name", "pk"))
    unknown = [name for name in named if name not in ids]
    if unknown:
        raise ValidationError({"axes": [f"There is no axis called {unknown[0][:40]!r}."]})
    return {ids[name]: value for name, value in named.items()}


class Undo(RatingView):
    @extend_schema(
        operation_id="rating_undo",
        summary="Take an answer back",
        description="The newest, or the one with this key; repeated with a key, nothing more is taken back.",
        request=UndoSerializer,
        responses=UndoneSerializer,
    )
    def post(self, request: Request) -> Response:
        wanted = read(UndoSerializer, request.data)
        undone = comparisons.undo(self.rater, wanted.get("key"), tab=wanted["tab"])
        if undone is None:
            return Response({"key": None, "mode": None, "question": None, "said": {}})
        candidate = undone.candidate
        memes = asking.shown(self.rater, [candidate] if candidate else [])
        is_shown = candidate is not None and set(candidate.meme_ids) <= set(memes)
        names = dict(Axis.objects.values_list("pk", "name"))
        answer = {
            "key": undone.key,
            "mode": as_mode(candidate) if candidate else None,
            "question": as_question(candidate, memes) if candidate and is_shown else None,
            "said": {names[axis]: said for axis, said in undone.said.items()},
        }
        return Response(UndoneSerializer(answer).data)


class Release(RatingView):
    @extend_schema(
        operation_id="rating_release",
        summary="Give back what a tab holds",
        request=TabSerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        leases.release(self.rater, read(TabSerializer, request.data)["tab"])
        return Response(status=204)


class Exchange(RatingView):
    parser_classes = [MultiPartParser, JSONParser]

    @extend_schema(
        operation_id="rating_export",
        summary="Everything you answered: JSON lines, or the pairs as CSV",
        parameters=[ExportSerializer],
        responses={(200, "application/x-ndjson"): OpenApiTypes.STR, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        form = read(ExportSerializer, request.query_params)["form"]
        return export(self.rater, form)

    @extend_schema(
        operation_id="rating_import",
        summary="Bring answers in from elsewhere; safe to repeat",
        request={"multipart/form-data": ImportSerializer},
        responses=ImportedSerializer,
    )
    def post(self, request: Request) -> Response:
        file = read(ImportSerializer, request.data)["file"]
        if file.size > MOST_IMPORTED_BYTES:
            raise ValidationError({"file": [TOO_MUCH]})
        is_csv = file.name.lower().endswith(".csv")
        done = intake.bring_in(self.rater, lines_of(file, is_csv=is_csv), is_csv=is_csv)
        bad = [{"line": line, "reason": reason} for line, reason in done.bad]
        return Response({"added": done.added, "known": done.known, "bad_count": done.bad_count, "bad": bad})


def export(rater: User, form: str) -> StreamingHttpResponse:
    """A download of everything `rater` answered."""
    lines = exchange.as_csv(rater) if form == "csv" else exchange.as_jsonl(rater)
    kind = "text/csv" if form == "csv" else "application/x-ndjson"
    name = f"comparisons-{rater.pk}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines, content_type=f"{kind}; charset=utf-8", headers=headers)
