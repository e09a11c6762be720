"""Making queues, and changing their rules: what was decided is never touched by that."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from rating import sharing
from rating.models import Axis, CurationQueue
from rating.terms import EVERYONE
from search import gathering
from search.curators import is_curator

MINE = "me"  # nobody can be called so: names have three characters or more


class NotSaved(Exception):
    """Why a queue cannot be as it was asked for; for the person."""


@dataclass(frozen=True)
class Wanted:
    """A rule as a person gives it: `whose` is MINE, EVERYONE or the name of somebody who shares their taste."""

    name: str
    axis: Axis
    whose: str
    best_percent: float
    is_shared: bool = False
    collection: str = ""
    facts: dict[str, Any] = field(default_factory=dict)  # the other fields of the row


def whose(queue: CurationQueue, user: User) -> str:
    """By whose taste it is filled, as `user` gives it."""
    if queue.is_by_everyone:
        return EVERYONE
    return MINE if queue.taste_of in (None, user) else str(queue.taste_of)


def tastes_for(user: User, queue: CurationQueue | None = None) -> list[tuple[str, str]]:
    """By whose tastes `user` may have a queue filled, with what to call them; the one that `queue` goes by is among them."""
    others = {taste.name for taste in sharing.offered_to(user) if taste.owner is not None}
    others |= {whose(queue, user)} - {MINE, EVERYONE} if queue else set()
    return [(MINE, "Mine"), (EVERYONE, "Everybody's"), *((name, name) for name in sorted(others))]


def save(by: User, wanted: Wanted, queue: CurationQueue | None = None) -> CurationQueue:
    """Make a queue, or change the rule of `queue`, which `by` may see. Raises NotSaved.

    It is read as by `by` from then on, unless the taste it goes by stays the same one.
    """
    if wanted.is_shared and not is_curator(by):
        raise NotSaved("Only curators have queues that others share.")
    made = queue or CurationQueue(private_to=None if wanted.is_shared else by)
    if queue is None or not _is_same_taste(by, wanted, queue):
        made.made_by, made.is_by_everyone = by, wanted.whose == EVERYONE
        made.taste_of = None if made.is_by_everyone else _owner(by, wanted)
    made.name, made.axis, made.best_percent = wanted.name, wanted.axis, wanted.best_percent
    for name, value in wanted.facts.items():
        setattr(made, name, value)
    made.filled_from = ""  # looked through again from the beginning
    try:
        with transaction.atomic():
            made.collection = _collection(by, made, wanted.collection)
            made.save()
    except IntegrityError as error:
        raise NotSaved("There is a queue of this name already.") from error
    return made


def _is_same_taste(by: User, wanted: Wanted, queue: CurationQueue) -> bool:
    """Whoever made the queue must be there still: it is read as they read it."""
    if queue.made_by is None or not queue.made_by.is_active or (queue.taste_of is None and not queue.is_by_everyone):
        return False
    return queue.axis == wanted.axis and wanted.whose == whose(queue, by)


def _owner(by: User, wanted: Wanted) -> User:
    if wanted.whose == MINE:
        return by
    taste = sharing.of(by, wanted.axis, wanted.whose)
    if taste is None or taste.owner is None:
        raise NotSaved(f"{wanted.whose} shares no taste in {wanted.axis}.")
    return taste.owner


def _collection(by: User, queue: CurationQueue, name: str) -> Any:
    """The one it has already, if it is called so still; another curator may have made that."""
    if not name:
        return None
    if queue.collection is not None and queue.collection.name.lower() == name.lower():
        return queue.collection
    found = gathering.collection(by, name, is_shared=queue.private_to_id is None)
    if queue.private_to_id is None and not found.is_shared:
        raise NotSaved(f"Your collection {found} is yours alone: share it first, or name another one.")
    return found
