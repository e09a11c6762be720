"""Somebody about to rate a library of pictures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from rating.models import Axis
from search import store
from search.models import Meme
from tests.drawing import drawing, encoded
from tests.e2e.conftest import Drawn, Watched, hang, lay, sign_in
from tests.e2e.rating.looking import ready
from tests.rating.conftest import axes

__all__ = ["axes"]


@pytest.fixture(scope="session")
def previews(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn once for all tests: the same pictures, large."""
    folder = tmp_path_factory.mktemp("previews")
    for number, facts in enumerate(drawn.facts):
        size = (facts["width"] * 3, facts["height"] * 3)
        picture = drawing(facts["title"].split()[0], size=size, seed=number)
        lay(folder, store.preview_key(facts["sha256"]), encoded(picture, "WEBP"))
    return folder


@pytest.fixture
def library(library: list[Meme], previews: Path, media_dir: Path) -> list[Meme]:
    """With large pictures too."""
    hang(previews, media_dir)
    Meme.objects.update(has_preview=True)
    return library


@pytest.fixture
def asking(page: Page, axes: list[Axis], library: list[Meme]) -> Page:
    page.goto("/rate/")
    ready(page)
    return page


@pytest.fixture
def touching(
    browser: Browser, live_server: LiveServer, alice: User, axes: list[Axis], library: list[Meme]
) -> Iterator[Page]:
    """The same on a phone."""
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    watched = Watched(context)
    sign_in(context, alice, live_server.url)
    page = context.new_page()
    page.goto("/rate/")
    ready(page)
    yield page
    context.close()
    watched.check()
