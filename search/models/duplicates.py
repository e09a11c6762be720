"""Which memes may be the same, what people decided about them, and what was moved when two became one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from search.models.embeddings import EmbeddingSpace
from search.models.memes import Meme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class Tier(models.TextChoices):
    """How much the same. The same bytes are one meme from the beginning, and each place they were seen at a sighting."""

    PICTURE = "picture", "Same picture"
    MEANING = "meaning", "Close in meaning"


class Merge(models.Model):
    """Two memes that somebody found to be one: what was moved from the one that went, so that it can be put back."""

    kept = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    gone = models.ForeignKey(Meme, models.CASCADE, related_name="merges")
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    merged_at = models.DateTimeField(auto_now_add=True)
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="merge_standing")]

    def __str__(self) -> str:
        return f"meme {self.gone_id} into {self.kept_id}"


class DuplicateQuerySet(models.QuerySet["DuplicatePair"]):
    def open_for(self, user: User | AnonymousUser) -> DuplicateQuerySet:
        """What `user` is to decide about: pairs in their charge of which both are there, the surest first."""
        mine = Meme.objects.in_charge(user).filter(state=Meme.State.ACTIVE)
        waiting = self.filter(decision="", first__in=mine, second__state=Meme.State.ACTIVE)
        return waiting.order_by("-tier", "distance", "pk")


class DuplicatePair(models.Model):
    """Two memes that may be the same, of one owner or both shared; `first` came earlier and is shown on the left."""

    class Decision(models.TextChoices):
        LEFT = "left", "Keep the left one"
        RIGHT = "right", "Keep the right one"
        BOTH = "both", "Keep both"
        DIFFERENT = "different", "Not the same"

    first = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    second = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    tier = models.CharField(max_length=10, choices=Tier.choices)
    distance = models.FloatField(help_text="bits of the perceptual hash that differ; of vectors, 1 less the cosine")
    found_at = models.DateTimeField(auto_now_add=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    merge = models.ForeignKey(Merge, models.SET_NULL, null=True, blank=True, related_name="+")

    objects: ClassVar[models.Manager[DuplicatePair]] = DuplicateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_in_order"),
        ]
        indexes = [
            models.Index(fields=["-tier", "distance", "id"], condition=Q(decision=""), name="duplicate_open"),
            models.Index(fields=["decided_by", "-decided_at"], name="duplicate_decided"),  # what is taken back next
        ]

    def __str__(self) -> str:
        return f"memes {self.first_id} and {self.second_id}, {self.get_tier_display().lower()}"

    @property
    def both(self) -> tuple[Meme, Meme]:
        """As they are shown, from left to right."""
        return self.first, self.second


class Compared(models.Model):
    """A meme that was compared with all others, in one way. The unique row is also the claim on the work."""

    meme = models.ForeignKey(Meme, models.CASCADE, related_name="+", db_index=False)
    tier = models.CharField(max_length=10, choices=Tier.choices)
    space = models.ForeignKey(EmbeddingSpace, models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meme", "tier", "space"], name="compared_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.tier} of meme {self.meme_id}"
