"""Posts with vectors that were made elsewhere, written in bulk: memes known by their address until their bytes come."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from ingestion.copying import Row, copy
from ingestion.crawlers.dump_fields import Halves, Record, is_address
from ingestion.gathering import clean
from search import nsfw, states
from search.merging import sighted
from search.models import EmbeddingSpace, Meme, Sighting, Source
from search.vectors import copy_in

# Loads take turns for as long as they write one block: of two that find the same address, the second finds its meme.
LOCK = 0x6D73655F6C6F6164
# Thousands of names at once go as one text: an array is quoted piece by piece on the way.
KNOWN_MEMES = """
SELECT sha256, id, merged_into_id IS NOT NULL FROM search_meme
 WHERE sha256 = ANY(string_to_array(%s, ' ')) AND private_to_id IS NULL"""
KNOWN_SIGHTINGS = """
SELECT locator, meme_id FROM search_sighting WHERE source_id = %s AND locator = ANY(string_to_array(%s, E'\\n'))"""
# Whoever else makes vectors locks these rows before, so that none of them appears between looking and writing.
ACTIVE = """
SELECT id FROM search_meme WHERE id = ANY(string_to_array(%s, ' ')::bigint[]) AND state = 'active'
 ORDER BY id FOR NO KEY UPDATE"""
WITH_VECTOR = """
SELECT meme_id FROM search_embedding WHERE space_id = %s AND meme_id = ANY(string_to_array(%s, ' ')::bigint[])"""
NUMBERS = "SELECT nextval('search_meme_id_seq') FROM generate_series(1, %s)"
CLIPS = (".mp4", ".webm", ".mov", ".mkv", ".m4v", ".gifv")


@dataclass(frozen=True)
class Place:
    """The meme that a record is of. `merged_from`: it was merged into that one."""

    meme_id: int
    merged_from: int | None = None
    is_new: bool = False


def address_hash(url: str) -> str:
    """By what a meme is known whose bytes have not been here: 64 hex digits, like the hash of bytes, and of none."""
    return hashlib.sha256(f"address {url}".encode()).hexdigest()


def load(
    source: Source, space: EmbeddingSpace, records: Sequence[Record], block: Halves, *, added_by: User | None
) -> int:
    """Keep `records` with their vectors, block (records, dims) of unit norm; returns how many memes are new.

    All or nothing. Repeated, it changes nothing; two at once agree. What people took out stays out, and a vector that is
    there already stays. For whoever holds the lock of `source`. Raises IntegrityError when the source is gone.
    """
    first = {record.locator: number for number, record in reversed(list(enumerate(records)))}
    with transaction.atomic():
        _take_turns()
        told = {row[0]: Place(*row[1:]) for row in _asked(KNOWN_SIGHTINGS, source.pk, "\n".join(first))}
        fresh = [records[number] for locator, number in first.items() if locator not in told]
        places = _places(fresh, added_by)
        now = timezone.now()
        copy(Sighting, [_sighting(source, record, places[record.url], now) for record in fresh])
        nsfw.hear({places[one.url].meme_id for one in fresh if one.is_nsfw and not places[one.url].is_new})
        found = {number: told.get(locator) or places[records[number].url] for locator, number in first.items()}
        _keep_vectors(space, found, block)
    return sum(place.is_new for place in places.values())


def _asked(statement: str, *values: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _take_turns() -> None:
    _asked("SELECT pg_advisory_xact_lock(%s)", LOCK)


def _places(records: Sequence[Record], added_by: User | None) -> dict[str, Place]:
    """By address, the meme of each of `records`, made when missing."""
    hashes = {record.url: address_hash(record.url) for record in records}
    rows = _asked(KNOWN_MEMES, " ".join(hashes.values()))
    merged = _merged([pk for _, pk, is_merged in rows if is_merged])
    known = {sha256: merged.get(pk) or Place(pk) for sha256, pk, _ in rows}
    states.move(Meme.objects.filter(pk__in=[one.meme_id for one in known.values()]), states.Action.FIND)
    missing = list({record.url: record for record in records if hashes[record.url] not in known}.values())
    numbers = [pk for (pk,) in _asked(NUMBERS, len(missing))]
    now = timezone.now()
    copy(Meme, (_meme(pk, one, hashes[one.url], added_by, now) for pk, one in zip(numbers, missing, strict=True)))
    made = {one.url: Place(pk, is_new=True) for pk, one in zip(numbers, missing, strict=True)}
    return {url: made.get(url) or known[sha256] for url, sha256 in hashes.items()}


def _merged(ids: Sequence[int]) -> dict[int, Place]:
    """What memes that were merged are shown as now."""
    found = {meme.pk: sighted(meme) for meme in Meme.objects.filter(pk__in=ids).select_related("merged_into")}
    return {pk: Place(shown.pk, None if gone is None else gone.pk) for pk, (shown, gone) in found.items()}


def _meme(pk: int, record: Record, sha256: str, added_by: User | None, now: datetime) -> Row:
    """Date and score are those that triggers would find: they have nothing to change then."""
    return {
        "id": pk,
        "sha256": sha256,
        "remote_url": record.url,
        "added_by_id": None if added_by is None else added_by.pk,
        "title": clean(record.title, 300),
        "kind": _kind(record),
        "format": "",
        "width": record.width,
        "height": record.height,
        "size_bytes": 0,
        "is_stored": False,
        "is_nsfw": record.is_nsfw,
        "nsfw_origin": Meme.NsfwOrigin.SOURCE if record.is_nsfw else "",
        "dated_at": record.posted_at or now,
        "top_score": record.score,
        "created_at": now,
    }


def _kind(record: Record) -> Meme.Kind:
    """As far as an address tells; whoever gets the bytes knows better."""
    path = record.url.partition("?")[0].partition("#")[0].lower()
    if record.mime.startswith("video/") or (not record.mime and path.endswith(CLIPS)):
        return Meme.Kind.VIDEO
    return Meme.Kind.ANIMATION if record.mime == "image/gif" or path.endswith(".gif") else Meme.Kind.IMAGE


def _sighting(source: Source, record: Record, place: Place, now: datetime) -> Row:
    return {
        "meme_id": place.meme_id,
        "merged_from_id": place.merged_from,
        "source_id": source.pk,
        "locator": record.locator,
        "url": record.permalink if is_address(record.permalink) else record.url,
        "title": clean(record.title, 300),
        "author": clean(record.author, 200),
        "community": clean(record.community, 200),
        "score": record.score,
        "comments": record.comments,
        "posted_at": record.posted_at,
        "seen_at": now,
    }


def _keep_vectors(space: EmbeddingSpace, found: dict[int, Place], block: Halves) -> None:
    """`found` says by row of the block whose vector it is; the first one of a meme counts."""
    rows = {place.meme_id: number for number, place in sorted(found.items(), reverse=True)}
    known = sorted({place.meme_id for place in found.values() if not place.is_new})
    named = " ".join(map(str, known))
    lacking = {pk for (pk,) in _asked(ACTIVE, named)} - {pk for (pk,) in _asked(WITH_VECTOR, space.pk, named)}
    ids = sorted(lacking | (rows.keys() - set(known)))
    copy_in(space.pk, np.array(ids, np.int64), block[[rows[pk] for pk in ids]])
