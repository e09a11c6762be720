"""Whose tastes somebody may read: their own, those that others share, and everybody's."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from rating.models import Axis, Taste
from rating.terms import EVERYONE, TasteKind
from search.models import EmbeddingSpace
from search.query.printer import write_value


@dataclass(frozen=True)
class Whose:
    """A taste by name: `owner` is None for everybody's."""

    axis: Axis
    owner: User | None

    @property
    def name(self) -> str:
        return EVERYONE if self.owner is None else self.owner.username

    @property
    def term(self) -> str:
        """As others write it in a search."""
        return written(f"{self.name}/{self.axis.name}")


def written(value: str) -> str:
    """The term of a search for one's own taste (`useful`), or another (`bob/useful`)."""
    return f"{TasteKind.key.name}:{write_value(TasteKind.key, value)}"


def axis_called(name: str) -> Axis | None:
    """By its name or its number, among those that are asked about; whatever the name is."""
    axes = list(Axis.objects.in_use())
    named = (axis for axis in axes if axis.name.lower() == name.lower())
    return next(named, None) or next((axis for axis in axes if str(axis.pk) == name), None)


def readable(viewer: User) -> QuerySet[Taste]:
    """What was learned in the space that search uses, on axes that are asked about, and `viewer` may read."""
    known = Taste.objects.filter(Q(is_shared=True, owner__is_active=True) | Q(owner=None) | Q(owner=viewer))
    known = known.filter(axis__state=Axis.State.ACTIVE, space__state=EmbeddingSpace.State.ACTIVE)
    return known.filter(direction__isnull=False).select_related("axis", "owner", "space")


def own(viewer: User) -> QuerySet[Taste]:
    """One's own, of those on which something was learned, in the order of their axes."""
    return readable(viewer).filter(owner=viewer).order_by("axis__position", "axis")


def offered_to(viewer: User) -> list[Whose]:
    """Everybody's, then what others share, by axis. None of one's own."""
    rows = readable(viewer).exclude(owner=viewer).defer("posterior", "prior_mean", "direction")
    found = [Whose(taste.axis, taste.owner) for taste in rows.order_by("axis__position", "axis", "owner__username")]
    return sorted(found, key=lambda whose: (whose.axis.position, whose.axis.pk, whose.owner is not None))


def of(viewer: User, axis: Axis, name: str) -> Taste | None:
    """The taste that is called so; one that is not shared is as one that is not there. `everyone` is everybody's."""
    known = readable(viewer).filter(axis=axis)
    if name.lower() == EVERYONE:
        return known.filter(owner=None).first()
    # Postgres refuses to look for a NUL.
    return None if "\0" in name else known.filter(owner__username__iexact=name).first()
