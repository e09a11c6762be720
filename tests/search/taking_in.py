"""Memes for tests of pages: with bytes, read and findable, without the seconds that reading words takes."""

import io
from typing import Any

from django.contrib.auth.models import User

from search import indexing, library
from search.media.ocr import Box, Reading
from search.models import Meme
from tests.drawing import drawing, encoded

QUAD = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.3), (0.1, 0.3))


def take_in(user: User, color: str, *, title: str = "", is_private: bool = False, **drawn: Any) -> Meme:
    """A stored picture that no stage has seen yet; `drawn` is what else `drawing` takes."""
    data = encoded(drawing(color, **drawn))
    name = f"{title or color}.png"
    return library.add_upload(io.BytesIO(data), len(data), filename=name, user=user, is_private=is_private).meme


def index(words: dict[str, str] | None = None) -> None:
    """What the workers do; `words` by title are what would be read in the pictures."""
    indexing.derive_media()
    for meme in Meme.objects.filter(text_read_at=None):
        text = (words or {}).get(meme.title, "")
        boxes = (Box(text=text, score=0.9, quad=QUAD),) if text else ()
        library.keep_reading(meme, Reading(text=text, boxes=boxes))
    indexing.embed_memes()
