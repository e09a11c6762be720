"""Where a meme stands in the library by the tastes that matter to whoever looks at it: their own and everybody's."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import F, Q

from rating import samples
from rating.models import Axis, Taste
from rating.samples import Array
from rating.terms import EVERYONE
from search.models import EmbeddingSpace, Meme
from search.vectors import to_array

KEPT_S = 24 * 3600


@dataclass(frozen=True)
class Mark:
    """By one taste, everybody's if `owner` is None. `beaten`: the share of the library, 0 to 1, that it likes less.

    `score` is in standard deviations above the library's mean.
    """

    axis: Axis
    owner: User | None
    score: float
    beaten: float

    @property
    def name(self) -> str:
        return EVERYONE if self.owner is None else self.owner.username


def marks(viewer: User, meme: Meme) -> list[Mark]:
    """By axis, one's own before everybody's. Empty while nothing is known, of the meme or of any taste."""
    tastes = list(_concerned(viewer))
    if not tastes:
        return []
    _, vectors = samples.vectors(tastes[0].space, [meme.pk])
    if not len(vectors):
        return []
    libraries = _libraries(viewer, tastes)
    return [
        _mark(taste, float(vectors[0] @ to_array(taste.direction)), libraries[taste.pk])
        for taste in tastes
        if len(libraries[taste.pk])
    ]


def forget(tastes: Iterable[int]) -> None:
    """Delete what is kept of the tastes with these ids. Repeated, nothing."""
    cache.delete_many([_place(taste) for taste in tastes])


def _concerned(viewer: User) -> Iterable[Taste]:
    used = Q(axis__state=Axis.State.ACTIVE, space__state=EmbeddingSpace.State.ACTIVE)
    known = Taste.objects.filter(Q(owner=viewer) | Q(owner=None), used, direction__isnull=False)
    known = known.select_related("axis", "owner", "space").defer("posterior", "prior_mean")
    return known.order_by("axis__position", "axis", F("owner").asc(nulls_last=True))


def _mark(taste: Taste, product: float, library: Array) -> Mark:
    spread = float(library.std())
    score = (product - float(library.mean())) / spread if spread > 0 else 0.0
    return Mark(taste.axis, taste.owner, score, float(np.searchsorted(library, product)) / len(library))


# --- how a taste finds the library ---------------------------------------------------------------------------------


def _libraries(viewer: User, tastes: list[Taste]) -> dict[int, Array]:
    """By taste, the scores of a sample of the library, ascending; kept until the taste is another one."""
    kept = cache.get_many([_place(taste.pk) for taste in tastes])
    found: dict[int, Array] = {}
    ids: list[int] | None = None
    for taste in tastes:
        library = _unpacked(kept.get(_place(taste.pk)), taste)
        if library is None:
            ids = samples.of_library(viewer) if ids is None else ids
            library = np.sort(samples.scores(to_array(taste.direction), taste.space, ids)[1])
            cache.set(_place(taste.pk), _packed(library, taste), KEPT_S)
        found[taste.pk] = library
    return found


def _place(taste: int) -> str:
    return f"marks:{taste}"


def _packed(library: Array, taste: Taste) -> dict[str, str]:
    return {"of": _version(taste), "scores": base64.b64encode(library.astype("<f4").tobytes()).decode()}


def _unpacked(kept: object, taste: Taste) -> Array | None:
    """None if it is of another version of the taste, or was written by another release."""
    if not isinstance(kept, dict) or kept.get("of") != _version(taste):
        return None
    try:
        return np.frombuffer(base64.b64decode(kept["scores"], validate=True), "<f4").astype(np.float64)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return None


def _version(taste: Taste) -> str:
    return f"{taste.learned_from} {taste.learned_at.timestamp()}"
