"""The states of a meme, and who may move it from which to which. Every change of state in the site goes through `move`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from search.curators import is_curator
from search.models import Meme

State = Meme.State


class Action(StrEnum):
    HIDE = "hide"
    SHOW = "show"
    TRASH = "trash"
    RESTORE = "restore"
    LOSE = "lose"  # every place it was read from has lost it
    FIND = "find"
    PURGE = "purge"
    READMIT = "readmit"  # somebody hands the bytes over again, and was told that they had been taken out


class Role(StrEnum):
    """As what somebody acts on a meme."""

    OWNER = "owner"  # of a private meme, which is nobody else's business
    CURATOR = "curator"  # of what is shared
    SYSTEM = "system"


@dataclass(frozen=True)
class Rule:
    origins: frozenset[State]
    target: State
    roles: frozenset[Role]


PEOPLE = frozenset({Role.OWNER, Role.CURATOR})
SYSTEM = frozenset({Role.SYSTEM})

RULES: Mapping[Action, Rule] = {
    # Nobody hides a meme from themselves.
    Action.HIDE: Rule(frozenset({State.ACTIVE}), State.HIDDEN, frozenset({Role.CURATOR})),
    Action.SHOW: Rule(frozenset({State.HIDDEN}), State.ACTIVE, frozenset({Role.CURATOR})),
    Action.TRASH: Rule(frozenset({State.ACTIVE, State.HIDDEN, State.MISSING}), State.TRASHED, PEOPLE),
    # Back to where it was: what was hidden from everybody must not appear because its deletion was undone.
    Action.RESTORE: Rule(frozenset({State.TRASHED}), State.ACTIVE, PEOPLE),
    Action.LOSE: Rule(frozenset({State.ACTIVE}), State.MISSING, SYSTEM),
    Action.FIND: Rule(frozenset({State.MISSING}), State.ACTIVE, SYSTEM),
    Action.PURGE: Rule(frozenset({State.TRASHED}), State.PURGED, PEOPLE | SYSTEM),
    Action.READMIT: Rule(frozenset({State.TRASHED, State.PURGED}), State.ACTIVE, PEOPLE),
}
BACK = Case(When(moved_from=State.HIDDEN, then=Value(State.HIDDEN)), default=Value(State.ACTIVE))


def role(user: User | AnonymousUser, meme: Meme) -> Role | None:
    """As what `user` may act on `meme`; None: they may not."""
    if not user.is_authenticated:
        return None
    if meme.private_to_id is not None:
        return Role.OWNER if meme.private_to_id == user.pk else None
    return Role.CURATOR if is_curator(user) else None


def open_to(user: User | AnonymousUser, meme: Meme) -> frozenset[Action]:
    """What `user` may do with `meme` in the state it is in."""
    return open_as(role(user, meme), meme.state)


def open_as(acting: Role | None, state: str) -> frozenset[Action]:
    """What somebody in this role may do with a meme in this state."""
    return frozenset(action for action, rule in RULES.items() if acting in rule.roles and state in rule.origins)


def move(memes: QuerySet[Meme], action: Action, by: User | None = None) -> list[int]:
    """Move those of `memes` that are in a state from which `action` leads on; returns their ids, in order.

    Of two who do so at once, one moves a meme and the other finds that it has moved: repeated, nothing happens. `by` None
    is the site itself. Whether somebody may is asked of `open_to`.
    """
    rule = RULES[action]
    with transaction.atomic():
        # Locked in the order of their ids, so that two who move the same memes cannot wait for each other.
        here = memes.filter(state__in=rule.origins).order_by("pk").select_for_update(of=("self",), no_key=True)
        ids = list(here.values_list("pk", flat=True))
        Meme.objects.filter(pk__in=ids).update(
            state=BACK if action is Action.RESTORE else rule.target,
            moved_from=F("state"),
            moved_at=timezone.now(),
            moved_by=by,
        )
    return ids


def move_one(meme: Meme, action: Action, by: User | None = None) -> bool:
    """Move `meme`; False when it is not in a state for that any more. The object then says how it stands in the database."""
    moved = move(Meme.objects.filter(pk=meme.pk), action, by)
    meme.refresh_from_db(fields=["state", "moved_from", "moved_at", "moved_by"])
    return bool(moved)


def taken_out() -> Q:
    """What people took out and can bring back."""
    return Q(state__in=[State.TRASHED, State.HIDDEN])
