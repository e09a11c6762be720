"""Deciding about many at once: some that were picked, or all that match, counted before."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from rating.comparisons import Refused
from rating.curation import leasing, verdicts
from rating.curation.verdicts import Decision
from rating.models import CurationQueue, QueueItemQuerySet
from search import query
from search.filters import condition
from search.models import Meme

MOST_PICKED = 5000  # ids in one request


class MoreNow(Refused):
    """More match than were counted: some were given back, or have risen since."""

    status = 409


@dataclass(frozen=True)
class Counted:
    """How many match, and `up_to` which of those that came in: nothing that comes in later is decided unseen."""

    count: int
    up_to: int


@dataclass(frozen=True)
class Selection:
    """Of what waits in a queue: `items` that were picked, or without them all that the filters of a search `q` let through.

    They are at least at `least_percentile`. `counted` leaves out what came in after they were counted.
    """

    items: Sequence[int] | None = None
    q: str = ""
    least_percentile: float = 0.0
    counted: Counted | None = None


def matching(queue: CurationQueue, user: User, chosen: Selection) -> QueueItemQuerySet:
    """What nobody else is looking at. Raises Refused for a search by words or pictures, which has no end, and BadQuery."""
    if chosen.items is not None and len(chosen.items) > MOST_PICKED:
        raise Refused(f"At most {MOST_PICKED} can be picked one by one.")
    asked = query.parse(chosen.q)
    if asked.directions:
        raise Refused("Choose by filters here, such as community:memes or after:2026-01-01: words alone have no end.")
    found = leasing.waiting(queue, user).unheld(user).filter(percentile__gte=chosen.least_percentile)
    if not asked.is_empty():
        found = found.filter(meme__in=Meme.objects.filter(condition(user, asked)))
    if chosen.items is not None:
        found = found.filter(pk__in=chosen.items)
    return found if chosen.counted is None else found.filter(pk__lte=chosen.counted.up_to)


def count(queue: CurationQueue, user: User, chosen: Selection) -> Counted:
    ids = list(matching(queue, user, chosen).values_list("pk", flat=True))
    return Counted(len(ids), max(ids, default=0))


def decide(queue: CurationQueue, by: User, chosen: Selection, decision: Decision) -> int:
    """Decide about all of `chosen` in one step that can be undone as one; how many that were.

    Sent again with the same key, nothing happens, and it is as many as before. What others decide meanwhile is left to them.
    Raises Refused, MoreNow too.
    """
    verdicts.check(decision)
    if chosen.items is None and chosen.counted is None:
        raise Refused("Count what matches first: nothing is decided unseen.")
    with transaction.atomic():
        # One who sends the same again waits here for the first.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if verdicts.is_known(by, decision.key):
            return verdicts.given(by, decision.key)
        total = 0
        free = matching(queue, by, chosen)
        ids = sorted(free.values_list("pk", flat=True))
        if chosen.counted is not None and len(ids) > chosen.counted.count:
            raise MoreNow(
                f"More match now than were counted: {len(ids)} instead of {chosen.counted.count}. Look again."
            )
        for start in range(0, len(ids), verdicts.AT_ONCE):
            some = free.filter(pk__in=ids[start : start + verdicts.AT_ONCE])  # looked at again when it is locked
            locked = list(some.order_by("pk").select_for_update(of=("self",), skip_locked=True))
            verdicts.record(by, queue, locked, decision, {})
            total += len(locked)
    return total
