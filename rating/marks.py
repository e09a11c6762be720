"""Where a meme stands in the library by the tastes that matter to whoever looks at it: their own and everybody's."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import F, Q

from rating import scores
from rating.evidence import chosen
from rating.models import Axis, DeepAxis, Taste
from rating.scores import Standing
from rating.terms import EVERYONE
from search.models import EmbeddingSpace, Meme
from search.vectors import Vector


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
    return _marks(viewer, lambda taste: next(iter(scores.standing(viewer, taste, [meme.pk])), None))


def of_vector(viewer: User, vector: Vector) -> list[Mark]:
    """The same of a picture that is no meme, by its `vector` (dims,) in the space that search uses."""
    return _marks(viewer, lambda taste: scores.of_vector(viewer, taste, vector))


def leading(viewer: User, meme_ids: Sequence[int]) -> dict[int, float]:
    """What each of the memes beats of the library, 0 to 1, by one taste: of the first axis on which anything is known, one's
    own rather than everybody's. Memes without a vector are left out."""
    for taste in _concerned(viewer):
        found = scores.standing(viewer, taste, meme_ids)
        if found:
            return {one.meme_id: one.percentile / 100 for one in found}
    return {}


def _concerned(viewer: User) -> Iterable[Taste]:
    used = Q(axis__state=Axis.State.ACTIVE, space__state=EmbeddingSpace.State.ACTIVE)
    known = Taste.objects.filter(Q(owner=viewer) | Q(owner=None), used, direction__isnull=False)
    known = known.select_related("axis", "owner", "space").defer("posterior", "prior_mean")
    return known.order_by("axis__position", "axis", F("owner").asc(nulls_last=True))


def _marks(viewer: User, place: Callable[[Taste | DeepAxis], Standing | None]) -> list[Mark]:
    known = list(_concerned(viewer))
    has_deep = bool(known) and DeepAxis.objects.filter(taste__owner=viewer, is_better=True).exists()
    return [mark for taste in known for mark in _mark(viewer, taste, place, has_deep)]


def _mark(
    viewer: User, taste: Taste, place: Callable[[Taste | DeepAxis], Standing | None], has_deep: bool
) -> list[Mark]:
    """One or none: what a search ranks by, or the direction if its networks cannot be used."""
    found = chosen(viewer, taste.axis, taste.space) if has_deep and taste.owner else None
    deep = found.deep if found is not None and found.uses_deep else None
    said = None if deep is None else place(deep)
    is_deep = said is not None
    said = said or place(taste)
    return [Mark(taste.axis, taste.owner, said.score, said.percentile / 100, is_deep)] if said else []
