"""Searches that do not fit into an address: kept under a token that does, as pictures to search with are."""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from search import store

# Characters behind the question mark. Servers take 8,190 bytes of a request's first line; pages add their part to it.
LONGEST_ADDRESS = 7_500
TOKEN = re.compile(r"[0-9a-f]{32}")
FOLDER = "searches"
KEPT_DAYS = 30


def keep(text: str, embeddings: Sequence[str]) -> str:
    """The token of a search; the same search has the same one. Raises OSError when the store is full or away."""
    written = json.dumps([text, *embeddings]).encode()
    token = hashlib.sha256(written).hexdigest()[:32]
    store.put(_key(token), written)
    return token


def read(token: str) -> tuple[str, tuple[str, ...]]:
    """The text and the embeddings of a kept search. Raises FileNotFoundError."""
    if not TOKEN.fullmatch(token):
        raise FileNotFoundError(token)
    with store.get(_key(token)) as file:
        text, *embeddings = json.load(file)
    return text, tuple(embeddings)


def forget_old() -> int:
    """Delete what was kept long ago; how many. Safe to repeat."""
    old = list(store.older_than(FOLDER, timezone.now() - timedelta(days=KEPT_DAYS)))
    for key in old:
        store.drop(key)
    return len(old)


def _key(token: str) -> str:
    return f"{FOLDER}/{token[:2]}/{token}.json"
