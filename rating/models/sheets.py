"""Blind sheets: memes from all over a taste's order, and which of them their owner ticked. They are tests: nothing learns
from them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from rating.models.axes import Axis
from search.models import Meme


class BlindSheet(models.Model):
    """Until `done_at` it is being ticked; afterwards it never changes."""

    PARTS: ClassVar[int] = 10  # of the library, by percentile
    MOST: ClassVar[int] = 50  # memes of each part: five hundred are as many as anybody looks at

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    axis = models.ForeignKey(Axis, models.CASCADE, related_name="+")
    per_part = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(50)], help_text="memes of each tenth of the library"
    )
    version = models.PositiveIntegerField(null=True, help_text="of the networks that chose; empty: the direction")
    made_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # One at a time: two pages at once tick the same.
            models.UniqueConstraint(
                fields=["owner", "axis"], condition=models.Q(done_at=None), name="blind_sheet_open"
            ),
        ]
        indexes = [models.Index(fields=["owner", "axis", "-done_at"], name="blind_sheet_latest")]

    def __str__(self) -> str:
        return f"sheet {self.pk} of {self.owner_id} on {self.axis_id}"


class BlindMark(models.Model):
    """One meme of a sheet."""

    sheet = models.ForeignKey(BlindSheet, models.CASCADE, related_name="marks", db_index=False)
    meme = models.ForeignKey(Meme, models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField(help_text="on the sheet, shuffled")
    percentile = models.FloatField(help_text="of the library, by the taste that chose it, when it chose")
    is_good = models.BooleanField(null=True, help_text="empty: not answered, or no longer there to be seen")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "meme"], name="blind_mark_once"),
            models.UniqueConstraint(fields=["sheet", "place"], name="blind_mark_place"),  # the order of the page
        ]

    def __str__(self) -> str:
        return f"meme {self.meme_id} on sheet {self.sheet_id}"

    @property
    def part(self) -> int:
        """Which tenth of the library it was chosen from, from 0."""
        return min(int(self.percentile * BlindSheet.PARTS / 100), BlindSheet.PARTS - 1)
