"""How well each taste has come to predict held-out answers. It can be deleted and is measured again."""

from __future__ import annotations

from django.db import models

from rating.models.tastes import Taste


class LearningCurve(models.Model):
    """What `rating.progress` measured of one taste; it goes with it."""

    taste = models.OneToOneField(Taste, models.CASCADE, related_name="+")
    measured_from = models.CharField(
        max_length=64, help_text="a hash of the answers: with the same there is nothing new"
    )
    found = models.JSONField(help_text="a rating.progress.Curve")
    measured_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"of taste {self.taste_id}"
