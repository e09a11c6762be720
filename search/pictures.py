"""Pictures that people search with: kept small under a token, so that an address with one can be shared and saved."""

import hashlib
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.utils import timezone

from search import library, store
from search.media import load
from search.models import PastSearch, SavedSearch

# As large as the thumbnails that memes are encoded from.
LONGEST_PX = 512
TOKEN_LENGTH = 32
TOKEN = re.compile(r"[0-9a-f]{32}")
FOLDER = "queries"
KEPT_DAYS = 30


def keep(file: BinaryIO) -> str:
    """The token of a picture that was handed over; the same picture has the same one. Raises BadMedia, OSError."""
    data = small(file)
    token = _token(data)
    store.put(_key(token), data, renew=True)
    return token


def forget(file: BinaryIO) -> None:
    """Take back what `keep` kept, unless somebody can come back to a search with it. Raises BadMedia, OSError."""
    token = _token(small(file))
    if not any(model.objects.filter(query__contains=token).exists() for model in (SavedSearch, PastSearch)):
        store.drop(_key(token))


def _token(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:TOKEN_LENGTH]


def small(file: BinaryIO) -> bytes:
    """A WebP as large as is needed to know what it shows; nothing is kept. Raises BadMedia, OSError."""
    written = io.BytesIO()
    load(file, longest_px=LONGEST_PX, limits=library.limits()).save(written, "WEBP", quality=90)
    return written.getvalue()


def forget_old() -> int:
    """Delete what was handed over long ago and is in nobody's saved or latest searches; how many. Safe to repeat."""
    old = list(store.older_than(FOLDER, timezone.now() - timedelta(days=KEPT_DAYS)))
    wanted = _named() if old else set()
    unwanted = [key for key in old if Path(key).stem not in wanted]
    for key in unwanted:
        store.drop(key)
    return len(unwanted)


def _named() -> set[str]:
    """What may be the token of a picture in a search that somebody can come back to."""
    kept, past = (model.objects.filter(query__contains="picture") for model in (SavedSearch, PastSearch))
    queries = kept.values_list("query").union(past.values_list("query"))
    return {token for (query,) in queries.iterator() for token in TOKEN.findall(query)}


def data(token: str) -> bytes:
    """The kept picture, a WebP of at most 512 px. Raises FileNotFoundError."""
    with store.get(_key(token)) as file:
        return bytes(file.read())


def is_kept(token: str) -> bool:
    return store.has(_key(token))


def _key(token: str) -> str:
    return f"{FOLDER}/{token[:2]}/{token}.webp"
