"""What a phone shares with the site, kept aside for a day until the person it belongs to says that it is to be taken in."""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, BinaryIO

from django.utils import timezone

from search import store

MEMBERS, STRANGERS = "shared-by-members", "shared-by-strangers"
KEPT = timedelta(days=1)
# Anybody may hand something over before signing in: there is room for a few such files, and no more.
MOST_OF_STRANGERS = 24
TOKEN = re.compile(r"[0-9a-f]{32}")
ADDRESS = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
MOST_ADDRESSES = 5
MOST_LETTERS = 4_000


class NoRoom(Exception):
    """As much as may wait of people who are not signed in does so already."""


@dataclass(frozen=True)
class Handed:
    """A file while it is handed over."""

    name: str
    size_bytes: int
    content: BinaryIO


@dataclass(frozen=True)
class Shared:
    """What waits under a token: files by name and size, and the words that came with them."""

    token: str
    folder: str
    files: tuple[tuple[str, int], ...]
    title: str
    words: str

    @property
    def addresses(self) -> list[str]:
        """Those among the words; phones put them anywhere. None beside files, which are what is meant then."""
        found = [] if self.files else ADDRESS.findall(self.words)
        return list(dict.fromkeys(address.rstrip(".,;:!?)]}") for address in found))[:MOST_ADDRESSES]

    def open(self, place: int) -> IO[bytes]:
        """Raises FileNotFoundError when it was taken in, or its day is over, meanwhile."""
        return store.get(_key(self.folder, self.token, str(place)))


def keep(files: Sequence[Handed], title: str, words: str, *, is_stranger: bool) -> str:
    """The token under which it waits: whoever has it may take it in, so nobody else is told. Raises NoRoom, OSError."""
    folder = STRANGERS if is_stranger else MEMBERS
    if is_stranger:
        _forget(STRANGERS)
        if sum(1 for _ in store.older_than(STRANGERS, timezone.now())) + len(files) + 1 > MOST_OF_STRANGERS:
            raise NoRoom
    token = secrets.token_hex(16)
    for place, file in enumerate(files):
        store.put(_key(folder, token, str(place)), file.content)
    facts = {
        "files": [[file.name[:300], file.size_bytes] for file in files],
        "title": title[:300],
        "words": words[:MOST_LETTERS],
    }
    store.put(_key(folder, token, "json"), json.dumps(facts).encode())  # last: what it tells of is there
    return token


def read(token: str) -> Shared:
    """Raises FileNotFoundError when nothing waits under this token (any more)."""
    if TOKEN.fullmatch(token):
        for folder in (MEMBERS, STRANGERS):
            if store.has(_key(folder, token, "json")):
                with store.get(_key(folder, token, "json")) as file:
                    facts = json.load(file)
                files = tuple((str(name), int(size)) for name, size in facts["files"])
                return Shared(token, folder, files, facts["title"], facts["words"])
    raise FileNotFoundError(token)


def drop(shared: Shared) -> None:
    """Nothing waits any more. Repeated, nothing."""
    for leaf in ("json", *map(str, range(len(shared.files)))):
        store.drop(_key(shared.folder, shared.token, leaf))


def forget_old() -> int:
    """Delete what nobody said anything about for a day; how many files. Safe to repeat."""
    return sum(_forget(folder) for folder in (MEMBERS, STRANGERS))


def _forget(folder: str) -> int:
    old = list(store.older_than(folder, timezone.now() - KEPT))
    for key in old:
        store.drop(key)
    return len(old)


def _key(folder: str, token: str, leaf: str) -> str:
    return f"{folder}/{token[:2]}/{token}.{leaf}"
