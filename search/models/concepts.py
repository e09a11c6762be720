"""What was learned to see in the vectors of a space: dictionaries of concepts, and which of them are active in each meme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from pgvector.django import HalfVectorField

from search.models.embeddings import EmbeddingSpace
from search.models.memes import Meme

NAME_LENGTH = 100


@dataclass(frozen=True)
class Point:
    """What so many active latents explain of the memes' variance, and what as many principal components do; 0 to 1."""

    active: int
    explained: float
    by_components: float


class ConceptModel(models.Model):
    """A sparse autoencoder of one space: being learned, in use, or only its report."""

    class State(models.TextChoices):
        LEARNING = "learning"
        ACTIVE = "active"
        RETIRED = "retired"
        FAILED = "failed"

    space = models.ForeignKey(EmbeddingSpace, models.CASCADE, related_name="concept_models", db_index=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LEARNING)
    latents = models.PositiveIntegerField(default=0)
    active = models.PositiveSmallIntegerField("active latents of a vector", default=0)
    memes = models.PositiveIntegerField("memes it is learned from", default=0)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    file = models.CharField("SHA-256 of its weights in the media store, hex", max_length=64, blank=True)
    components = models.BinaryField(default=b"", help_text="principal directions, rows of little-endian 16-bit floats")
    facts = models.JSONField(default=dict, help_text="what the report shows")
    fault = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(auto_now_add=True)
    learned_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField("concepts changed", auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space"], condition=Q(state="active"), name="one_active_concept_model"),
            models.UniqueConstraint(fields=["space"], condition=Q(state="learning"), name="one_learning_concept_model"),
        ]
        indexes = [models.Index(fields=["space", "-id"], name="concept_model_latest")]  # the reports

    def __str__(self) -> str:
        return f"{self.latents} concepts of {self.memes} memes"

    @property
    def explained(self) -> float:
        """The share of the memes' variance, 0 to 1."""
        return 1.0 - float(self.facts["unexplained"])

    @property
    def curve(self) -> list[Point]:
        """By how many latents may be active, few first."""
        # Far fewer than it was learned with may say less than the mean of all memes does.
        return [
            Point(point["active"], max(0.0, 1.0 - point["unexplained"]), 1.0 - point["components"])
            for point in self.facts.get("curve", [])
        ]

    @property
    def explained_by_latents(self) -> list[float]:
        return [point.explained for point in self.curve]

    @property
    def explained_by_components(self) -> list[float]:
        return [point.by_components for point in self.curve]

    @property
    def last_loss(self) -> float | None:
        losses = self.facts.get("losses") or [None]
        last: float | None = losses[-1]
        return last


class ConceptQuerySet(models.QuerySet["Concept"]):
    def listed(self) -> ConceptQuerySet:
        """What people choose from: neither hidden nor part of another one."""
        return self.filter(is_hidden=False, merged_into=None)


class Concept(models.Model):
    """One latent that is alive. `label` is what it is called: as a curator says, else as was found, else by its number."""

    model = models.ForeignKey(ConceptModel, models.CASCADE, related_name="concepts", db_index=False)
    latent = models.PositiveIntegerField()
    label = models.CharField(max_length=NAME_LENGTH)
    name = models.CharField("best match among the library's own words", max_length=NAME_LENGTH, blank=True)
    given_name = models.CharField("what a curator calls it", max_length=NAME_LENGTH, blank=True)
    match = models.FloatField("how well the name fits: standard deviations above other words", default=0.0)
    margin = models.FloatField("how much better than the next name", default=0.0)
    frequency = models.FloatField("share of the memes it is active in")
    is_hidden = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="merged")
    direction = HalfVectorField(help_text="row of the decoder, unit norm")

    objects: ClassVar[models.Manager[Concept]] = ConceptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "latent"], name="concept_once"),
            models.UniqueConstraint(fields=["model", "label"], name="concept_label_once"),  # `concept:label`
        ]
        indexes = [
            models.Index(fields=["model", "-frequency", "id"], name="concept_frequency"),  # the browser
            # What is typed, by its beginning.
            models.Index(
                fields=["model", "label"], opclasses=["int8_ops", "varchar_pattern_ops"], name="concept_begun"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_named(self) -> bool:
        return bool(self.given_name or self.name)


class ConceptPortrait(models.Model):
    """What the page of a concept shows, as it was when it was learned. Apart from it, so that lists stay narrow.

    Memes are shared ones; whether somebody may see them is asked when they are shown.
    """

    concept = models.OneToOneField(Concept, models.CASCADE, primary_key=True, related_name="portrait")
    strongest = ArrayField(models.BigIntegerField(), help_text="memes it is most active in, the strongest first")
    farthest = ArrayField(models.BigIntegerField(), help_text="memes that lie the other way, the farthest first")
    histogram = ArrayField(
        models.IntegerField(), help_text="memes by how active it is, equal steps from 0 to `highest`"
    )
    highest = models.FloatField()
    near = ArrayField(models.IntegerField(), help_text="latents whose directions are closest")
    opposite = models.IntegerField(null=True, help_text="the latent whose direction points away most")

    def __str__(self) -> str:
        return f"portrait of concept {self.concept_id}"


class ConceptActivations(models.Model):
    """What one dictionary sees in one meme: `packed` are pairs of a latent and its value, `search.concepts.packing`."""

    model = models.ForeignKey(ConceptModel, models.CASCADE, related_name="activations", db_index=False)
    meme = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    packed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "meme"], name="activations_once")]

    def __str__(self) -> str:
        return f"concepts of meme {self.meme_id}"
