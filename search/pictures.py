"""Pictures that people search with: kept small under a token, so that an address with one can be shared and saved."""

import hashlib
import io
from typing import BinaryIO

from django.conf import settings
from django.utils.module_loading import import_string

from search import library, store
from search.media import load

# As large as the thumbnails that memes are encoded from.
LONGEST_PX = 512
TOKEN_LENGTH = 32


def keep(file: BinaryIO) -> str:
    """The token of a picture that was handed over; the same picture has the same one. Raises BadMedia, OSError."""
    image = load(file, longest_px=LONGEST_PX, limits=library.limits())
    written = io.BytesIO()
    image.save(written, "WEBP", quality=90)
    token = hashlib.sha256(written.getvalue()).hexdigest()[:TOKEN_LENGTH]
    store.put(_key(token), written.getvalue())
    return token


def data(token: str) -> bytes:
    """The kept picture, a WebP of at most 512 px. Raises FileNotFoundError."""
    with store.get(_key(token)) as file:
        return bytes(file.read())


def fetch(address: str) -> bytes:
    """The file at an http(s) address, by whoever `settings.SEARCH_PICTURE_FETCHER` names. Raises FileNotFoundError."""
    if not settings.SEARCH_PICTURE_FETCHER:
        raise FileNotFoundError(address)
    fetched: bytes = import_string(settings.SEARCH_PICTURE_FETCHER)(address)
    return fetched


def _key(token: str) -> str:
    return f"queries/{token[:2]}/{token}.webp"
