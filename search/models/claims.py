"""Who is working on what, and what failed."""

from django.db import models
from django.db.models import Q

from search.models.embeddings import EmbeddingSpace
from search.models.memes import Meme


class Claim(models.Model):
    """One stage's hold on one meme: leased while a worker is on it, kept with its reason when it failed, gone when done."""

    class Stage(models.TextChoices):
        MEDIA = "media"
        TEXT = "text"
        EMBEDDING = "embedding"

    meme = models.ForeignKey(Meme, models.CASCADE, related_name="claims")
    stage = models.CharField(max_length=10, choices=Stage.choices)
    space = models.ForeignKey(EmbeddingSpace, models.CASCADE, null=True, blank=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=1)
    leased_until = models.DateTimeField()
    failed_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meme", "stage", "space"], name="claim_once", nulls_distinct=False)
        ]
        indexes = [models.Index(fields=["-failed_at"], condition=~Q(failed_at=None), name="claim_failed")]

    def __str__(self) -> str:
        return f"{self.stage} of meme {self.meme_id}"
