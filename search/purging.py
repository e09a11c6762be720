"""Removing for good what has lain in the trash: the bytes, what was made of them, the words. The hashes are remembered."""

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from search import jobs, states, store
from search.models import (
    Claim,
    CollectionEntry,
    ConceptActivations,
    Embedding,
    Meme,
    NsfwScore,
    Sighting,
    Source,
    Tagging,
)

log = logging.getLogger(__name__)

BATCH = 200


def due() -> QuerySet[Meme]:
    """What has been in the trash for as long as it is kept there."""
    return Meme.objects.filter(
        state=Meme.State.TRASHED, moved_at__lt=timezone.now() - timedelta(days=settings.TRASH_DAYS)
    )


def purge_due() -> int:
    """Purge everything that is due; returns how many memes. Repeated, the rest of what a killed run began is removed."""
    done = 0
    with jobs.sweep("purge", due().count) as job:
        while not job.is_cancelled and (memes := list(due().order_by("moved_at").values_list("pk", flat=True)[:BATCH])):
            done += len(_forget(due().filter(pk__in=memes), None))  # not what was brought back and trashed anew
            drop_remains(memes)
            job.advance(len(memes))
        if not job.is_cancelled:
            drop_remains()
    return done


def purge(memes: QuerySet[Meme], by: User) -> int:
    """Purge those of `memes` that are in the trash now, without waiting; returns how many. Repeated, none."""
    ids = _forget(memes, by)
    drop_remains(ids)
    return len(ids)


def _forget(memes: QuerySet[Meme], by: User | None) -> list[int]:
    """The rows: what people compared and where the content was seen stays, by which it is known again."""
    with transaction.atomic():
        ids = states.move(memes, states.Action.PURGE, by)
        for kind in (Embedding, ConceptActivations, NsfwScore, Claim, CollectionEntry, Tagging):
            kind._default_manager.filter(meme__in=ids).delete()
        Sighting.objects.filter(meme__in=ids, source__kind=Source.Kind.UPLOAD).delete()  # names of somebody's files
        Meme.objects.filter(pk__in=ids).update(title="", text="", text_boxes=[], text_read_at=None)
    return ids


def drop_remains(ids: list[int] | None = None) -> int:
    """Remove what the media store still keeps of purged memes, or of those with these ids; returns of how many.

    By what the rows say, so a run that was killed is finished by the next; so is what cannot be removed right now. Files in
    people's own folders are never touched.
    """
    remaining = Meme.objects.filter(Q(is_stored=True) | ~Q(derived_at=None), state=Meme.State.PURGED)
    chosen = remaining if ids is None else remaining.filter(pk__in=ids)
    return sum(_try_to_drop(meme) for meme in chosen.only("sha256").iterator())


def _try_to_drop(meme: Meme) -> bool:
    try:
        return _drop(meme)
    except OSError as error:  # of this file, or of the store: the others are tried all the same
        log.warning("what was purged of meme %s cannot be removed: %s", meme.pk, error)
        return False


def _drop(meme: Meme) -> bool:
    """Raises OSError."""
    with store.alone_with(meme.sha256):
        found = Meme.objects.filter(pk=meme.pk, state=Meme.State.PURGED).first()
        if found is None:
            return False  # somebody has taken it in again meanwhile
        # The same bytes may be private to one person and shared, or private to another, as well.
        others = Meme.objects.filter(sha256=meme.sha256).exclude(pk=meme.pk).exclude(state=Meme.State.PURGED)
        if not others.exists():
            store.drop_all(found.sha256, found.frame_count)
        Meme.objects.filter(pk=meme.pk).update(is_stored=False, derived_at=None, has_preview=False, frame_count=1)
    return True
