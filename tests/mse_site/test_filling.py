import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from ingestion.crawling import folder_source
from ingestion.locks import only_run_of
from mse_site import seeding
from mse_site.demo.world import World
from mse_site.embedded.narration import Narrator
from mse_site.management.commands.demo import Command
from search.locators import encode_path
from search.models import Meme, Sighting
from tests.search.asking import rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    seeding.create_people()
    return tmp_path


def fill() -> str:
    said = StringIO()
    command = Command()
    command.count = 1
    command._fill(Narrator(said), threading.Event())
    return said.getvalue()


def test_a_demo_folder_that_cannot_be_written_is_said_in_a_line(data_dir: Path) -> None:
    (data_dir / "library").write_text("in the way")
    assert "The demo library is not complete: [Errno 17] File exists" in fill()


def test_a_demo_library_that_somebody_else_is_reading_is_said_in_a_line(data_dir: Path) -> None:
    (data_dir / "library").mkdir()
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with only_run_of(folder_source(data_dir / "library")):
            is_held.set()
            may_end.wait(60)
        connection.close()

    holding = threading.Thread(target=hold)
    holding.start()
    try:
        assert is_held.wait(30)
        said = " ".join(fill().split())
    finally:
        may_end.set()
        holding.join()
    assert "The demo library is not complete: " in said
    assert "is being read already" in said


def test_what_was_marked_where_it_was_posted_is_marked_here_until_somebody_decides_otherwise(data_dir: Path) -> None:
    drawn = next(meme for meme in World().memes if meme.posting.is_nsfw)
    (meme,) = rows(1, title="as the file is called")
    folder = folder_source(data_dir / "library")
    Sighting.objects.create(meme=meme, source=folder, locator=encode_path(drawn.path), title=meme.title)
    seeding.post([drawn])
    meme.refresh_from_db()
    assert (meme.title, meme.is_nsfw) == (drawn.posting.title, True)
    Meme.objects.update(is_nsfw=False)
    seeding.post([drawn])
    meme.refresh_from_db()
    assert not meme.is_nsfw
