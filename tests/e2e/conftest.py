"""A real Chromium, somebody signed in, and a library to look at."""

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageColor
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from search import indexing, spaces, store
from search.encoders import Picture, load
from search.encoders.base import Vectors
from search.models import Meme
from search.retrieval import PAGE_SIZE
from tests.drawing import drawing, encoded
from tests.search.asking import row

CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
HOW = "No Chromium for the browser tests: `apt install chromium`, or MSE_CHROMIUM=/path/to/it."
SIZES = ((320, 240), (240, 320), (300, 300), (400, 200), (200, 420))
COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "brown", "gray")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def find_chromium() -> str:
    """Its path. Where the tests must be complete, its absence is a failure."""
    named = os.environ.get("MSE_CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, CANDIDATES)), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(HOW)
    return str(found)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = find_chromium()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread; the tests around it are as synchronous as ever.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def far_folder() -> Iterator[Path]:
    """Not below pytest's own folder: every run of pytest takes back the way through it that root gave to Postgres."""
    with tempfile.TemporaryDirectory(prefix="mse-test-") as folder:
        yield Path(folder)


class Watched:
    """What must not happen on any page: errors in its scripts, and requests to other machines."""

    def __init__(self, context: BrowserContext) -> None:
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", lambda request: self.hosts.add(request.url.split("/")[2].split(":")[0]))

    def check(self) -> None:
        assert self.errors == []
        assert self.hosts <= {"localhost", "127.0.0.1", ""}


def sign_in(context: BrowserContext, user: User, address: str) -> None:
    client = Client()
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])


@pytest.fixture
def options() -> dict[str, Any]:
    """Of the browser's window; modules and tests override it."""
    return {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def context(
    browser: Browser, live_server: LiveServer, alice: User, options: dict[str, Any]
) -> Iterator[BrowserContext]:
    """Alice's browser."""
    context = browser.new_context(base_url=live_server.url, **options)
    context.set_default_timeout(15_000)
    watched = Watched(context)
    sign_in(context, alice, live_server.url)
    yield context
    context.close()
    watched.check()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@dataclass(frozen=True)
class Drawn:
    """The pictures of the library: files as in a media folder, facts of the rows, and a vector for each."""

    folder: Path
    facts: list[dict[str, Any]]
    vectors: Vectors


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Drawn and looked at once for all tests: more than a page of pictures of many shapes."""
    folder = tmp_path_factory.mktemp("drawn")
    facts, pictures = [], []
    for number in range(PAGE_SIZE + 12):
        color, size = COLORS[number % len(COLORS)], SIZES[number % len(SIZES)]
        about = {"width": size[0], "height": size[1], "color": ImageColor.getcolor(color, "RGB")}
        facts.append({"sha256": f"{number:064x}", "title": f"{color} {number}", **done(about)})
        picture = encoded(drawing(color, size=size, seed=number), "WEBP")
        lay(folder, store.thumbnail_key(facts[-1]["sha256"]), picture)
        pictures.append(Picture(Image.open(io.BytesIO(picture)).convert("RGB"), ""))
    return Drawn(folder, facts, load("lite").encode_pictures(pictures))


def lay(folder: Path, key: str, picture: bytes) -> None:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)


def hang(folder: Path, media_dir: Path) -> None:
    """The files are in both, but not twice: where another one is kept under the same key, the first stays in its folder."""
    shutil.copytree(folder, media_dir, copy_function=os.link, dirs_exist_ok=True)


@pytest.fixture
def library(transactional_db: None, alice: User, drawn: Drawn, media_dir: Path) -> list[Meme]:
    """The drawn pictures, findable; the newest first. Only their thumbnails are there."""
    memes = Meme.objects.bulk_create(row(**facts) for facts in drawn.facts)
    hang(drawn.folder, media_dir)
    indexing.keep_vectors(spaces.ensure("lite"), [(meme.pk, 1) for meme in memes], drawn.vectors)
    return list(Meme.objects.order_by("-pk"))


def done(facts: dict[str, Any]) -> dict[str, Any]:
    now = timezone.now()
    color = "#{:02x}{:02x}{:02x}".format(*facts["color"])
    return {**facts, "color": color, "derived_at": now, "text_read_at": now}
