"""Where a meme stands in the library by the tastes that matter to whoever looks at it: their own and everybody's."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import F, Q

from rating import scores
from rating.evidence import chosen
from rating.models import Axis, DeepAxis, Taste
from rating.terms import EVERYONE
from search.models import EmbeddingSpace, Meme


@dataclass(frozen=True)
class Mark:
    """By one taste, everybody's if `owner` is None. `beaten`: the share of the library, 0 to 1, that it likes less.

    `score` is in standard deviations above the library's mean. `is_deep`: networks said so, as they do in a search.
    """

    axis: Axis
    owner: User | None
    score: float
    beaten: float
    is_deep: bool = False

    @property
    def name(self) -> str:
        return EVERYONE if self.owner is None else self.owner.username


def marks(viewer: User, meme: Meme) -> list[Mark]:
    """By axis, one's own before everybody's. Empty while nothing is known, of the meme or of any taste."""
    known = list(_concerned(viewer))
    has_deep = bool(known) and DeepAxis.objects.filter(taste__owner=viewer, is_better=True).exists()
    return [mark for taste in known for mark in _marks(viewer, taste, meme, has_deep)]


def _concerned(viewer: User) -> Iterable[Taste]:
    used = Q(axis__state=Axis.State.ACTIVE, space__state=EmbeddingSpace.State.ACTIVE)
    known = Taste.objects.filter(Q(owner=viewer) | Q(owner=None), used, direction__isnull=False)
    known = known.select_related("axis", "owner", "space").defer("posterior", "prior_mean")
    return known.order_by("axis__position", "axis", F("owner").asc(nulls_last=True))


def _marks(viewer: User, taste: Taste, meme: Meme, has_deep: bool) -> list[Mark]:
    """One or none: what a search ranks by, or the direction if its networks cannot be used."""
    found = chosen(viewer, taste.axis, taste.space) if has_deep and taste.owner else None
    deep = found.deep if found is not None and found.uses_deep else None
    said = scores.standing(viewer, deep, [meme.pk]) if deep is not None else []
    is_deep = bool(said)
    said = said or scores.standing(viewer, taste, [meme.pk])
    return [Mark(taste.axis, taste.owner, one.score, one.percentile / 100, is_deep) for one in said]
