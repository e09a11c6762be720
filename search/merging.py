"""Making one meme of two that are the same, and two again."""

from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from search import states
from search.models import CollectionEntry, Meme, Merge, Sighting, Tagging
from search.states import Action

Moved = dict[str, Any]  # as JSON takes it


class Follower(Protocol):
    """What another app keeps of memes and wants moved with them. `settings.MERGE_FOLLOWERS` names its class."""

    def move(self, kept: int, gone: int) -> Moved:
        """Give `kept` what `gone` had, in the transaction of the merge; returns what `put_back` needs to know, as JSON."""

    def put_back(self, kept: int, gone: int, moved: Moved) -> None:
        """Undo that, but for what people changed since."""


class NotMerged(Exception):
    """Why two memes are not made one, for whoever wanted it."""


class NotUndone(Exception):
    """Why a merge cannot be undone (any more)."""


@cache
def followers() -> dict[str, Follower]:
    return {path: import_string(path)() for path in settings.MERGE_FOLLOWERS}


def merge(kept: Meme, gone: Meme, by: User | None) -> Merge:
    """Move where `gone` was seen, what it is in and what people said of it over to `kept`, and put it into the trash.

    `by` None is the site itself, which has found the same bytes in both. All or nothing. Raises NotMerged when one of them is
    not in the library (any more), or when they belong to different people.
    """
    with transaction.atomic():
        locked = (
            Meme.objects.filter(pk__in=[kept.pk, gone.pk]).order_by("pk").select_for_update(of=("self",), no_key=True)
        )
        found = {meme.pk: meme for meme in locked}
        if len(found) < 2 or any(meme.state != Meme.State.ACTIVE for meme in found.values()):
            raise NotMerged("One of these two is not in the library any more.")
        if found[kept.pk].private_to_id != found[gone.pk].private_to_id:
            raise NotMerged("What is private and what is shared stay apart.")
        states.move(Meme.objects.filter(pk=gone.pk), Action.TRASH, by)
        Meme.objects.filter(pk=gone.pk).update(merged_into=kept.pk)
        return Merge.objects.create(kept_id=kept.pk, gone_id=gone.pk, merged_by=by, moved=_move(kept.pk, gone.pk))


def _move(kept: int, gone: int) -> Moved:
    moved: Moved = {
        "sightings": _ids(Sighting.objects.filter(meme=gone)),
        "entries": _ids(CollectionEntry.objects.filter(meme=gone).exclude(collection__entries__meme=kept)),
        "taggings": _ids(Tagging.objects.filter(meme=gone).exclude(tag__taggings__meme=kept)),
    }
    is_flagged = Meme.objects.filter(pk=gone, is_nsfw=True).exists()
    safe = Meme.objects.filter(pk=kept, is_nsfw=False).exclude(nsfw_origin=Meme.NsfwOrigin.PERSON)
    moved["nsfw"] = is_flagged and safe.update(is_nsfw=True, nsfw_origin=Meme.NsfwOrigin.SOURCE) == 1
    # Which bytes stand at a place must stay known: they are not those of the meme that is kept.
    Sighting.objects.filter(pk__in=moved["sightings"], merged_from=None).update(merged_from=gone)
    for name, kind in MOVED_ROWS.items():
        kind._default_manager.filter(pk__in=moved[name]).update(meme=kept)
    moved["followers"] = {path: follower.move(kept, gone) for path, follower in followers().items()}
    return moved


def sighted(meme: Meme) -> tuple[Meme, Meme | None]:
    """What a new sighting of the bytes of `meme` belongs to, and `meme` itself if it was made part of that, or of its part."""
    shown = shown_as(meme)
    return (meme, None) if shown == meme else (shown, meme)


def shown_as(meme: Meme) -> Meme:
    """The one that `meme` was made part of, that one of another, and so on to the end; mostly `meme` itself."""
    while meme.merged_into is not None and meme.state in (Meme.State.TRASHED, Meme.State.PURGED):
        meme = meme.merged_into
    return meme


def parts_of(meme_id: int) -> set[int]:
    """The ids of all that were made part of a meme, or of its parts, and of the meme."""
    found, last = {meme_id}, {meme_id}
    while last:
        last = set(Meme.objects.filter(merged_into__in=last).values_list("pk", flat=True)) - found
        found |= last
    return found


MOVED_ROWS = {"sightings": Sighting, "entries": CollectionEntry, "taggings": Tagging}


def _ids(rows: Any) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def undo(merge: Merge, by: User) -> None:
    """Make two of them again: what was moved goes back, but for what people changed since. Repeated, nothing.

    Raises NotUndone when the one that went has been removed for good, or the one that was kept is itself out.
    """
    with transaction.atomic():
        standing = Merge.objects.select_for_update(of=("self",)).filter(pk=merge.pk, undone_at=None).first()
        if standing is None:
            return
        kept, gone = standing.kept, standing.gone
        if kept.merged_into_id is not None or kept.state in (Meme.State.TRASHED, Meme.State.HIDDEN):
            raise NotUndone("The meme that was kept has been taken out since: bring it back first.")
        if not states.move_one(gone, Action.RESTORE, by):
            raise NotUndone("The meme that went has been removed for good.")
        Meme.objects.filter(pk=gone.pk).update(merged_into=None)
        _put_back(kept.pk, gone.pk, standing.moved)
        Merge.objects.filter(pk=standing.pk).update(undone_at=timezone.now())


def _put_back(kept: int, gone: int, moved: Moved) -> None:
    for name, kind in MOVED_ROWS.items():
        kind._default_manager.filter(pk__in=moved[name], meme=kept).update(meme=gone)
    Sighting.objects.filter(pk__in=moved["sightings"], merged_from=gone).update(merged_from=None)
    # Seen since: copies of what went, and of what had gone into it before.
    Sighting.objects.filter(meme=kept, merged_from=gone).update(meme=gone, merged_from=None)
    Sighting.objects.filter(meme=kept, merged_from__in=parts_of(gone)).update(meme=gone)
    if moved["nsfw"]:
        flagged = Meme.objects.filter(pk=kept, nsfw_origin=Meme.NsfwOrigin.SOURCE)
        flagged.update(is_nsfw=False, nsfw_origin="")
    for path, told in moved["followers"].items():
        if path in followers():
            followers()[path].put_back(kept, gone, told)


def restore(meme: Meme, by: User) -> bool:
    """Bring `meme` back from the trash; one that was merged is parted again. False when it is not there. Raises NotUndone."""
    standing = Merge.objects.filter(gone=meme, undone_at=None).first()
    if standing is None:
        return states.move_one(meme, Action.RESTORE, by)
    undo(standing, by)
    meme.refresh_from_db(fields=["state"])
    return meme.state != Meme.State.TRASHED
