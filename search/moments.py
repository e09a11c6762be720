"""Which frame of a clip answers a query: the one that is shown for it among the results."""

from collections.abc import Iterable

from django.db.models import QuerySet
from pgvector.django import MaxInnerProduct

from search import directions, nearest, spaces
from search.directions import NothingToCompare
from search.models import Embedding, Meme
from search.query import Query
from search.rankings import AnyUser
from search.sidecar import terms as wire
from search.sidecar.client import SidecarAway, UnknownMeme
from search.vectors import Vector


def moments(user: AnyUser, visible: QuerySet[Meme], query: Query, memes: Iterable[Meme]) -> dict[int, int]:
    """By id, the frame of each clip among `memes` that is closest to the query; nothing where that is not known.

    Asks nobody while there is no clip of several frames, or nothing to compare with.
    """
    clips = [meme.pk for meme in memes if meme.frame_count > 1]
    if not clips or not query.directions:
        return {}
    try:
        terms = directions.compile_terms(user, visible, query, directions.deep(user, query))
        found = _direction(terms)
    except (NothingToCompare, UnknownMeme, wire.BadTerm):
        return {}
    if found is None:
        return {}
    space_id, vector = found
    frames = Embedding.objects.filter(space=space_id, meme__in=clips)
    closest_first = frames.order_by("meme", MaxInnerProduct("vector", vector), "frame").distinct("meme")
    return dict(closest_first.values_list("meme", "frame"))


def _direction(terms: list[wire.Term]) -> tuple[int, Vector] | None:
    """The space and the unit vector that was searched for; None while nobody can tell."""
    try:
        encoded = nearest.sidecar().encode(terms)
        return encoded.space_id, encoded.vector
    except SidecarAway:
        space = spaces.active()
        vector = None if space is None else directions.combined(space, terms)
        return None if space is None or vector is None else (space.pk, vector)
