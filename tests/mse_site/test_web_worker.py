"""Addresses that are too long, through the web server as the site runs it."""

import http.client
import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from mse_site.embedded import listening, stack
from mse_site.embedded.stack import StackConfig
from tests.search.sidecar.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
CATS = "猫 " * 900  # 1,800 characters, and in an address 9,000


@pytest.fixture
def bind(tmp_path: Path) -> Iterator[str]:
    """Of a web server on the database of this test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    service = stack.web(StackConfig(tmp_path, site.BASE_DIR, bind=bind, web_workers=1))
    known = connection.settings_dict
    database = f"postgresql://{quote(known['USER'])}@/{known['NAME']}?" + urlencode({"host": known["HOST"]})
    environment = {
        **os.environ, **service.env, "DATABASE_URL": database, "MSE_DATA_DIR": str(tmp_path),
        "MSE_SECRET_KEY": site.SECRET_KEY, "MSE_PUBLIC": "1",
    }  # fmt: skip
    process = subprocess.Popen(service.command, cwd=service.cwd, env=environment)
    try:
        eventually(lambda: listening.answers(bind), within_s=60)
        yield bind
    finally:
        process.terminate()
        process.wait(30)


def ask(bind: str, method: str, path: str, body: str = "", **headers: str) -> tuple[http.client.HTTPResponse, str]:
    web = http.client.HTTPConnection(bind, timeout=30)
    web.request(method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = web.getresponse()
    text = answer.read().decode()
    web.close()
    return answer, text


def test_what_is_too_long_for_an_address_is_said_and_can_be_asked_otherwise(
    bind: str, alice_client: Client, alice: User
) -> None:
    for path in (f"/?{urlencode({'q': CATS})}", f"/?q={'x' * 200_000}"):
        answer, text = ask(bind, "GET", path)
        assert (answer.status, "This search is too long" in text) == (414, True)
    session = f"sessionid={alice_client.cookies['sessionid'].value}"
    answer, text = ask(bind, "GET", "/", Cookie=session)
    found = re.search(r'name="csrf-token" content="(\w+)"', text)
    assert found is not None
    secret = str(answer.headers["Set-Cookie"]).partition(";")[0]
    signed: dict[str, Any] = {"Cookie": f"{session}; {secret}", "X_CSRFToken": found[1]}
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    answer, _ = ask(bind, "POST", "/searches/ask/", urlencode({"q": f"{CATS}type:video"}), **signed, **form)
    assert answer.status == 302
    address = str(answer.headers["Location"])
    assert re.fullmatch(r"/\?kept=[0-9a-f]{32}", address)
    for path in (address, address.replace("/?", "/advanced/?")):
        answer, text = ask(bind, "GET", path, Cookie=session)
        assert (answer.status, "猫 猫" in text) == (200, True)
        assert all(len(link) < 8000 for link in re.findall(r'href="([^"]*)"', text))
    answer, text = ask(
        bind, "POST", "/api/v1/search", json.dumps({"q": CATS}), **signed, Content_Type="application/json"
    )
    assert (answer.status, json.loads(text)["results"]) == (200, [])
