"""Is it any good? What tastes and popularity say of a picture that is not in the library, and what there is like it."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import cache
from django.db.models import OuterRef, QuerySet

from rating import bases, marks, popular
from rating.marks import Mark
from rating.models import PopularityModel
from rating.popular import Popular
from search import directions, nearest, pictures, retrieval, spaces
from search.models import EmbeddingSpace, Meme, Sighting, Source
from search.query import Query, VectorTerm
from search.retrieval import Hit
from search.sidecar import terms as wire
from search.sidecar.terms import SidecarAway
from search.vectors import Vector

KEPT_S = 24 * 3600  # numbers alone: of the picture nothing is kept
SHOWN = 12
OF_SOURCE, MOST_SOURCES = 8, 50


class NotJudged(Exception):
    """Why nothing can be said now, a sentence for whoever asked."""


@dataclass(frozen=True)
class Judgement:
    """`marks`: by one's own tastes and everybody's. `known`: these bytes are in the library. `nearest`: what is there like it,
    closest first. Popularity is None until it was learned."""

    known: Meme | None
    marks: list[Mark]
    popular: Popular | None
    nearest: list[Hit]


def judge(viewer: User, data: bytes) -> Judgement:
    """Nothing is stored. The same bytes are not looked at again for a day. Raises BadMedia, NotJudged."""
    sha256 = hashlib.sha256(data).hexdigest()
    space = spaces.active()
    if space is None:
        raise NotJudged("No memes can be compared yet: the library is still being read.")
    vector = _vector(space, sha256, data)
    model, basis = popular.newest(space), bases.of(space)
    said: list[Popular] = []
    if model is not None and basis is not None:
        said = popular.of_features(model, basis.project(vector[None].astype(np.float64)), basis.checksum)
    return Judgement(
        known=Meme.objects.visible_to(viewer).filter(sha256=sha256).first(),
        marks=marks.of_vector(viewer, vector),
        popular=said[0] if said else None,
        nearest=_nearest(viewer, vector),
    )


def _nearest(viewer: User, vector: Vector) -> list[Hit]:
    query = Query((VectorTerm(vector.astype("<f2").tobytes()),))
    try:
        return list(retrieval.search(viewer, query, limit=SHOWN).hits)
    except retrieval.NothingToCompare:
        return []


def _vector(space: EmbeddingSpace, sha256: str, data: bytes) -> Vector:
    """(dims,) of unit norm."""
    key = f"judged:{space.pk}:{sha256}"
    kept = cache.get(key)
    if isinstance(kept, str) and len(found := np.frombuffer(base64.b64decode(kept), "<f4")) == space.dims:
        return found
    vector = _encoded(space, pictures.small(io.BytesIO(data)))
    cache.set(key, base64.b64encode(vector.astype("<f4").tobytes()).decode(), KEPT_S)
    return vector


def _encoded(space: EmbeddingSpace, picture: bytes) -> Vector:
    """By the process that holds the encoder; without it here, where that takes no network."""
    term = wire.PictureTerm(picture)
    try:
        found = nearest.sidecar().encode([term])
    except SidecarAway:
        vector = directions.combined(space, [term])
        if vector is None:
            raise NotJudged("What looks at pictures does not answer right now; try again in a moment.") from None
        return vector
    if found.space_id != space.pk:
        raise NotJudged("The library is moving to another encoder right now; try again in a moment.")
    return found.vector


# --- what came lately ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Post:
    """A meme as a source had it, with both scores, 0 to 1, where they are known: what it beats of the library by the taste of
    whoever looks, and of its community and month by popularity."""

    sighting: Sighting
    beaten: float | None
    rank: float | None


def newest(viewer: User) -> list[tuple[Source, list[Post]]]:
    """The latest posts of each source that has any, the source with the latest one first; what `viewer` may see."""
    sources = Source.objects.exclude(kind=Source.Kind.UPLOAD).annotate(latest=ArraySubquery(latest(viewer)))
    chosen = [pk for source in sources for pk in source.latest]
    rows = Sighting.objects.filter(pk__in=chosen).select_related("meme", "source").order_by("-seen_at", "-pk")
    found = list(rows[: MOST_SOURCES * OF_SOURCE])
    ids = [one.meme_id for one in found]
    beaten, model = marks.leading(viewer, ids), _model()
    said = {} if model is None else popular.of_memes(model, ids)
    by_source: dict[Source, list[Post]] = {}
    for one in found:
        rank = said[one.meme_id].rank if one.meme_id in said else None
        by_source.setdefault(one.source, []).append(Post(one, beaten.get(one.meme_id), rank))
    return list(by_source.items())


def latest(viewer: User) -> QuerySet[Sighting, Any]:
    """The newest sightings of the source that a question is about, read along an index: not all that it ever had."""
    seen = Sighting.objects.filter(source=OuterRef("pk"), meme__in=Meme.objects.listed_for(viewer))
    return seen.order_by("-seen_at", "-pk").values("pk")[:OF_SOURCE]


def _model() -> PopularityModel | None:
    space = spaces.active()
    return None if space is None else popular.newest(space)
