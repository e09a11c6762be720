"""Tastes as terms of a search: one's own `taste:useful`, a shared `taste:bob/useful`, everybody's `taste:everyone/useful`."""

from collections.abc import Sequence

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Q

from rating import deep, deep_scores, tastes
from rating.bayes import from_bytes
from rating.ensemble.networks import Networks
from rating.evidence import Ids, chosen
from rating.models import Axis, DeepAxis, Taste
from search.directions import NothingToCompare
from search.kinds import AnyUser, Scale
from search.models import EmbeddingSpace
from search.query import Key, Role
from search.query.forms import Name
from search.vectors import Vector

EVERYONE = "everyone"  # before a person of that name, whose taste is then reached by nobody else
MOST_OFFERED = 20


class TasteKind:
    """A `search.kinds.Kind`, and a `DeepKind` and `ScaledKind` for those whose networks rank better than their direction."""

    key = Key(
        "taste",
        "what somebody likes, learned from their answers; it is yours unless an owner stands before it",
        "taste:useful^0.5",
        Name("what is rated, for a taste that somebody shares with its owner: bob/useful, or everyone/useful"),
        Role.TERM,
        is_negatable=True,
    )

    def vector(self, user: AnyUser, space: EmbeddingSpace, value: str) -> Vector:
        """(dims,) of unit norm. A taste that is not shared is refused as one that is not there."""
        owner, axis = _meant(user, value)
        found = tastes.direction(owner, axis, space)
        if found is None and owner == user:
            raise NothingToCompare(f"Too little is known of what you find {axis}: compare a few memes first.")
        if found is None:
            raise _missing(value)
        return found

    def is_deep(self, user: AnyUser, space: EmbeddingSpace, value: str) -> bool:
        """Networks that cannot be used leave the ranking to the direction."""
        return _followed(user, space, value) is not None

    def scores(self, user: AnyUser, space: EmbeddingSpace, value: str, meme_ids: Ids) -> Vector:
        """Nothing of any meme, if what was there a moment ago has just been forgotten."""
        found = _followed(user, space, value)
        if found is None:
            return np.zeros(len(meme_ids), np.float32)
        axis, known, instant = found
        direction = from_bytes(bytes(instant.posterior), known.config.features).mean
        return deep.like_cosines(axis, known, meme_ids, direction)

    def scale(self, user: AnyUser, space: EmbeddingSpace, value: str) -> Scale | None:
        """Of what its networks say of each meme, where rankings follow them; else its direction says all."""
        return deep_scores.scale(chosen(*_meant(user, value), space))

    def values(self, user: AnyUser, typed: str) -> Sequence[str]:
        """One's own first, then everybody's, then those that others share."""
        known = Taste.objects.filter(_shared_with(user) | Q(owner=None) | Q(owner=user.pk), direction__isnull=False)
        known = known.filter(axis__state=Axis.State.ACTIVE, space__state=EmbeddingSpace.State.ACTIVE)
        rows = known.order_by("axis__position", "axis", "owner__username")
        names: tuple[list[str], list[str], list[str]] = ([], [], [])
        for axis, owner, username in rows.values_list("axis__name", "owner", "owner__username"):
            place = 1 if owner is None else 0 if owner == user.pk else 2
            names[place].append(axis if place == 0 else f"{username or EVERYONE}/{axis}")
        offered = [name for group in names for name in group if name.lower().startswith(typed.lower())]
        return offered[:MOST_OFFERED]


def _followed(user: AnyUser, space: EmbeddingSpace, value: str) -> tuple[DeepAxis, Networks, Taste] | None:
    """The networks that rankings follow, and the direction that they stand on; None for what is not there."""
    try:
        found = chosen(*_meant(user, value), space)
    except NothingToCompare:
        return None
    if found.deep is None or found.linear is None or not found.uses_deep:
        return None
    known = deep.usable(found.deep)
    return None if known is None else (found.deep, known, found.linear)


def _meant(user: AnyUser, value: str) -> tuple[User | None, Axis]:
    """Whose taste, None being everybody's, and on which axis."""
    axes = Axis.objects.in_use()
    own = axes.filter(name__iexact=value).first()
    if own is not None and isinstance(user, User):
        return user, own
    name, _, rest = value.partition("/")
    axis = axes.filter(name__iexact=rest).first()
    if axis is not None and name.lower() == EVERYONE:
        return None, axis
    readable = Taste.objects.filter(_shared_with(user) | Q(owner=user.pk), axis=axis, owner__username__iexact=name)
    taste = readable.exclude(owner=None).select_related("owner").first()
    if axis is None or taste is None:
        raise _missing(value)
    return taste.owner, axis


def _shared_with(user: AnyUser) -> Q:
    """People share with each other: strangers, who may look at a public library, do not even learn their names."""
    return Q(is_shared=True, owner__is_active=True) if isinstance(user, User) else Q(pk__in=[])


def _missing(value: str) -> NothingToCompare:
    return NothingToCompare(f"There is no taste “{value}” here to search by.")
