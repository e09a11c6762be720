"""What waits to be asked: pairs, and fours of which the best is picked."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone

from search.models import Meme

PLACES = ("first", "second", "third", "fourth")  # of a four, in the order in which it is shown

Some = TypeVar("Some", bound="Candidate")


class CandidateQuerySet(models.QuerySet[Some]):
    def waiting(self) -> Self:
        return self.filter(answered_at=None)

    def free_for(self, tab: str) -> Self:
        """Not held by another tab: never leased, leased to this one, or leased for longer than anybody may take."""
        return self.waiting().filter(Q(leased_until=None) | Q(tab=tab) | Q(leased_until__lt=timezone.now()))


class Candidate(models.Model):
    """Memes to be shown to one person, and the lease of the tab that shows them."""

    rater = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    # What an answer names. Nobody knows it before the memes were shown, and it stays when the lease moves to another tab:
    # an answer that was given offline counts as long as no other one came first.
    token = models.UUIDField(default=uuid.uuid4, editable=False)
    policy = models.CharField(max_length=20, help_text="who chose it")
    priority = models.FloatField(default=0.0, help_text="larger is asked sooner")
    is_evaluation = models.BooleanField(
        default=False, help_text="a random draw from the whole library, kept apart to test what was learned"
    )
    tab = models.CharField(max_length=40, blank=True, help_text="the browser tab that shows it")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="when it was first handed out")
    leased_until = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    @property
    def meme_ids(self) -> tuple[int, ...]:
        """The memes in the order in which they are shown."""
        raise NotImplementedError  # two columns or four: each kind of candidate has its own


class PairCandidate(Candidate):
    """Two memes in the order in which they are shown. A fair coin chose the side; a repeat has the sides swapped."""

    left = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    right = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    is_repeat = models.BooleanField(default=False, help_text="asked before, to measure noise and side bias")

    objects: ClassVar[models.Manager[PairCandidate]] = CandidateQuerySet["PairCandidate"].as_manager()

    class Meta:
        constraints = [
            # Never the same two memes twice to one person, but for planned repeats.
            models.UniqueConstraint(
                "rater", Least("left", "right"), Greatest("left", "right"), "is_repeat", name="pair_once"
            ),
            models.UniqueConstraint(fields=["token"], name="pair_token"),  # answers
            models.CheckConstraint(condition=~Q(left=F("right")), name="pair_of_two"),
        ]
        indexes = [
            # The next ones of a person's queue.
            models.Index(fields=["rater", "-priority", "id"], condition=Q(answered_at=None), name="pair_queue"),
        ]

    def __str__(self) -> str:
        return f"memes {self.left_id} and {self.right_id}"

    @property
    def meme_ids(self) -> tuple[int, ...]:
        return (self.left_id, self.right_id)


class FourCandidate(Candidate):
    """Four memes in the order in which they are shown, of which the best is picked."""

    first = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    second = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    third = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    fourth = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    members = ArrayField(models.BigIntegerField(), size=4, help_text="their ids, the smallest first")

    objects: ClassVar[models.Manager[FourCandidate]] = CandidateQuerySet["FourCandidate"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rater", "members"], name="four_once"),
            models.UniqueConstraint(fields=["token"], name="four_token"),  # answers
        ]
        indexes = [
            models.Index(fields=["rater", "-priority", "id"], condition=Q(answered_at=None), name="four_queue"),
        ]

    def __str__(self) -> str:
        return "memes {}, {}, {} and {}".format(*self.meme_ids)

    @property
    def meme_ids(self) -> tuple[int, ...]:
        return (self.first_id, self.second_id, self.third_id, self.fourth_id)
