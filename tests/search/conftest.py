"""A small library of colours and words, found with the sidecar and without it."""

from pathlib import Path

import pytest

from ingestion.crawling import import_folder
from search import indexing
from search.library import keep_reading
from search.media.ocr import Reading
from search.models import Meme
from tests.drawing import write

COLORS = ("red", "orange", "yellow", "green", "blue", "purple")


@pytest.fixture
def library(tmp_path: Path, transactional_db: None) -> None:
    """Six wordless colours and three pictures that say something."""
    root = tmp_path / "memes"
    for seed, color in enumerate(COLORS):
        write(root / f"{color}.png", color, seed=seed)
    write(root / "monday.png", "white", text="grumpy monday", seed=7)
    write(root / "friday.png", "white", text="happy friday", seed=8)
    write(root / "code.png", "white", text="RE16 TGK", seed=9)
    import_folder(root)
    index()


WORDS = {"monday": "grumpy monday", "friday": "happy friday", "code": "RE16 TGK"}


def index() -> None:
    """Everything the workers do, but for reading the words: that takes seconds and has tests of its own."""
    indexing.derive_media()
    for meme in Meme.objects.all():
        keep_reading(meme, Reading(text=WORDS.get(meme.title, ""), boxes=()))
    indexing.embed_memes()


@pytest.fixture(params=["sidecar", "postgres"])
def backend(request: pytest.FixtureRequest, library: None) -> str:
    """Every answer must be the same with and without the sidecar."""
    if request.param == "sidecar":
        request.getfixturevalue("sidecar").wait_for_everything()
    return str(request.param)
