"""Gathering memes: into collections, and under tags."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction

from search.models import Collection, CollectionEntry, Tag, Tagging

PUT = """
INSERT INTO search_collectionentry (collection_id, meme_id, position, added_at)
SELECT %s, meme, 0, now() FROM unnest(%s::bigint[]) AS given (meme)
    ON CONFLICT DO NOTHING RETURNING meme_id, id
"""
TAG = """
INSERT INTO search_tagging (tag_id, meme_id, added_by_id, added_at)
SELECT %s, meme, %s, now() FROM unnest(%s::bigint[]) AS given (meme)
    ON CONFLICT DO NOTHING RETURNING meme_id, id
"""


def collection(owner: User, name: str, *, is_shared: bool = False) -> Collection:
    """The collection of `owner` that is called so, whatever its capitals; a new one if there is none."""
    found = Collection.objects.filter(owner=owner, name__iexact=name).first()
    if found is not None:
        return found
    return Collection.objects.get_or_create(owner=owner, name=name, defaults={"is_shared": is_shared})[0]


def put(into: Collection, memes: Iterable[int]) -> dict[int, int]:
    """Put memes at the end of a collection. The ids of the entries that are new, by meme; of what was in it already, none."""
    return _inserted(PUT, [into.pk, _in_order(memes)])


def tag(name: str, memes: Iterable[int], by: User) -> dict[int, int]:
    """Put a tag on memes. The ids of the taggings that are new, by meme."""
    with transaction.atomic():
        found = Tag.objects.filter(name__iexact=name).first() or Tag.objects.get_or_create(name=name)[0]
        return _inserted(TAG, [found.pk, by.pk, _in_order(memes)])


def take_out(entries: Sequence[int], taggings: Sequence[int]) -> None:
    """Undo `put` and `tag`, by the ids that they gave. Repeated, nothing."""
    CollectionEntry.objects.filter(pk__in=entries).delete()
    Tagging.objects.filter(pk__in=taggings).delete()


def _in_order(memes: Iterable[int]) -> list[int]:
    """So that two who put the same memes somewhere never wait for each other."""
    return sorted(set(memes))


def _inserted(statement: str, values: Sequence[Any]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return dict(cursor.fetchall())
