"""The media store: originals handed to us and what is derived from them, by content hash, behind Django's STORAGES."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import connection, transaction

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})  # of an OSError: there is no room for another file


class AtomicFileSystemStorage(FileSystemStorage):
    """Files appear whole or not at all, so that a process killed while writing leaves no torn file under a content hash."""

    def _save(self, name: str, content: File[bytes]) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".draft-")
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, target)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name  # the name is the content: writing it twice writes the same


def _storage() -> Storage:
    return storages["memes"]


def _key(sha256: str, leaf: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}/{leaf}"


def original_key(sha256: str) -> str:
    return _key(sha256, "original")


def thumbnail_key(sha256: str) -> str:
    """512 px; the poster of a clip."""
    return _key(sha256, "thumbnail.webp")


def preview_key(sha256: str) -> str:
    """1600 px, only for originals larger than that."""
    return _key(sha256, "preview.webp")


def frame_key(sha256: str, frame: int) -> str:
    """512 px, one for each frame of a clip that has a vector."""
    return _key(sha256, f"frame-{frame}.webp")


def put(key: str, content: bytes | BinaryIO, *, renew: bool = False) -> None:
    """Keep `content` under `key`; repeated, it changes nothing, or with `renew` only its age.

    Raises OSError when the store is full or away.
    """
    storage = _storage()
    if renew or not storage.exists(key):
        storage.save(key, ContentFile(content) if isinstance(content, bytes) else File(content))


def get(key: str) -> File[bytes]:
    """Raises FileNotFoundError when nothing is kept under `key`."""
    return _storage().open(key, "rb")


def drop(key: str) -> None:
    """Nothing is kept under `key` any more. Raises OSError when the store is away."""
    _storage().delete(key)


@contextmanager
def alone_with(*hashes: str) -> Iterator[None]:
    """In a transaction, nobody else inside of this for the same contents: files and the rows that tell of them go together.

    Locks rows only inside, never before: whoever removes files does it in the same order.
    """
    keys = sorted({int(sha256[:15], 16) for sha256 in hashes})  # in one order, so that two cannot wait for each other
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) key", [keys])
        yield


def drop_all(sha256: str, frames: int) -> None:
    """Nothing is kept of this content any more: no original, nothing derived, none of `frames` frames. Repeatable."""
    derived = [thumbnail_key(sha256), preview_key(sha256), *(frame_key(sha256, frame) for frame in range(frames))]
    for key in (original_key(sha256), *derived):
        drop(key)


def older_than(folder: str, moment: datetime) -> Iterator[str]:
    """The keys below `folder`, two levels deep, of what was kept before `moment`. Raises OSError when the store is away."""
    storage = _storage()
    try:
        parts, _ = storage.listdir(folder)
    except FileNotFoundError:
        return
    for part in parts:
        for leaf in storage.listdir(f"{folder}/{part}")[1]:
            key = f"{folder}/{part}/{leaf}"
            if storage.get_modified_time(key) < moment:
                yield key


def has(key: str) -> bool:
    return _storage().exists(key)
