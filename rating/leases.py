"""Which tab shows which candidates: leases in rows, so that two tabs never show the same and a closed one loses nothing."""

from datetime import timedelta
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from rating.models import Candidate, FourCandidate, PairCandidate

# Longer than anybody looks at what one tab has fetched; a tab that is closed gives its candidates back by itself.
LEASE_S = 600

Some = TypeVar("Some", bound=Candidate)


def lease(candidates: "QuerySet[Some]", tab: str, count: int) -> list[Some]:
    """Up to `count` of `candidates` for `tab`, the most urgent first: its own ones, then those that nobody holds.

    Repeated, the same ones come again with a fresh lease, until they are answered. Whoever asks at the same time from
    another tab gets other ones.
    """
    now = timezone.now()
    with transaction.atomic():
        free = candidates.free_for(tab).order_by("-priority", "pk")  # type: ignore[attr-defined]  # of Candidate's manager
        found: list[Some] = list(free.select_for_update(of=("self",), skip_locked=True)[:count])
        chosen = candidates.model._default_manager.filter(pk__in=[candidate.pk for candidate in found])
        chosen.update(tab=tab, leased_until=now + timedelta(seconds=LEASE_S), asked_at=Coalesce("asked_at", now))
    return found


def release(rater: User, tab: str) -> int:
    """Give back what `tab` holds and has not answered. Returns how many candidates that were; repeated, none."""
    held = {"rater": rater, "tab": tab, "answered_at": None}
    return sum(
        update_in_order(kind.objects.filter(**held), tab="", leased_until=None)
        for kind in (PairCandidate, FourCandidate)
    )


def update_in_order(candidates: "QuerySet[Some]", **facts: Any) -> int:
    """Set `facts` of all of them. Whoever waits for several rows takes them in one order, or two could wait for each other."""
    with transaction.atomic():
        ids = list(candidates.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        return candidates.model._default_manager.filter(pk__in=ids).update(**facts)
