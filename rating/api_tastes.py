"""Tastes over HTTP: the same functions as their pages, as JSON. Of others, what they share and nothing more."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from rating import corrections, sharing, tastes
from rating.api import RatingView, taken
from rating.comparing import compare
from rating.marks import marks
from rating.models import Axis, Taste
from rating.portraits import Outline, outlines, portrait
from rating.serializers import TakenSerializer
from rating.taste_serializers import (
    AgreementSerializer,
    CorrectionSerializer,
    MarkSerializer,
    OwnTasteSerializer,
    ShareSerializer,
    TasteSerializer,
    TastesSerializer,
)
from search.api_posts import read
from search.models import Meme


class NothingKnown(NotFound):
    default_detail = "Nothing is known of this taste of yours yet: compare a few memes first."


class NotComparable(APIException):
    status_code = 409
    default_detail = "One of the two tastes is being learned anew, or there are too few memes."


class TasteView(RatingView):
    def axis(self, name: str) -> Axis:
        found = sharing.axis_called(name)
        if found is None:
            raise NotFound("There is no such axis.")
        return found

    def own(self, name: str) -> Taste:
        found = sharing.own(self.rater).filter(axis=self.axis(name)).first()
        if found is None:
            raise NothingKnown
        return found


class Tastes(TasteView):
    @extend_schema(
        operation_id="rating_tastes",
        summary="Your tastes, and those of others that you may use",
        responses=TastesSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response(TastesSerializer({"own": outlines(self.rater), "offered": sharing.offered_to(self.rater)}).data)


class OneTaste(TasteView):
    @extend_schema(
        operation_id="rating_taste",
        summary="One of your tastes: how well it is known, and what it believes",
        responses=TasteSerializer,
    )
    def get(self, request: Request, axis: str) -> Response:
        found = portrait(self.rater, self.axis(axis))
        if found is None:
            raise NothingKnown
        return Response(TasteSerializer(found).data)

    @extend_schema(
        operation_id="rating_share_taste",
        summary="Let others use a taste of yours, or no longer",
        description="They can search by it, see what it puts first and last, and compare it with theirs; your answers they "
        "never see.",
        request=ShareSerializer,
        responses=OwnTasteSerializer,
    )
    def patch(self, request: Request, axis: str) -> Response:
        taste = self.own(axis)
        tastes.share(self.rater, taste.axis, is_shared=read(ShareSerializer, request.data)["is_shared"])
        return Response(OwnTasteSerializer(Outline(self.own(axis))).data)


class Corrections(TasteView):
    @extend_schema(
        operation_id="rating_correct_taste",
        summary="Say that you love a meme, or hate it, whatever your taste believes",
        description="It counts as an answer: much better, or much worse, than a meme from the middle of your taste.",
        request=CorrectionSerializer,
        responses={200: TakenSerializer, 201: TakenSerializer},
    )
    def post(self, request: Request, axis: str) -> Response:
        found, given = self.axis(axis), read(CorrectionSerializer, request.data)
        meme = get_object_or_404(Meme.objects.visible_to(self.rater), pk=given["meme"])
        return taken(corrections.correct(self.rater, found, meme, is_loved=given["is_loved"], key=given["key"]))


class OneCorrection(TasteView):
    @extend_schema(operation_id="rating_take_back_correction", summary="Take a correction back", responses={204: None})
    def delete(self, request: Request, key: UUID) -> Response:
        if corrections.take_back(self.rater, key) is None:
            raise NotFound("There is no such correction of yours.")
        return Response(status=204)


class Agreement(TasteView):
    @extend_schema(
        operation_id="rating_compare_tastes",
        summary="How far your taste agrees with somebody's, and about which memes it does not",
        description="`owner` is somebody who shares theirs, or `everyone`.",
        responses=AgreementSerializer,
    )
    def get(self, request: Request, axis: str, owner: str) -> Response:
        mine = self.own(axis)
        theirs = sharing.of(self.rater, mine.axis, owner)
        if theirs is None or theirs == mine:
            raise NotFound("There is no such taste here.")
        found = compare(self.rater, mine, theirs)
        if found is None:
            raise NotComparable
        return Response(AgreementSerializer(found).data)


class Marks(TasteView):
    @extend_schema(
        operation_id="rating_marks",
        summary="Where a meme stands in the library by your tastes and by everybody's",
        responses=MarkSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        meme = get_object_or_404(Meme.objects.visible_to(self.rater), pk=pk)
        return Response(MarkSerializer(marks(self.rater, meme), many=True).data)
