"""The tables of ingestion: how sources are read, their runs, and what could not be taken in."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from search.models import Sighting, Source


class Subscription(models.Model):
    """How a source is read, how often, and how far reading it has come."""

    class Mode(models.TextChoices):
        ADAPTIVE = "adaptive", "As often as it posts"
        INTERVAL = "interval", "At even intervals"
        CRONTAB = "crontab", "At fixed times"
        MANUAL = "manual", "Only when somebody asks"

    source = models.OneToOneField(Source, models.CASCADE, primary_key=True, related_name="subscription")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    options = models.JSONField(default=dict, blank=True, help_text="what its crawler needs to know")
    cursor = models.JSONField(default=dict, blank=True, help_text="what its crawler wants to be told the next time")
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.MANUAL)
    every_min = models.PositiveIntegerField("minutes between two runs", default=60)
    least_min = models.PositiveIntegerField("fewest minutes between two runs", default=15)
    most_min = models.PositiveIntegerField("most minutes between two runs", default=1440)
    crontab = models.CharField(max_length=100, blank=True, help_text="minute, hour, day, month, weekday")
    is_paused = models.BooleanField(default=False)
    parked_at = models.DateTimeField(null=True, blank=True, help_text="nothing new had come for too long")
    not_before = models.DateTimeField(null=True, blank=True, help_text="its host wants to be left alone until then")
    is_asked_again = models.BooleanField(default=False, help_text="something changed while it was being read")
    news_at = models.DateTimeField(default=timezone.now, help_text="when something new was last found")
    last_error = models.TextField(blank=True, help_text="of the latest run; empty when it went well")

    def __str__(self) -> str:
        return f"{self.source}, {self.get_mode_display().lower()}"

    def is_resting(self) -> bool:
        """Whether its schedule leaves it alone for now."""
        return self.is_paused or self.parked_at is not None


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
    attempts = models.PositiveSmallIntegerField(default=1, help_text="of getting what may only be away for a while")
    failed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "locator"], name="failed_find_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.locator}: {self.reason}"


class ScoreCheck(models.Model):
    """When the score of a sighting is to be looked at again: what it had on the first day says little."""

    sighting = models.OneToOneField(Sighting, models.CASCADE, primary_key=True, related_name="score_check")
    due_at = models.DateTimeField()
    is_last = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="score_check_due")]  # what a run of a source asks for

    def __str__(self) -> str:
        return f"{self.sighting} at {self.due_at:%Y-%m-%d %H:%M}"
