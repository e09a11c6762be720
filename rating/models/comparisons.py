"""What people answered. Rows are added and voided, never changed: everything learned is recomputed from them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from rating.bayes.answers import SOFT_TARGETS
from rating.models.axes import Axis
from rating.models.candidates import FourCandidate, PairCandidate
from search.models import Meme

Some = TypeVar("Some", bound="Answer")


class AnswerQuerySet(models.QuerySet[Some]):
    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(voided_at=None)


class Answer(models.Model):
    """One answer on one axis; those that were given together share their key."""

    rater = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    axis = models.ForeignKey(Axis, models.PROTECT, related_name="+")
    policy = models.CharField(max_length=20, help_text="who chose the memes; `imported` if nobody here did")
    is_evaluation = models.BooleanField(default=False, help_text="kept apart to test what was learned")
    key = models.UUIDField(default=uuid.uuid4, help_text="made by whoever sends the answer: sent again, it counts once")
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField(null=True, blank=True, help_text="from seeing the memes to the answer")
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Comparison(Answer):
    """Which of two memes has more of an axis, and by how much; `left` and `right` as they were shown."""

    class Outcome(models.TextChoices):
        MUCH_LEFT = "much_left", "left is much better"
        LEFT = "left", "left is better"
        TIE = "tie", "equally good"
        RIGHT = "right", "right is better"
        MUCH_RIGHT = "much_right", "right is much better"
        SKIP = "skip", "skipped"
        BOTH_BAD = "both_bad", "both are bad"
        CANT_JUDGE = "cant_judge", "cannot be judged"

    # The outcomes that compare, with how likely they say the left one wins; the others compare nothing.
    SOFT_TARGETS: ClassVar[Mapping[str, float]] = SOFT_TARGETS

    # Null: the answer was given elsewhere and brought in.
    candidate = models.ForeignKey(PairCandidate, models.SET_NULL, null=True, related_name="comparisons")
    left = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    right = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    is_repeat = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[Comparison]] = AnswerQuerySet["Comparison"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rater", "key", "axis"], name="comparison_key"),
            # One standing answer for each asking; taken back, it can be given anew.
            models.UniqueConstraint(
                "rater", "axis", Least("left", "right"), Greatest("left", "right"), "is_repeat",
                condition=Q(voided_at=None), name="comparison_once",
            ),
            models.CheckConstraint(condition=~Q(left=F("right")), name="comparison_of_two"),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=[
                        "much_left", "left", "tie", "right", "much_right", "skip", "both_bad", "cant_judge"
                    ]
                ),
                name="comparison_outcome",
            ),
        ]  # fmt: skip
        indexes = [
            # What is taken back next, how many there are today, and what a taste is fitted to.
            models.Index(
                fields=["rater", "-answered_at", "-id"], condition=Q(voided_at=None), name="comparison_standing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.axis_id}: {self.left_id} {self.outcome} {self.right_id}"

    @property
    def soft_target(self) -> float | None:
        """How likely the left one wins; None for an answer that compares nothing."""
        return self.SOFT_TARGETS.get(self.outcome)


class Choice(Answer):
    """Which of four memes has most of an axis."""

    candidate = models.ForeignKey(FourCandidate, models.SET_NULL, null=True, related_name="choices")
    first = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    second = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    third = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    fourth = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    best = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="its place as shown, 1 to 4; 0: none of them; empty: skipped"
    )

    objects: ClassVar[models.Manager[Choice]] = AnswerQuerySet["Choice"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rater", "key", "axis"], name="choice_key"),
            models.UniqueConstraint(
                fields=["candidate", "axis"], condition=Q(voided_at=None), name="choice_once"
            ),
            models.CheckConstraint(condition=Q(best=None) | Q(best__lte=4), name="choice_place"),
            models.CheckConstraint(
                condition=~Q(first=F("second")) & ~Q(first=F("third")) & ~Q(first=F("fourth"))
                & ~Q(second=F("third")) & ~Q(second=F("fourth")) & ~Q(third=F("fourth")),
                name="choice_of_four",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["rater", "-answered_at", "-id"], condition=Q(voided_at=None), name="choice_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.axis_id}: {self.best} of {self.meme_ids}"

    @property
    def meme_ids(self) -> tuple[int, ...]:
        return (self.first_id, self.second_id, self.third_id, self.fourth_id)
