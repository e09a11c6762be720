"""What somebody searched for lately: for their own eyes, no more than the latest, and gone when they say so."""

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from search.models import PastSearch
from search.query import MAX_LENGTH, speakable

KEPT = 200
# One statement, because every search waits for it, and each of its own would be a write to the disk. What another window is
# writing right now is left to it.
REMEMBER = """
WITH latest AS (
    INSERT INTO search_pastsearch (owner_id, query, searched_at) VALUES (%(owner)s, %(query)s, %(now)s)
    ON CONFLICT (owner_id, md5(query)) DO UPDATE SET searched_at = excluded.searched_at)
DELETE FROM search_pastsearch WHERE id IN (
    SELECT id FROM search_pastsearch WHERE owner_id = %(owner)s AND query <> %(query)s
     ORDER BY searched_at DESC, id DESC OFFSET %(others)s FOR UPDATE SKIP LOCKED)
"""


def remember(user: User, query: str) -> None:
    """Keep what `user` asked, as it was typed; asked again, it becomes the latest. Empty and overlong ones are not kept."""
    text = speakable(query).strip()
    if not text or len(text) > MAX_LENGTH:
        return
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, {"owner": user.pk, "query": text, "now": timezone.now(), "others": KEPT - 1})


def recent(user: User) -> QuerySet[PastSearch]:
    """The latest first."""
    return PastSearch.objects.filter(owner=user).order_by("-searched_at", "-pk")


def forget(user: User, pk: int | None = None) -> None:
    """One search of `user`, or without `pk` all of them; one that is not theirs stays."""
    mine = PastSearch.objects.filter(owner=user)
    (mine if pk is None else mine.filter(pk=pk)).delete()
