"""The tables of ingestion: runs of sources, and what could not be taken in."""

from django.conf import settings
from django.db import models

from search.models import Source


class Crawl(models.Model):
    """One run of a source."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    source = models.ForeignKey(Source, models.CASCADE, related_name="crawls")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    added = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.source} at {self.started_at:%Y-%m-%d %H:%M}"


class FailedFind(models.Model):
    """Something found at a source that could not be taken in, and why; gone once it could be."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="failed_finds")
    locator = models.TextField(help_text="percent-encoded, see Sighting")
    code = models.CharField(max_length=40)
    reason = models.TextField()
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    modified_ns = models.BigIntegerField(null=True, blank=True)
    failed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "locator"], name="failed_find_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.locator}: {self.reason}"
