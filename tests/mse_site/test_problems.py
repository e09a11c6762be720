"""Errors of the API as problem documents."""

import errno
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.test import APIRequestFactory

from mse_site import problems
from search.media import BadMedia
from search.query import BadQuery
from search.retrieval import NothingToCompare
from search.sidecar.terms import BadTerm


@pytest.fixture
def answered() -> Callable[[Exception], dict[str, Any]]:
    def answer(error: Exception) -> dict[str, Any]:
        response = problems.respond(error, {"request": APIRequestFactory().get("/api/v1/x")})
        assert response is not None
        assert response.content_type == "application/problem+json"
        assert response.data["status"] == response.status_code
        return {**response.data, "headers": dict(response.headers)}

    return answer


@pytest.mark.parametrize(
    ("error", "status", "kind", "members"),
    [
        (BadMedia("truncated", "The JPEG is cut off."), 422, "bad-media", {"code": "truncated"}),
        (BadMedia("too-large", "Too large."), 413, "bad-media", {"code": "too-large"}),
        (BadQuery("No.", 7), 400, "bad-query", {"position": 7}),
        (BadTerm("It cancels out.", 1), 400, "bad-query", {"term": 1}),
        (BadTerm("All of it."), 400, "bad-query", {"term": None}),
        (NothingToCompare("No meme 3."), 400, "bad-query", {}),
        (OSError(errno.ENOSPC, "full"), 507, "storage-full", {}),
        (OSError(errno.EDQUOT, "quota"), 507, "storage-full", {}),
        (ValidationError({"limit": ["Too many."]}), 400, "invalid", {"errors": {"limit": ["Too many."]}}),
    ],
)
def test_what_the_site_itself_refuses_has_a_type_of_its_own(
    answered: Any, error: Exception, status: int, kind: str, members: dict[str, object]
) -> None:
    body = answered(error)
    assert (body["status"], body["type"]) == (status, f"urn:problem-type:mse:{kind}")
    assert body["title"] == problems.TITLES[kind]
    assert {name: body[name] for name in members} == members


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404("secret"), 404),
        (PermissionDenied("secret"), 403),
        (RequestDataTooBig("secret"), 413),
        (SuspiciousOperation("secret"), 400),
        (UnreadablePostError("secret"), 400),
        (OperationalError("secret"), 503),
    ],
)
def test_what_django_refuses_is_told_by_its_status(answered: Any, error: Exception, status: int) -> None:
    body = answered(error)
    assert (body["status"], body["type"], body["title"]) == (status, "about:blank", HTTPStatus(status).phrase)
    assert "secret" not in str(body)


def test_waiting_time_is_told_in_the_header(answered: Any) -> None:
    assert answered(Throttled(wait=30))["headers"]["Retry-After"] == "30"


def test_the_first_thing_that_is_wrong_becomes_the_sentence(answered: Any) -> None:
    assert answered(ValidationError(["Not so."]))["detail"] == "Not so."
    assert answered(ValidationError({"non_field_errors": ["Both."]}))["detail"] == "Both."
    assert answered(ValidationError({"a": {"b": ["Deep."]}}))["detail"] == "a: b: Deep."


def test_what_nobody_foresaw_is_logged_and_not_told(answered: Any, caplog: pytest.LogCaptureFixture) -> None:
    seen = []

    def listen(**given: Any) -> None:
        seen.append(given["request"].path)

    got_request_exception.connect(listen)
    body = answered(RuntimeError("secret"))
    got_request_exception.disconnect(listen)
    assert body["status"] == 500
    assert "secret" not in str(body)
    assert "secret" in caplog.text
    assert seen == ["/api/v1/x"]


def test_a_developer_sees_the_traceback_of_what_nobody_foresaw(settings: Any) -> None:
    settings.DEBUG = True
    assert problems.respond(RuntimeError("bug"), {"request": APIRequestFactory().get("/api/v1/x")}) is None
