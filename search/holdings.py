"""How the library grows: what came in on which day, what failed, and what it takes of the disk."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from search.models import Claim, Meme, MemeQuerySet


@dataclass(frozen=True)
class Disk:
    """Bytes: of the originals in the media store, and of the disk that it is on; None where that is not of this machine."""

    stored: int
    free: int | None
    total: int | None


def added_on(user: User, day: date) -> MemeQuerySet:
    """What came in on this day of what `user` may see, the latest first."""
    begin = timezone.make_aware(datetime.combine(day, time.min))
    came = Meme.objects.visible_to(user).filter(created_at__gte=begin, created_at__lt=begin + timedelta(days=1))
    return came.order_by("-pk")


def added_by_day(user: User, days: Sequence[date]) -> dict[date, int]:
    """How many came in on each of these days, of what `user` may see."""
    begin = timezone.make_aware(datetime.combine(min(days), time.min))
    came = Meme.objects.visible_to(user).filter(created_at__gte=begin).annotate(day=TruncDate("created_at"))
    counted = dict(came.order_by().values_list("day").annotate(count=Count("pk")))
    return {day: counted.get(day, 0) for day in days}


def failures(user: User) -> QuerySet[Claim]:
    """Stages that gave up on a meme in the charge of `user`, the latest first."""
    failed = Claim.objects.exclude(failed_at=None).filter(meme__in=Meme.objects.in_charge(user))
    return failed.select_related("meme", "space").order_by("-failed_at", "-pk")


def failures_by_stage(user: User) -> dict[str, int]:
    return dict(failures(user).order_by().values_list("stage").annotate(count=Count("pk")))


def disk() -> Disk:
    """What is only in folders of its owner takes nothing of ours."""
    stored = (
        Meme.objects.filter(is_stored=True).exclude(state=Meme.State.PURGED).aggregate(size=Sum("size_bytes"))["size"]
    )
    try:
        usage = shutil.disk_usage(settings.MEDIA_DIR)
    except OSError:
        return Disk(stored or 0, None, None)
    return Disk(stored or 0, usage.free, usage.total)
