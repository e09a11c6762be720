"""Which frame of a clip answers a query: the one that is shown for it among the results."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from search import directions, nearest, spaces
from search.directions import NothingToCompare
from search.filters import as_literal
from search.models import Meme
from search.query import Query
from search.rankings import AnyUser
from search.sidecar import terms as wire
from search.sidecar.client import SidecarAway, UnknownMeme
from search.vectors import Vector

# Django and pgvector take longer to put this together than Postgres for the answer.
CLOSEST = """
SELECT DISTINCT ON (meme_id) meme_id, frame FROM search_embedding WHERE space_id = %s AND meme_id = ANY(%s::bigint[])
 ORDER BY meme_id, vector <#> %s::halfvec, frame"""


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
    with connection.cursor() as cursor:
        cursor.execute(CLOSEST, [space_id, as_literal(clips), str(vector.tolist())])
        return dict(cursor.fetchall())


def _direction(terms: list[wire.Term]) -> tuple[int, Vector] | None:
    """The space and the unit vector that was searched for; None while nobody can tell."""
    try:
        encoded = nearest.sidecar().encode(terms)
        return encoded.space_id, encoded.vector
    except SidecarAway:
        space = spaces.active()
        vector = None if space is None else directions.combined(space, terms)
        return None if space is None or vector is None else (space.pk, vector)
