"""What was learned from answers. All of it can be deleted and is learned again from the same answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from pgvector.django import HalfVectorField

from rating.models.axes import Axis
from search.models import EmbeddingSpace, Meme


class TasteBasis(models.Model):
    """The coordinates of a space in which its tastes are learned: a `rating.bayes.Basis`."""

    space = models.OneToOneField(EmbeddingSpace, models.CASCADE, related_name="+")
    data = models.BinaryField(help_text="safetensors")
    checksum = models.CharField(max_length=64)
    sampled = models.PositiveIntegerField(help_text="vectors it was learned from")
    learned_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "taste bases"

    def __str__(self) -> str:
        return f"of {self.sampled} vectors of space {self.space_id}"


class Taste(models.Model):
    """What one person, or everybody together, likes on one axis: weights with their uncertainty, and a direction."""

    axis = models.ForeignKey(Axis, models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", help_text="none: everybody together"
    )
    space = models.ForeignKey(EmbeddingSpace, models.CASCADE, related_name="+")
    is_shared = models.BooleanField(default=False, help_text="others may search by it")
    answers = models.PositiveIntegerField(default=0)
    basis = models.CharField(max_length=64, help_text="the checksum of the coordinates")
    learned_from = models.CharField(
        max_length=64, help_text="a hash of the answers: with the same there is nothing new"
    )
    learned_at = models.DateTimeField(auto_now=True)
    posterior = models.BinaryField(help_text="safetensors, a quarter of a megabyte")
    direction = HalfVectorField(null=True, help_text="unit norm; null: nothing is preferred")
    prior_mean = models.BinaryField(default=b"", help_text="float64; empty: around nothing")
    prior_variance = models.FloatField(default=0.0, help_text="squared logits")
    is_prior_of_others = models.BooleanField(default=False, help_text="chosen together with everybody's")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["axis", "owner", "space"], name="taste_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.axis_id} of {self.owner_id or 'everybody'} from {self.answers} answers"


class DeepTaste(models.Model):
    """One version of what networks learned of one person's tastes, on several axes at once.

    While `trained_at` is empty somebody is at it, or was when they died: until `leased_until`, nobody else begins.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    space = models.ForeignKey(EmbeddingSpace, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField(help_text="of this person's in this space, from 1")
    answers = models.PositiveIntegerField(help_text="it was learned from, on all axes")
    basis = models.CharField(max_length=64, help_text="the checksum of the coordinates")
    started_at = models.DateTimeField(auto_now_add=True)
    trained_at = models.DateTimeField(null=True, blank=True)
    file = models.CharField(
        max_length=64, blank=True, help_text="the checksum of the networks, which names their files"
    )
    facts = models.JSONField(default=dict, help_text="how it was trained")
    leased_until = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=1)
    is_outdated = models.BooleanField(default=False, help_text="what it was learned from is partly deleted since")
    fault = models.CharField(max_length=500, blank=True, help_text="why nothing can be ranked by it")
    waits_because = models.CharField(
        max_length=300, blank=True, help_text="why rankings do not follow it; empty: they follow the newest of these"
    )

    class Meta:
        constraints = [
            # Also finds somebody's newest version, for a search.
            models.UniqueConstraint(fields=["owner", "space", "version"], name="deep_taste_version"),
            # Two workers never train the same.
            models.UniqueConstraint(
                fields=["owner", "space"], condition=models.Q(trained_at=None), name="deep_taste_training"
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version} of {self.owner_id} in space {self.space_id}"


class DeepAxis(models.Model):
    """One axis of a deep taste: how well it predicts, beside the taste that is a direction."""

    taste = models.ForeignKey(DeepTaste, models.CASCADE, related_name="axes", db_index=False)
    axis = models.ForeignKey(Axis, models.CASCADE, related_name="+")
    answers = models.PositiveIntegerField()
    is_better = models.BooleanField(help_text="than the direction, beyond chance: rankings use it")
    metrics = models.JSONField(help_text="on memes that it never saw")
    is_scored = models.BooleanField(default=False, help_text="there was a time when no meme lacked its score")
    library = models.JSONField(help_text="a rating.deep.Library: how its scores were spread when it was trained")

    class Meta:
        verbose_name_plural = "deep axes"
        constraints = [models.UniqueConstraint(fields=["taste", "axis"], name="deep_axis_once")]

    def __str__(self) -> str:
        return f"{self.axis_id} in {self.taste_id}"


class DeepScore(models.Model):
    """What the networks of one axis say of a meme: of the whole library where rankings follow them, so that it can be put in
    order and chosen by."""

    axis = models.ForeignKey(DeepAxis, models.CASCADE, related_name="+", db_index=False)
    meme = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    score = models.FloatField(help_text="in logits")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["axis", "meme"], name="deep_score_once")]

    def __str__(self) -> str:
        return f"{self.meme_id}: {self.score}"
