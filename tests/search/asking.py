"""Asking the API in tests."""

from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from search.models import Meme

MEMES = "/api/v1/memes"


def rows(count: int, owner: User | None = None, *, start: int = 0, **facts: Any) -> list[Meme]:
    """Memes without bytes, for lists."""
    return Meme.objects.bulk_create(
        row(**{"sha256": f"{number:064x}", "title": f"meme {number}", "private_to": owner, **facts})
        for number in range(start, start + count)
    )


def row(**facts: Any) -> Meme:
    """A meme that is not in the database yet; of what is not said, it has what any picture has."""
    given = {"kind": "image", "format": "PNG", "width": 4, "height": 3, "size_bytes": 10, "is_stored": True}
    return Meme(**{**given, **facts})


def upload(client: Client, data: bytes, name: str = "cat.png", **fields: str) -> HttpResponse:
    return client.post(MEMES, {"file": SimpleUploadedFile(name, data), **fields})


def is_problem(answer: HttpResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert {"type", "title", "status", "detail"} <= set(body)
    return dict(body)
