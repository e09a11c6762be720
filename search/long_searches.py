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


def keep(text: str, embeddings: Sequence[str], *, renew: bool = False) -> str:
    """The token of a search; the same search has the same one. Repeated, it changes nothing, or with `renew` its age.

    Raises OSError when the store is full or away.
    """
    token, written = _written(text, embeddings)
    store.put(_key(token), written, renew=renew)
    return token


def find(text: str, embeddings: Sequence[str]) -> str:
    """Its token; empty when it is not kept."""
    token, _ = _written(text, embeddings)
    return token if store.has(_key(token)) else ""


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


def _written(text: str, embeddings: Sequence[str]) -> tuple[str, bytes]:
    written = json.dumps([text, *embeddings]).encode()
    return hashlib.sha256(written).hexdigest()[:32], written


def _key(token: str) -> str:
    return f"{FOLDER}/{token[:2]}/{token}.json"
