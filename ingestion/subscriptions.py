"""What curators do with sources: add, change, pause, resume, remove, ask for a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ingestion import crawling, scheduling
from ingestion.models import FailedFind, ScoreCheck, Subscription
from search import states
from search.models import Meme, Sighting, Source

BATCH = 2_000  # memes moved at once


class AlreadyThere(Exception):
    """There is such a source already."""

    def __init__(self, source: Source) -> None:
        super().__init__(f"There is such a source already: {source}.")
        self.source = source


@dataclass(frozen=True)
class Wanted:
    """A source as somebody wants it. `root` is what makes it this one: nobody needs the same twice."""

    kind: Source.Kind
    root: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    mode: Subscription.Mode = Subscription.Mode.ADAPTIVE
    every_min: int = 60
    least_min: int = 15
    most_min: int = 1440
    crontab: str = ""

    def schedule(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("mode", "every_min", "least_min", "most_min", "crontab")}


def subscription_of(source: Source) -> Subscription:
    """How a source is read; one that came by a command is read when somebody asks, until a curator says otherwise."""
    return Subscription.objects.select_related("source").get_or_create(source=source)[0]


def add(wanted: Wanted, user: User) -> Source:
    """A new source with its schedule; what a command read before gets one. Raises AlreadyThere."""
    with transaction.atomic():
        source, is_new = Source.objects.get_or_create(
            kind=wanted.kind, root=wanted.root, defaults={"name": wanted.name}
        )
        if not is_new and Subscription.objects.filter(source=source).exclude(added_by=None).exists():
            raise AlreadyThere(source)
        facts = {**wanted.schedule(), "options": dict(wanted.options), "added_by": user}
        subscription = Subscription.objects.update_or_create(source=source, defaults=facts)[0]
        scheduling.plan(subscription)
    return source


def change(source: Source, wanted: Wanted) -> None:
    """Read it as `wanted` from now on, from the beginning if it is another place. Raises AlreadyThere."""
    with transaction.atomic():
        twin = Source.objects.filter(kind=source.kind, root=wanted.root).exclude(pk=source.pk).first()
        if twin is not None:
            raise AlreadyThere(twin)
        Source.objects.filter(pk=source.pk).update(name=wanted.name, root=wanted.root)
        facts: dict[str, Any] = {**wanted.schedule(), "last_error": "", "not_before": None}
        if subscription_of(source).options != dict(wanted.options):
            facts |= {"options": dict(wanted.options), "cursor": {}}
        _set(source, **facts)


def pause(source: Source) -> None:
    """Its schedule leaves it alone; runs that somebody asks for go on. Repeated, nothing."""
    _set(source, is_paused=True)


def resume(source: Source) -> None:
    """Its schedule begins again, as if something new had just come."""
    _set(source, is_paused=False, parked_at=None, news_at=timezone.now())


def _set(source: Source, **facts: Any) -> None:
    """These facts alone: a run that is going on writes others."""
    subscription = subscription_of(source)
    for name, value in facts.items():
        setattr(subscription, name, value)
    subscription.save(update_fields=list(facts))
    scheduling.plan(subscription)


def forget_failures(chosen: QuerySet[FailedFind]) -> int:
    """Have the next runs try again what could not be taken in; how much that is."""
    # A feed that has not changed would not be looked at.
    sources = list(chosen.order_by().values_list("source", flat=True).distinct())
    Subscription.objects.filter(source__in=sources).update(cursor={})
    return chosen.delete()[0]


def remove(source: Source) -> None:
    """Forget where it was and what was seen there; the memes stay, but for files of a folder and what came in a dump
    without its bytes: they are missing then.

    A run of it that is going on ends by itself. Repeated, nothing.
    """
    with transaction.atomic():
        # Whoever is about to write a sighting waits, and finds it gone.
        if Source.objects.select_for_update().filter(pk=source.pk).first() is None:
            return
        _forget_sightings(source)
        Source.objects.filter(pk=source.pk).delete()
        scheduling.forget(source.pk)  # now, that no run that ends can plan the next one
        if source.kind in (Source.Kind.FOLDER, Source.Kind.DUMP):
            lost = list(crawling.nowhere().order_by("pk").values_list("pk", flat=True))
            for start in range(0, len(lost), BATCH):
                states.move(Meme.objects.filter(pk__in=lost[start : start + BATCH]), states.Action.LOSE)


def _forget_sightings(source: Source) -> None:
    """A dump has millions: deleted with the source, each would be loaded to look for what hangs on it."""
    rows = Sighting.objects.filter(source=source)
    ScoreCheck.objects.filter(sighting__in=rows).delete()
    rows._raw_delete(rows.db)
