"""How good tastes are, over HTTP: the numbers and plots of their page."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from rating import deep_versions, evaluation, registry, sheets
from rating.api_tastes import NothingKnown, TasteView
from rating.deep_versions import NotActivated
from rating.evaluation_serializers import EvaluatedSerializer, EvaluationSerializer, SheetSerializer, VersionSerializer
from rating.held_out import NotMeasurable
from search.api_posts import read


class Refusal(APIException):
    status_code = 409


class Evaluated(TasteView):
    @extend_schema(
        operation_id="rating_evaluation",
        summary="How good a taste is, on verdicts and comparisons of memes that never taught it",
        parameters=[EvaluatedSerializer],
        responses=EvaluationSerializer,
    )
    def get(self, request: Request, axis: str) -> Response:
        asked = read(EvaluatedSerializer, request.query_params)
        taste = evaluation.of_name(self.rater, self.axis(axis), asked.get("owner", ""))
        if taste is None:
            raise NothingKnown if "owner" not in asked else NotFound("There is no such taste here.")
        try:
            found = evaluation.evaluate(self.rater, taste, asked.get("version"))
        except NotMeasurable as error:
            raise NotFound(str(error)) from error
        return Response(EvaluationSerializer(found.as_json()).data)


class Sheets(TasteView):
    @extend_schema(
        operation_id="rating_sheets",
        summary="Your latest blind sheets, and how well each version of your taste orders them",
        responses=SheetSerializer(many=True),
    )
    def get(self, request: Request, axis: str) -> Response:
        found = sheets.results(self.rater, self.own(axis))
        return Response(SheetSerializer([one.as_json() for one in found], many=True).data)


class Versions(TasteView):
    @extend_schema(
        operation_id="rating_versions",
        summary="The versions of what networks know of your taste, the newest first",
        responses=VersionSerializer(many=True),
    )
    def get(self, request: Request, axis: str) -> Response:
        found = registry.versions(self.own(axis))
        return Response(VersionSerializer([one.as_json() for one in found], many=True).data)


class Activate(TasteView):
    @extend_schema(
        operation_id="rating_activate_version",
        summary="Have rankings follow this version, on all axes; newer ones wait from then on",
        request=None,
        responses={204: None},
    )
    def post(self, request: Request, axis: str, number: int) -> Response:
        known = registry.versions(self.own(axis))
        found = next((one.axis.taste for one in known if one.number == number), None)
        if found is None:
            raise NotFound("There is no such version.")
        try:
            deep_versions.activate(found)
        except NotActivated as error:
            raise Refusal(str(error)) from error
        return Response(status=204)
