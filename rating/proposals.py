"""Axes that people propose, and curators add."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max

from rating.models import Axis

MOST_PROPOSED = 5  # by one person, while nobody has looked at them


class NotProposed(Exception):
    """Why a proposal is not taken, for whoever made it."""


def propose(user: User, name: str, question: str) -> Axis:
    """A new axis, asked about once a curator has added it. Raises NotProposed for a name that is taken."""
    if Axis.objects.filter(proposed_by=user, state=Axis.State.PROPOSED).count() >= MOST_PROPOSED:
        raise NotProposed(f"{MOST_PROPOSED} proposals of yours are waiting already.")
    try:
        with transaction.atomic():
            return Axis.objects.create(name=name, question=question, proposed_by=user)
    except IntegrityError as error:
        raise NotProposed(f"There is an axis called {name} already.") from error


def move(axis: Axis, state: Axis.State) -> None:
    """Add an axis behind the others, or retire it; its answers stay. Repeated, nothing."""
    if axis.state == state:
        return
    last = Axis.objects.in_use().aggregate(last=Max("position"))["last"]
    axis.position = (last or 0) + 1 if state == Axis.State.ACTIVE else axis.position
    axis.state = state
    axis.save(update_fields=["state", "position"])
