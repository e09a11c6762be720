"""What was learned of upvotes. All of it can be deleted and is learned again from the same posts."""

from __future__ import annotations

from django.db import models

from search.models import EmbeddingSpace


class PopularityModel(models.Model):
    """One version of what does well in its community and month, judged by the picture alone: two heads of one ensemble."""

    space = models.ForeignKey(EmbeddingSpace, models.CASCADE, related_name="+")
    basis = models.CharField(max_length=64, help_text="the checksum of the coordinates")
    posts = models.PositiveIntegerField(help_text="it was learned from or tested on")
    learned_from = models.CharField(max_length=64, help_text="a hash of the posts: with the same there is nothing new")
    trained_at = models.DateTimeField(auto_now_add=True)
    weights = models.BinaryField(help_text="safetensors, about a megabyte")
    description = models.BinaryField(help_text="JSON, as rating.ensemble.model.Ensemble writes it")
    facts = models.JSONField(help_text="how it was trained: epochs, losses, how upvotes and ranks were spread")
    metrics = models.JSONField(help_text="rating.popularity.learning.Measures, on pictures that it never saw")
    quantiles = models.JSONField(help_text="of its scores over a sample of the library, at equal steps from 0 to 1")

    class Meta:
        indexes = [models.Index(fields=["space", "-trained_at"], name="popularity_newest")]

    def __str__(self) -> str:
        return f"popularity in space {self.space_id} of {self.posts} posts"
