"""How much somebody has answered so far."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.utils import timezone

from rating.models import Choice, Comparison


@dataclass(frozen=True)
class Counts:
    """Pairs and fours that were judged, on however many axes; skipped ones are none."""

    today: int
    ever: int


def counts(rater: User) -> Counts:
    """Of the answers that stand; today begins at midnight of the site's time zone."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    judged = (
        Comparison.objects.standing().filter(rater=rater, outcome__in=Comparison.SOFT_TARGETS),
        Choice.objects.standing().filter(rater=rater).exclude(best=None),
    )
    found = [
        rows.aggregate(
            today=Count("key", distinct=True, filter=Q(answered_at__gte=midnight)), ever=Count("key", distinct=True)
        )
        for rows in judged
    ]
    return Counts(*(sum(row[name] for row in found) for name in ("today", "ever")))
