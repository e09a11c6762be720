"""What waits for a verdict, by which rule it came, and what people decided. Verdicts are added and voided, never changed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone

from rating.models.axes import Axis
from search.curators import is_curator
from search.models import Collection, Meme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class CurationQueueQuerySet(models.QuerySet["CurationQueue"]):
    def visible_to(self, user: User | AnonymousUser) -> CurationQueueQuerySet:
        """Their own, and as a curator those of all curators."""
        if not user.is_authenticated:
            return self.none()
        own = Q(private_to=user.pk)
        return self.filter(own | Q(private_to=None) if is_curator(user) else own)


class CurationQueue(models.Model):
    """A rule: which memes wait for a verdict, by whose taste, and where those that are kept go."""

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused", "Paused: nothing is added"
        CLOSED = "closed", "Closed: no longer listed; what was decided stays"

    name = models.CharField(max_length=100)
    # None: all curators share it, and it holds shared memes alone.
    private_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="who reads the search and taste",
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    query = models.TextField(blank=True, help_text="a search as it is typed into the box; empty: everything")
    max_age_days = models.PositiveIntegerField(null=True, blank=True, help_text="since it was first posted")
    axis = models.ForeignKey(Axis, models.PROTECT, related_name="+")
    is_by_everyone = models.BooleanField(default=False, help_text="goes by the taste of everybody together")
    taste_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    best_percent = models.FloatField(help_text="of the whole library, by this taste")
    skips_duplicates = models.BooleanField(default=True, help_text="of what the library holds already")
    daily_limit = models.PositiveIntegerField(default=200, help_text="so many memes enter it in a day")
    collection = models.ForeignKey(Collection, models.SET_NULL, null=True, blank=True, related_name="+")
    tags = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    name_pattern = models.CharField(max_length=200, blank=True, help_text="of what is kept and not named by hand")
    trouble = models.CharField(max_length=500, blank=True, help_text="why nothing can be added now")
    filled_from = models.CharField(max_length=300, blank=True, help_text="what it was last filled to the end from")
    filled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[CurationQueue]] = CurationQueueQuerySet.as_manager()

    class Meta:
        constraints = [
            # Also finds somebody's queues, or those of the curators.
            models.UniqueConstraint("private_to", Upper("name"), name="curation_queue_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(best_percent__gt=0, best_percent__lte=100), name="curation_queue_percent"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lowest_percentile(self) -> float:
        return 100.0 - self.best_percent


class QueueItemQuerySet(models.QuerySet["QueueItem"]):
    def waiting(self) -> QueueItemQuerySet:
        """Those without a verdict that are among the best, as the taste of their queue is now."""
        return self.filter(decided_at=None, percentile__gte=100.0 - F("queue__best_percent"))

    def free_for(self, user: User, tab: str) -> QueueItemQuerySet:
        """Not shown to anybody else, nor in another tab."""
        return self.filter(_is_free() | Q(holder=user.pk, tab=tab))

    def unheld(self, user: User) -> QueueItemQuerySet:
        """Not shown to anybody else; in which tab of `user` matters elsewhere."""
        return self.filter(_is_free() | Q(holder=user.pk))


def _is_free() -> Q:
    return Q(leased_until=None) | Q(leased_until__lt=timezone.now())


class QueueItem(models.Model):
    """A meme that waits for a verdict in one queue, or got one there; it enters each queue once."""

    queue = models.ForeignKey(CurationQueue, models.CASCADE, related_name="items", db_index=False)
    meme = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    # Of the taste that `scored_from` names; after a verdict they stay as they were then.
    score = models.FloatField()
    percentile = models.FloatField(help_text="of the library, 0 to 100, that it beats")
    scored_from = models.CharField(max_length=150)
    entered_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", help_text="who looks at it"
    )
    tab = models.CharField(max_length=40, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[QueueItem]] = QueueItemQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "meme"], name="queue_item_once")]
        indexes = [
            # What is shown next.
            models.Index(fields=["queue", "-percentile", "id"], condition=Q(decided_at=None), name="queue_item_next"),
            models.Index(fields=["queue", "entered_at"], name="queue_item_entered"),  # the daily limit
        ]

    def __str__(self) -> str:
        return f"meme {self.meme_id} in queue {self.queue_id}"


class VerdictQuerySet(models.QuerySet["Verdict"]):
    def standing(self) -> VerdictQuerySet:
        """Those that were not taken back."""
        return self.filter(voided_at=None)

    def visible_to(self, user: User | AnonymousUser) -> VerdictQuerySet:
        return self.filter(item__queue__in=CurationQueue.objects.visible_to(user))


class Verdict(models.Model):
    """What somebody decided about a meme in a queue; those that were given at once share their key."""

    class Outcome(models.TextChoices):
        KEEP = "keep"
        REJECT = "reject"
        SKIP = "skip"

    item = models.ForeignKey(QueueItem, models.CASCADE, related_name="verdicts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    name = models.CharField(max_length=200, blank=True, help_text="what it is called among what was kept")
    key = models.UUIDField(default=uuid.uuid4, help_text="made by whoever decides: sent again, it counts once")
    percentile = models.FloatField(help_text="of the meme, when it was decided")
    took_ms = models.PositiveIntegerField(null=True, blank=True, help_text="from seeing the meme to the verdict")
    decided_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)
    did = models.JSONField(default=dict, help_text="a rating.curation.effects.Done: what is undone with it")

    objects: ClassVar[models.Manager[Verdict]] = VerdictQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "key", "item"], name="verdict_key"),
            # Two curators never decide about the same meme.
            models.UniqueConstraint(
                fields=["item"], condition=Q(voided_at=None) & ~Q(outcome="skip"), name="verdict_once"
            ),
            models.CheckConstraint(condition=Q(outcome__in=["keep", "reject", "skip"]), name="verdict_outcome"),
        ]
        indexes = [
            # What is taken back next.
            models.Index(fields=["by", "-decided_at", "-id"], condition=Q(voided_at=None), name="verdict_standing"),
            models.Index(fields=["-decided_at"], condition=Q(voided_at=None), name="verdict_latest"),  # the dashboard
        ]

    def __str__(self) -> str:
        return f"{self.outcome} of item {self.item_id}"
