"""The memes of a page, with why each was found: how close it is, where the words stand, what each taste added."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from search import conditions, directions, nearest, words
from search.columns import Columns, Read
from search.filters import among, as_literal
from search.models import Meme
from search.moments import moments
from search.query import Query
from search.rankings import AnyUser, Ranking
from search.sidecar import terms as wire
from search.words import Match

Group = tuple[int, list[int]]  # position in the ranking, ids of what may be seen of it


@dataclass(frozen=True)
class Hit:
    """A meme and why it was found: how close it is to the query, where its words stand, what each taste added.

    `alike` further memes are the same picture. `position` is its place in the ranking; those of memes that have gone are
    empty. What is not known is None or left out.
    """

    meme: Meme
    similarity: float | None = None
    match: Match | None = None
    tastes: Mapping[str, float] = field(default_factory=dict)
    alike: int = 0
    position: int = 0
    frame: int | None = None  # of a clip, the one that is closest to the query


@dataclass(frozen=True)
class Detail:
    """How much of each hit is looked up. `columns` of memes, None for what pages and the API show."""

    columns: tuple[str, ...] | None = None
    has_match: bool = True
    has_tastes: bool = True
    has_frames: bool = False


ALL = Detail()


@dataclass(frozen=True)
class Reader:
    """Who asked for what, and what they may see."""

    user: AnyUser
    visible: QuerySet[Meme]
    query: Query
    detail: Detail = ALL
    read: Read | None = None  # of memes on the way, of those columns


def hits(reader: Reader, ranking: Ranking, groups: Sequence[Group]) -> list[Hit]:
    """Those of `groups` that still are there; the first of each group stands for it."""
    heads = [members[0] for _, members in groups]
    memes = _memes(reader, heads)
    has_words = reader.detail.has_match and (reader.query.directions or reader.query.phrases)
    matches = words.highlight(memes.values(), reader.query) if has_words else {}
    tastes = _tastes(reader, ranking, heads) if reader.detail.has_tastes else {}
    similarities = _of(ranking, ranking.similarities, heads)
    frames = moments(reader.user, reader.visible, reader.query, memes.values()) if reader.detail.has_frames else {}
    return [
        Hit(
            memes[head],
            similarities.get(head),
            matches.get(head),
            {name: values[head] for name, values in tastes.items() if head in values} if tastes else {},
            len(members) - 1,
            position,
            frames.get(head),
        )
        for head, (position, members) in zip(heads, groups, strict=True)
        if head in memes
    ]


def _memes(reader: Reader, ids: Sequence[int]) -> dict[int, Meme]:
    """Those that still are there. Whoever wants nothing but their numbers has them: that they may be seen was asked already."""
    if reader.detail.columns is None:
        return {meme.pk: meme for meme in reader.visible.defer("text_boxes", "words").filter(among(ids))} if ids else {}
    columns = Columns(reader.detail.columns) if reader.read is None else reader.read.columns
    if not columns.names:
        return {pk: columns.meme([pk]) for pk in ids}
    rows = {} if reader.read is None else reader.read.rows
    found = {pk: columns.meme(rows[pk]) for pk in ids if pk in rows}
    return found | _asked_for(reader, columns, [pk for pk in ids if pk not in found])


def _asked_for(reader: Reader, columns: Columns, ids: Sequence[int]) -> dict[int, Meme]:
    allowed = conditions.of(reader.visible)
    if allowed is None or not ids:
        return {}
    statement = f"SELECT {columns.as_sql()} FROM search_meme WHERE {allowed.text} AND id = ANY(%s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(statement, [*allowed.params, as_literal(ids)])
        return {row[0]: columns.meme(row) for row in cursor.fetchall()}


def _tastes(reader: Reader, ranking: Ranking, ids: Sequence[int]) -> dict[str, dict[int, float]]:
    """What each taste added to the memes of a page: of those in the sum their part of it, of deep ones what they said."""
    if ranking.backend not in ("sidecar", "postgres"):
        return {}
    found = {name: _of(ranking, values, ids) for name, values in ranking.tastes.items()}
    for name, term in directions.of_tastes(reader.user, reader.query).items():
        part = nearest.similarities([wire.VectorTerm(term.vector)], ids)
        found[name] = {pk: term.weight * cosine for pk, cosine in part.items()}
    return found


def _of(ranking: Ranking, values: np.ndarray, ids: Sequence[int]) -> dict[int, float]:
    """By id; what is not known is left out."""
    by_id = dict(zip(ranking.ids.tolist(), values.tolist(), strict=True))
    return {pk: by_id[pk] for pk in ids if not math.isnan(by_id[pk])}
