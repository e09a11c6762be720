"""Every error of the API as a problem document (RFC 9457, `application/problem+json`)."""

import errno
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as ApiPermissionDenied
from rest_framework.response import Response
from rest_framework.views import set_rollback

from search.duplicates import AlreadyDecided
from search.library import TakenOut
from search.media import BadMedia
from search.merging import NotMerged, NotUndone
from search.query import BadQuery
from search.retrieval import NothingToCompare
from search.sidecar.terms import BadTerm

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT})

TITLES = {
    "bad-media": "The file is not taken in",
    "bad-query": "The query cannot be searched with",
    "invalid": "The request does not fit",
    "storage-full": "There is no room for more files",
}


@dataclass(frozen=True)
class Problem:
    """What went wrong. Without a `kind` the status says it all; `members` are those of its kind."""

    status: int
    detail: str
    kind: str = ""
    members: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_response(self) -> Response:
        body = {
            "type": f"urn:problem-type:mse:{self.kind}" if self.kind else "about:blank",
            "title": TITLES[self.kind] if self.kind else HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }
        return Response(body, status=self.status, headers=dict(self.headers), content_type=CONTENT_TYPE)


def respond(error: Exception, context: dict[str, Any]) -> Response | None:
    """The API's exception handler. What nobody foresaw is logged and answered without its details."""
    problem = of_domain(error) or of_request(error)
    if problem is None:
        if settings.DEBUG:
            return None  # Django's page with the traceback
        got_request_exception.send(sender=None, request=context["request"])
        log.error("unforeseen error in %s", context["request"].path, exc_info=error)
        problem = Problem(500, "Something went wrong here; the log of the server has more.")
    set_rollback()
    return problem.as_response()


def of_domain(error: Exception) -> Problem | None:
    match error:
        case BadMedia(code=code, reason=reason):
            return Problem(413 if code == "too-large" else 422, reason, "bad-media", {"code": code})
        case TakenOut() | AlreadyDecided() | NotMerged() | NotUndone():
            return Problem(409, str(error))
        case BadQuery():
            where = {"position": error.position} if error.parameter == "q" else {}
            return Problem(400, str(error), "bad-query", {"parameter": error.parameter, **where})
        case BadTerm():
            return Problem(400, error.message, "bad-query", {"term": error.position})
        case NothingToCompare():
            return Problem(400, str(error), "bad-query")
        case OSError() if error.errno in FULL_ERRORS:
            return Problem(507, "The media store is full: nothing was kept of this file.", "storage-full")
        case OperationalError():
            log.error("database away: %s", error)
            return Problem(503, "The database does not answer. Try again in a moment.")
    return None


def of_request(error: Exception) -> Problem | None:
    match error:
        case Http404():
            return of_request(NotFound())
        case PermissionDenied():
            return of_request(ApiPermissionDenied())
        case RequestDataTooBig():
            return Problem(413, "The form fields of this request are too large.")
        case SuspiciousOperation() | UnreadablePostError():
            return Problem(400, "The request cannot be read.")
        case ValidationError():
            return Problem(error.status_code, _sentence(error.detail), "invalid", {"errors": error.detail})
        case APIException():
            return Problem(error.status_code, _sentence(error.detail), headers=_headers(error))
    return None


def _sentence(detail: Any) -> str:
    """The first thing that is wrong, with the field it is about."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        return _sentence(inner) if name == "non_field_errors" else f"{name}: {_sentence(inner)}"
    return _sentence(detail[0]) if isinstance(detail, list) else str(detail)


def _headers(error: APIException) -> dict[str, str]:
    """What DRF's views leave on the exception for their own handler."""
    challenge, wait_s = getattr(error, "auth_header", None), getattr(error, "wait", None)
    return {
        **({"WWW-Authenticate": str(challenge)} if challenge else {}),
        **({"Retry-After": str(int(wait_s))} if wait_s else {}),
    }


SCHEMA = {
    "type": "object",
    "description": "RFC 9457. Members beyond these depend on the type.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "why a file is not taken in"},
        "position": {"type": "integer", "description": "character of the query the problem is about, from 0"},
        "parameter": {"type": "string", "description": "the part of the request that is to blame"},
        "term": {"type": "integer", "nullable": True, "description": "term of the query it is about, from 0"},
        "errors": {"type": "object", "description": "messages for each field of the request"},
    },
    "required": ["type", "title", "status", "detail"],
}


def describe(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """A drf-spectacular hook: every operation may answer with a problem."""
    result["components"].setdefault("schemas", {})["Problem"] = SCHEMA
    answer = {
        "description": "Anything that went wrong.",
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = answer
    return result
