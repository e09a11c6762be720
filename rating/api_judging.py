"""Is it dank? over HTTP: what two models say of a picture, of which nothing is kept."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from rating import judging
from rating.api import RatingView
from rating.judging import NotJudged
from rating.taste_serializers import MarkSerializer
from search import fetched_pictures
from search.api_posts import TakesFiles
from search.api_searches import HandedOverSerializer
from search.serializers import MemeSerializer


class Unready(APIException):
    status_code = 503


class PopularSerializer(serializers.Serializer[Any]):
    rank = serializers.FloatField(help_text="the share of its community and month, 0 to 1, that it is likely to beat")
    top = serializers.FloatField(help_text="how likely it is in the best third of them rather than in the worst")
    beaten = serializers.FloatField(help_text="the share of the library that is said to be less popular")


class NearSerializer(serializers.Serializer[Any]):
    similarity = serializers.FloatField(allow_null=True)
    meme = MemeSerializer()


class JudgementSerializer(serializers.Serializer[Any]):
    known = MemeSerializer(allow_null=True, help_text="these bytes are in the library")
    tastes = MarkSerializer(many=True, source="marks", help_text="by axis, yours before everybody's")
    popularity = PopularSerializer(source="popular", allow_null=True)
    nearest = NearSerializer(many=True)


class Judge(TakesFiles, RatingView):
    @extend_schema(
        operation_id="rating_judge",
        summary="What your taste and popularity say of a picture",
        description="Nothing is kept of the picture. The same bytes are answered from memory for a day.",
        request=HandedOverSerializer,
        responses=JudgementSerializer,
    )
    def post(self, request: Request) -> Response:
        asked = HandedOverSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        try:
            data = given["file"].read() if "file" in given else fetched_pictures.get(given["address"], self.rater)
            found = judging.judge(self.rater, data)
        except fetched_pictures.NotFetched as error:
            raise serializers.ValidationError({"address": [str(error)]}) from error
        except NotJudged as error:
            raise Unready(str(error)) from error
        return Response(JudgementSerializer(found, context={"request": request}).data)
