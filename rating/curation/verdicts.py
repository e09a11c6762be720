"""Deciding, and taking decisions back: all or nothing, once however often it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from rating.comparisons import MAX_TOOK_MS, AlreadyAnswered, MemeGone, NotAsked, Refused
from rating.curation import effects, names, rules
from rating.leases import LEASE_S
from rating.models import CurationQueue, QueueItem, Verdict

AT_ONCE = 1000  # rows that are written together
FOR_GOOD = (Verdict.Outcome.KEEP, Verdict.Outcome.REJECT)
NOBODY: Mapping[str, Any] = {"holder": None, "tab": "", "leased_until": None}


@dataclass(frozen=True)
class Decision:
    """What somebody says. `key`, made by the sender, makes it count once; `name` is empty for what the pattern makes."""

    outcome: str
    key: UUID
    name: str = ""
    took_ms: int | None = None


@dataclass(frozen=True)
class Undone:
    """What was taken back, of how many memes; `items`: those that wait again and nobody else is shown meanwhile."""

    key: UUID
    queue: CurationQueue
    outcome: str
    count: int
    items: Sequence[int]


def decide(by: User, item: int, decision: Decision) -> bool:
    """Record what `by` says of an item. True if it is new; sent again with the same key nothing happens, also when it has been
    taken back since.

    A lease that has run out is no reason to refuse, a verdict by somebody else is. Raises Refused; then nothing is changed.
    """
    name = check(decision)
    with transaction.atomic():
        if is_known(by, decision.key):
            return False
        theirs = QueueItem.objects.filter(queue__in=CurationQueue.objects.visible_to(by))
        found = theirs.select_for_update(of=("self",)).select_related("queue__collection").filter(pk=item).first()
        if found is None:
            raise NotAsked("This meme is not in a queue of yours.")
        if is_known(by, decision.key):  # the same one, sent at the same time
            return False
        if found.decided_at is not None:
            raise AlreadyAnswered("Somebody has decided about this meme already.")
        # Not `shown`: it may have turned out to be a duplicate since, and be decided upon nevertheless.
        if not rules.visible(found.queue, by).filter(pk=found.meme_id).exists():
            raise MemeGone("This meme is no longer in the library.")
        record(by, found.queue, [found], decision, {found.pk: name} if name else {})
    return True


def is_known(by: User, key: UUID) -> bool:
    return Verdict.objects.filter(by=by, key=key).exists()


def given(by: User, key: UUID) -> int:
    """About how many memes the decision with this key is."""
    return Verdict.objects.filter(by=by, key=key).count()


def check(decision: Decision) -> str:
    """The name, as it is kept. Raises Refused."""
    if decision.outcome not in Verdict.Outcome.values:
        raise Refused("A verdict is one of " + ", ".join(Verdict.Outcome.values) + ".")
    if decision.name and decision.outcome != Verdict.Outcome.KEEP:
        raise Refused("Only what is kept has a name.")
    return names.checked(decision.name)


def record(
    by: User, queue: CurationQueue, items: Sequence[QueueItem], decision: Decision, named: Mapping[int, str]
) -> None:
    """Write verdicts about items that the caller has locked, and do what follows from them."""
    now = timezone.now()
    is_kept = decision.outcome == Verdict.Outcome.KEEP
    called = {**names.made(queue, items), **named} if is_kept else {}
    done = effects.apply(queue, decision.outcome, items, by)
    Verdict.objects.bulk_create(
        (
            Verdict(
                item=item, by=by, outcome=decision.outcome, name=called.get(item.pk, ""), key=decision.key,
                percentile=item.percentile, decided_at=now, did=done[item.pk],
                took_ms=None if decision.took_ms is None else min(decision.took_ms, MAX_TOOK_MS),
            )
            for item in items
        ),
        batch_size=AT_ONCE,
    )  # fmt: skip
    these = QueueItem.objects.filter(pk__in=[item.pk for item in items])
    if decision.outcome in FOR_GOOD:
        these.update(decided_at=now, **NOBODY)
    else:
        these.unheld(by).update(**NOBODY)  # whoever is shown it meanwhile goes on


def undo(by: User, key: UUID | None = None, *, tab: str = "") -> Undone | None:
    """Take back the decision with `key`, or the newest one, however many memes it was about; they wait again, first for `tab`.

    With a key, repeating it changes nothing. None when there is nothing (more) to take back.
    """
    with transaction.atomic():
        # One after the other: who presses twice takes back two, not one twice.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        standing = Verdict.objects.standing().filter(by=by).visible_to(by)
        standing = standing if key is None else standing.filter(key=key)
        newest = standing.order_by("-decided_at", "-pk").select_related("item__queue").first()
        if newest is None:
            return None
        together = Verdict.objects.standing().filter(by=by, key=newest.key).select_related("item")
        rows = list(together.order_by("item").select_for_update(of=("self", "item")))
        Verdict.objects.filter(pk__in=[row.pk for row in rows]).update(voided_at=timezone.now())
        effects.undo(rows, by)
        items = _waiting_again([row.item_id for row in rows], by, tab)
    return Undone(newest.key, newest.item.queue, newest.outcome, len(rows), items)


def _waiting_again(ids: Sequence[int], by: User, tab: str) -> list[int]:
    """Those of which no verdict stands and that nobody else is shown, held for `tab`."""
    decided = Verdict.objects.standing().filter(item__in=ids, outcome__in=FOR_GOOD).values("item")
    open_again = QueueItem.objects.filter(pk__in=ids).exclude(pk__in=decided)
    open_again.update(decided_at=None)
    free = sorted(open_again.unheld(by).values_list("pk", flat=True))
    if tab:
        until = timezone.now() + timedelta(seconds=LEASE_S)
        QueueItem.objects.filter(pk__in=free).update(holder=by, tab=tab, leased_until=until)
    return free
