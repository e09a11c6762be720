"""What calls in the protocols of other programs have in common: off unless switched on, JSON whatever it is called, and a
session is enough, for they change nothing."""

import base64
import binascii
import io
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.http import Http404
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils import json
from rest_framework.views import APIView

from search import neighbours, pictures
from search.neighbours import NobodyCanTell
from search.sidecar import terms as wire

# A photograph of 11 MB in base64.
MOST_BYTES = 16_000_000
# Others go on as long as anybody asks; here a search ends at MAX_DEPTH. More than this is a mistake.
MOST_ASKED = 100_000
LONGEST_TEXT = 2_000
LARGEST_WEIGHT = 100.0


class TooLarge(APIException):
    status_code = 413
    default_detail = f"At most {MOST_BYTES // 1_000_000} MB are taken."


class Starting(APIException):
    status_code = 503
    default_detail = "The search index is starting; try again in a moment."


class PlainSession(SessionAuthentication):
    """These programs know of no CSRF token. Their questions change nothing, and nobody else may read the answers."""

    def enforce_csrf(self, request: Request) -> None:
        return

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class MayRead(BasePermission):
    """Whoever may read the library: questions are POSTs here."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_authenticated or settings.PUBLIC_LIBRARY


class AnyJson(BaseParser):
    """Some clients give their JSON no type."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        data = stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise TooLarge
        try:
            return json.loads(data, parse_constant=json.strict_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError("The request is not JSON.") from error


class ForeignView(APIView):
    """`switch` is the setting that has to be on."""

    schema = None  # not of this site's own interface
    switch: ClassVar[str]
    authentication_classes = [PlainSession, *APIView.authentication_classes]
    permission_classes = [MayRead]
    parser_classes = [AnyJson]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not getattr(settings, self.switch):
            raise Http404
        super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(Starting() if isinstance(exc, NobodyCanTell) else exc)


def text_term(text: str, weight: float = 1.0) -> wire.TextTerm:
    """No query: signs and keys mean nothing in it."""
    return wire.TextTerm(text.replace("\x00", " "), weight)


def picture_term(name: str, encoded: str, weight: float = 1.0) -> wire.PictureTerm:
    """Of a file in base64, of which nothing is kept; `name` is the field's. Raises ValidationError, BadMedia, OSError."""
    try:
        data = base64.b64decode("".join(encoded.split()), validate=True)
    except (ValueError, binascii.Error) as error:
        raise ValidationError({name: "This is not base64."}) from error
    return wire.PictureTerm(pictures.small(io.BytesIO(data)), weight)


def vector_term(name: str, numbers: list[float], weight: float = 1.0) -> wire.VectorTerm:
    """`name` is the field's. Raises ValidationError for another length than the library's, NothingToCompare."""
    dims = neighbours.space().dims
    if len(numbers) != dims:
        raise ValidationError({name: f"An embedding has {dims} numbers here; this one has {len(numbers)}."})
    return neighbours.vector_term(numbers, weight)
