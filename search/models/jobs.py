"""Work that takes a while, as people see it: what, for whom, how far, how fast, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from search.curators import is_curator

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

OPEN = ("running", "resting")


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User | AnonymousUser) -> JobQuerySet:
        """Curators see all of it, others what they have started themselves."""
        if is_curator(user):
            return self
        return self.filter(started_by=user.pk) if user.is_authenticated else self.none()

    def going_on(self) -> JobQuerySet:
        return self.filter(state__in=OPEN)


class Job(models.Model):
    """One run, or the turns of one that lets others go between: `search.jobs` writes these."""

    class State(models.TextChoices):
        RUNNING = "running"
        RESTING = "resting", "waiting for its next turn"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled", "stopped"
        LOST = "lost"

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=100, blank=True, help_text="which one of its kind, such as the id of a source")
    about = models.CharField(max_length=200, blank=True, help_text="the same, for people")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    is_shared = models.BooleanField(default=False, help_text="several workers may be at it at once")
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True, blank=True, help_text="nothing while nobody knows")
    rate = models.FloatField(null=True, blank=True, help_text="how many a second, lately")
    result = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now, help_text="the last sign of life")
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Job]] = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(is_shared=True, state__in=OPEN), name="job_shared_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["kind", "key"], condition=Q(state__in=OPEN), name="job_open"
            ),  # whoever begins or looks
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}".strip()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def most(self) -> int | None:
        """How many there are in all: never fewer than are done, and that many at the end of what went well."""
        if self.total is None or self.state == self.State.DONE:
            return self.total and self.done
        return max(self.total, self.done)

    @property
    def percent(self) -> int | None:
        return 100 * self.done // self.most if self.most else None

    @property
    def left_s(self) -> float | None:
        """Seconds, at the rate of lately; None while nobody can tell."""
        if self.state != self.State.RUNNING or self.most is None or not self.rate:
            return None
        return (self.most - self.done) / self.rate

    @property
    def took_s(self) -> float:
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()
