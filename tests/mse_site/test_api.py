"""The API as a whole: its schema, its page, addresses that name nothing."""

import re
from io import StringIO

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_and_complete() -> None:
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    for path in ("/memes", "/memes/{id}", "/memes/{id}/similar", "/search", "/status"):
        assert f"\n  /api/v1{path}:\n" in out.getvalue()


def test_every_operation_says_how_errors_look() -> None:
    schema = Client().get("/api/v1/schema", {"format": "json"}).json()
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert operations
    for operation in operations:
        assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]
        assert operation["summary"]


def test_the_page_of_the_api_takes_nothing_from_other_hosts() -> None:
    page = Client().get("/api/v1/docs/").content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert any(address.endswith("swagger-ui-bundle.js") for address in addresses)
    for address in addresses:
        assert address.startswith("/static/"), address
        assert finders.find(address.removeprefix("/static/")), address


@pytest.mark.parametrize("address", ["", "nothing", "memes/", "memes/1/2", "v2"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_that_names_nothing_is_a_problem_not_a_page(address: str, method: str) -> None:
    answer = getattr(Client(), method)(f"/api/v1/{address}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "/api/v1/docs/" in answer.json()["detail"]
