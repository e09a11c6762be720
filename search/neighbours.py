"""The memes closest to a sum of terms, ungrouped and without words: what programs made for other search engines ask for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, OuterRef, QuerySet

from search import kinds, nearest, ordering, spaces
from search.directions import NothingToCompare
from search.filters import among
from search.models import Embedding, EmbeddingSpace, Meme
from search.nearest import MAX_DEPTH, Asked, Closest
from search.ordering import Ordered
from search.query import Query
from search.sidecar import terms as wire

AnyUser = User | AnonymousUser


class NobodyCanTell(Exception):
    """No search index, and an encoder that is not loaded here: try again in a moment."""


@dataclass(frozen=True)
class Neighbour:
    meme: Meme
    similarity: float


def neighbours(
    memes: QuerySet[Meme], terms: Sequence[wire.Term], count: int, *, is_deduplicated: bool = False
) -> list[Neighbour]:
    """At most `count` and MAX_DEPTH of `memes`, a condition on visible ones, the closest first; of the same picture one, if
    they are to be deduplicated. Raises NothingToCompare, BadTerm and NobodyCanTell."""
    asked = Asked(Query(), memes, list(terms), min(count, MAX_DEPTH))
    found = nearest.closest(asked, 1)
    if found is not None and not found.is_whole:
        found = nearest.closest(asked, nearest.LARGEST_EFFORT)
    if found is None:
        raise NobodyCanTell
    if is_deduplicated:
        found = _deduplicated(found)
    by_id = {meme.pk: meme for meme in Meme.objects.filter(among(found.ids.tolist())).defer("text_boxes", "words")}
    scores = zip(found.ids.tolist(), found.scores.tolist(), strict=True)
    return [Neighbour(by_id[pk], score) for pk, score in scores if pk in by_id]


def _deduplicated(found: Closest) -> Closest:
    ordered = Ordered(found.ids, found.scores, found.hashes, len(found.ids))
    groups = ordering.collapsed(ordered, found.backend)
    heads = groups.starts()[:-1]
    return replace(found, ids=groups.ids[heads], scores=groups.similarities[heads], hashes=found.hashes[: len(heads)])


def space() -> EmbeddingSpace:
    """Raises NothingToCompare while there is none."""
    found = spaces.active()
    if found is None:
        raise NothingToCompare("Nothing here has been read yet; try again in a moment.")
    return found


def count(memes: QuerySet[Meme]) -> int:
    """How many of `memes` can be found."""
    found = spaces.active()
    return memes.filter(Exists(Embedding.objects.filter(space=found, meme=OuterRef("pk")))).count() if found else 0


def vector_term(numbers: Sequence[float], weight: float) -> wire.VectorTerm:
    """Counts by its length, as in a sum of vectors; others count alike. Raises NothingToCompare."""
    vector = np.asarray(numbers, np.float64)
    norm = float(np.linalg.norm(vector)) if np.isfinite(vector).all() else np.nan
    if not np.isfinite(norm) or norm == 0.0:
        raise NothingToCompare("An embedding is made of finite numbers that are not all zero.")
    return wire.VectorTerm((vector / norm).astype(np.float32), weight * norm)


# --- directions that have a name -----------------------------------------------------------------------------------


def named(user: AnyUser) -> list[str]:
    """What `named_term` takes: what settings.SEARCH_NAMED_FOR_ALL says, such as everybody's tastes."""
    key, beginning = settings.SEARCH_NAMED_FOR_ALL
    return [value.removeprefix(beginning) for value in kinds.joined()[key].values(user, beginning)]


def named_term(user: AnyUser, name: str, weight: float) -> wire.VectorTerm:
    """Raises NothingToCompare for what is not there."""
    key, beginning = settings.SEARCH_NAMED_FOR_ALL
    return wire.VectorTerm(kinds.joined()[key].vector(user, space(), beginning + name), weight)
