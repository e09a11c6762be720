"""Curation over HTTP: the same functions as the pages, as JSON. A queue of others is as one that is not there."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rating import tasks
from rating.api import RatingView, taken
from rating.curation import leasing, names, selections, showing, verdicts
from rating.curation.selections import Counted, Selection
from rating.curation.verdicts import Decision, Undone
from rating.curation_serializers import (
    CountedSerializer,
    DecidedSerializer,
    DecideManySerializer,
    ItemsSerializer,
    NamesSerializer,
    OfferedSerializer,
    QueueSerializer,
    SelectionSerializer,
    TakeSerializer,
    UndoneVerdictsSerializer,
    VerdictSerializer,
)
from rating.models import CurationQueue, QueueItem
from rating.serializers import TabSerializer, TakenSerializer, UndoSerializer
from search.api_posts import read


class Queues(RatingView):
    @extend_schema(
        operation_id="curation_queues",
        summary="Your queues, and those of all curators",
        responses=QueueSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        queues = CurationQueue.objects.visible_to(self.rater).exclude(state=CurationQueue.State.CLOSED)
        return Response(QueueSerializer(queues.select_related("axis").order_by("name", "pk"), many=True).data)


class QueueView(RatingView):
    def queue(self, pk: int) -> CurationQueue:
        return get_object_or_404(CurationQueue.objects.visible_to(self.rater).select_related("collection"), pk=pk)


class Items(QueueView):
    @extend_schema(
        operation_id="curation_take",
        summary="The next memes of a queue, held for a tab",
        description="Asked again, the same ones come until they are decided. Nobody else is shown them meanwhile.",
        request=TakeSerializer,
        responses=ItemsSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        queue, wanted = self.queue(pk), read(TakeSerializer, request.data)
        found = leasing.take(queue, self.rater, wanted["tab"], wanted["count"])
        if not found:
            tasks.nudge_queue(queue.pk)
        counts = showing.counts(queue, self.rater)
        answer = {
            "items": showing.shown(queue, self.rater, found),
            "counts": counts,
            "is_held_elsewhere": not found
            and leasing.unskipped(leasing.waiting(queue, self.rater), self.rater).exists(),
        }
        return Response(ItemsSerializer(answer).data)


class Verdicts(RatingView):
    @extend_schema(
        operation_id="curation_decide",
        summary="Keep, reject or skip a meme",
        description="201 when it is new, 200 when this key was there already; 404 when it is in no queue of yours, 409 "
        "when somebody has decided, 410 when the meme is gone.",
        request=VerdictSerializer,
        responses={200: TakenSerializer, 201: TakenSerializer},
    )
    def post(self, request: Request) -> Response:
        given = read(VerdictSerializer, request.data)
        said = Decision(given["outcome"], given["key"], given["name"], given.get("took_ms"))
        return taken(verdicts.decide(self.rater, given["item"], said))


class UndoVerdicts(RatingView):
    @extend_schema(
        operation_id="curation_undo",
        summary="Take a decision back, however many memes it was about",
        description="The newest, or the one with this key; repeated with a key, nothing more is taken back.",
        request=UndoSerializer,
        responses=UndoneVerdictsSerializer,
    )
    def post(self, request: Request) -> Response:
        wanted = read(UndoSerializer, request.data)
        undone = verdicts.undo(self.rater, wanted.get("key"), tab=wanted["tab"])
        if undone is None:
            return Response({"key": None, "queue": None, "outcome": None, "count": 0, "item": None})
        return Response(UndoneVerdictsSerializer(self.told(undone)).data)

    def told(self, undone: Undone) -> dict[str, Any]:
        items = QueueItem.objects.filter(pk__in=undone.items) if len(undone.items) == 1 else []
        found = showing.shown(undone.queue, self.rater, list(items))
        return {
            "key": undone.key,
            "queue": undone.queue.pk,
            "outcome": undone.outcome,
            "count": undone.count,
            "item": next(iter(found), None),
        }


class ReleaseItems(RatingView):
    @extend_schema(
        operation_id="curation_release",
        summary="Give back what a tab holds",
        request=TabSerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        leasing.release(self.rater, read(TabSerializer, request.data)["tab"])
        return Response(status=204)


class Count(QueueView):
    @extend_schema(
        operation_id="curation_count",
        summary="How many wait that match",
        request=SelectionSerializer,
        responses=CountedSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        counted = selections.count(self.queue(pk), self.rater, selection(read(SelectionSerializer, request.data)))
        return Response(CountedSerializer(counted).data)


class DecideMany(QueueView):
    @extend_schema(
        operation_id="curation_decide_many",
        summary="Decide about many at once; undone as one",
        description="Items that were picked, or all that match as they were counted; 409 when more match now.",
        request=DecideManySerializer,
        responses=DecidedSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        queue, given = self.queue(pk), read(DecideManySerializer, request.data)
        said = Decision(given["outcome"], given["key"])
        return Response({"count": selections.decide(queue, self.rater, selection(given), said)})


def selection(given: dict[str, Any]) -> Selection:
    up_to = given.get("up_to")
    counted = None if up_to is None else Counted(given.get("count") or 0, up_to)
    return Selection(given.get("items"), given["q"].strip(), given["least_percentile"], counted)


class Names(RatingView):
    @extend_schema(
        operation_id="curation_names",
        summary="Names that were given before and begin so, then tags",
        parameters=[NamesSerializer],
        responses=OfferedSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response({"names": names.offered(self.rater, read(NamesSerializer, request.query_params)["q"])})
