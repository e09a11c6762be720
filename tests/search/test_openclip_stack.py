"""A query in words against pictures that say nothing, through every part that answers on a real site."""

import random
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from ingestion.crawling import import_folder
from search import indexing, retrieval
from search.models import EmbeddingSpace
from search.query import parse
from tests.data.tiny_clip.drawing import COLOURS, SHAPES, Drawing, draw
from tests.fixtures.sidecar import TestSidecar

TINY = Path(__file__).parents[1] / "data" / "tiny_clip"
OF_EACH = 2


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """Every shape in every colour; the file names say which, and nothing else does."""
    chance = random.Random("shapes of the whole stack")
    folder = tmp_path / "shapes"
    folder.mkdir()
    for colour in COLOURS:
        for shape in SHAPES:
            for number in range(OF_EACH):
                ground = chance.choice([other for other in COLOURS if other != colour])
                image = draw(Drawing(shape, colour, ground, "big"), chance, side=200)
                image.save(folder / f"{colour} {shape} {number}.png")
    return folder


@pytest.mark.parametrize("words", ["red circle", "blue star"])
def test_red_circles_come_first_when_asked_for(
    words: str, shapes: Path, alice: User, settings: Any, sidecar: TestSidecar
) -> None:
    settings.MSE_ENCODER = f"openclip:local-dir:{TINY}"
    settings.MSE_OCR = False
    import_folder(shapes)
    for stage in (indexing.derive_media, indexing.read_texts, indexing.embed_memes):
        stage()
    assert EmbeddingSpace.objects.get(state="active").name == settings.MSE_ENCODER
    sidecar.wait_for_everything()
    results = retrieval.search(alice, parse(words))
    assert results.backend == "sidecar"
    assert [hit.meme.title.rpartition(" ")[0] for hit in results.hits[:OF_EACH]] == [words] * OF_EACH
