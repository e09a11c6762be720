"""The vectors of memes, the spaces they lie in, and the feed of what changed."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from pgvector.django import HalfVectorField

from search.models.memes import Meme


class EmbeddingSpace(models.Model):
    """One encoder at one revision."""

    class State(models.TextChoices):
        BUILDING = "building"
        ACTIVE = "active"
        RETIRED = "retired"

    name = models.CharField(max_length=300, help_text="what MSE_ENCODER said")
    revision = models.CharField(max_length=100)
    dims = models.PositiveIntegerField()
    reads_text = models.BooleanField(help_text="vectors depend on the found text, so text is read first")
    state = models.CharField(max_length=10, choices=State.choices, default=State.BUILDING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "revision"], name="space_once"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="one_active_space"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.revision})"


# The order in which vectors are taken into a sample: `search.sidecar.background.hash_key` of the sidecar's keys.
SAMPLE_ORDER = models.Func("meme", "frame", function="search_sample_hash", output_field=models.BigIntegerField())


class Embedding(models.Model):
    """A vector of one meme in one space; clips have one for each frame. Unit norm, 16-bit floats."""

    space = models.ForeignKey(EmbeddingSpace, models.CASCADE, related_name="embeddings")
    meme = models.ForeignKey(Meme, models.CASCADE, related_name="embeddings")
    frame = models.PositiveSmallIntegerField(default=0)
    vector = HalfVectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "meme", "frame"], name="embedding_once")]
        indexes = [models.Index(F("space"), SAMPLE_ORDER, name="embedding_sample")]  # search.samples.of

    def __str__(self) -> str:
        return f"meme {self.meme_id} frame {self.frame} in space {self.space_id}"


class NsfwScore(models.Model):
    """How much closer a meme is to words for what is not safe for work than to words for what is: a difference of cosines."""

    meme = models.OneToOneField(Meme, models.CASCADE, primary_key=True, related_name="nsfw_score")
    space = models.ForeignKey(EmbeddingSpace, models.CASCADE, related_name="+")
    score = models.FloatField()

    def __str__(self) -> str:
        return f"meme {self.meme_id}: {self.score:+.3f}"


class EmbeddingChange(models.Model):
    """Written by triggers alone: which memes' vectors or visibility changed, in which transaction. The sidecar reads it."""

    # xid8, filled by the trigger; Django has no such type, and nothing here reads it through Django.
    meme_id = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="change_age")]  # pruning

    def __str__(self) -> str:
        return f"meme {self.meme_id} changed"
