"""The qualities that people rate."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper


class AxisQuerySet(models.QuerySet["Axis"]):
    def in_use(self) -> AxisQuerySet:
        """The axes that are asked about, in the order of their rows of keys."""
        return self.filter(state=Axis.State.ACTIVE).order_by("position", "pk")


class Axis(models.Model):
    """A quality that a meme has more or less of, such as how useful it is. Retired ones keep their answers."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        ACTIVE = "active"
        RETIRED = "retired"

    name = models.CharField(max_length=40)
    question = models.CharField(max_length=200, help_text="as it is asked of two memes: Which is more useful?")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    position = models.PositiveSmallIntegerField(default=100, help_text="smaller comes first")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Axis]] = AxisQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "axes"
        constraints = [
            models.UniqueConstraint(Upper("name"), name="axis_once"),  # also finds one by its name, in an import
        ]

    def __str__(self) -> str:
        return self.name
