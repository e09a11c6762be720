"""What somebody searched for lately: for their own eyes, no more than the latest, and gone when they say so."""

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from search.models import PastSearch
from search.query import MAX_LENGTH, speakable

KEPT = 200


def remember(user: User, query: str) -> None:
    """Keep what `user` asked, as it was typed; asked again, it becomes the latest. Empty and overlong ones are not kept."""
    text = speakable(query).strip()
    if not text or len(text) > MAX_LENGTH:
        return
    now = timezone.now()
    PastSearch.objects.bulk_create([PastSearch(owner=user, query=text, searched_at=now)], ignore_conflicts=True)
    PastSearch.objects.filter(owner=user, query=text).update(searched_at=now)
    PastSearch.objects.filter(pk__in=list(recent(user).values_list("pk", flat=True)[KEPT:])).delete()


def recent(user: User) -> QuerySet[PastSearch]:
    """The latest first."""
    return PastSearch.objects.filter(owner=user).order_by("-searched_at", "-pk")


def forget(user: User, pk: int | None = None) -> None:
    """One search of `user`, or without `pk` all of them; one that is not theirs stays."""
    mine = PastSearch.objects.filter(owner=user)
    (mine if pk is None else mine.filter(pk=pk)).delete()
