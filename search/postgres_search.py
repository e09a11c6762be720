"""Finding the memes nearest to a vector in Postgres alone: by comparing all where that is quick, else along a graph."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value
from django.db.models.functions import Cast
from pgvector.django import HalfVectorField, MaxInnerProduct

from search import postgres_index
from search.models import Embedding, EmbeddingSpace, Meme
from search.vectors import Vector

Frames = QuerySet[Embedding, tuple[int, float]]  # meme and negative cosine

# Memes that are compared one by one. Past a filter that lets a tenth of 100,000 through, the graph took as long and found
# 0.96 of what there is.
COMPARED_UP_TO = 10_000
# Vectors that the graph is walked past; comparing all that fit is quicker from there on, and finds everything.
MOST_WALKED = 50_000
# Candidates kept on the way. At 100,000 vectors 400 found 0.99 of the neighbours, of queries unlike the library 0.92;
# 200 found 0.99 and 0.82 in two thirds of the time. pgvector takes 1000 at most.
LEAST_CANDIDATES, MOST_CANDIDATES = 400, 1000
FRAMES_AHEAD = 64  # fetched beyond the memes that are wanted, because several frames of a clip may be near
WALK = {
    # Not "strict_order": it leaves out what comes up late, which "relaxed_order" gives out late. We sort anyway.
    "hnsw.iterative_scan": "relaxed_order",
    "hnsw.max_scan_tuples": str(MOST_WALKED),
    "hnsw.scan_mem_multiplier": "8",
    "work_mem": "16MB",
    # Any plan is cheaper than one with these. So the graph leads, whatever the planner believes of the filter.
    "enable_sort": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
}


def nearest(
    space: EmbeddingSpace,
    vector: Vector,
    matching: QuerySet[Meme],
    depth: int,
    *,
    compared_up_to: int = COMPARED_UP_TO,
) -> dict[int, float]:
    """The `depth` memes of `matching` nearest to `vector` with their cosines, best first; a clip's best frame answers.

    Fewer only when no more have a vector. Exact, unless more than `compared_up_to` match and the space has its index.
    vector: (dims,) float32, unit norm.
    """
    few = _ids_if_few(matching, compared_up_to)
    if few is not None:
        return _best_memes(comparing(space, vector, few), depth)
    if postgres_index.is_ready(space):
        with transaction.atomic():
            prepare_walk(depth)
            found = _best_memes(walking(space, vector, matching), depth)
        if len(found) == depth:
            return found
    return _best_memes(comparing(space, vector, matching), depth)


def comparing(space: EmbeddingSpace, vector: Vector, among: QuerySet[Meme] | list[int]) -> Frames:
    """Frames by distance. The graph is of another expression than this column, so the planner cannot take it."""
    rows = Embedding.objects.filter(space=space)
    rows = rows.filter(_IsMemeAmong(among)) if isinstance(among, list) else rows.filter(meme__in=among)
    ordered = rows.annotate(distance=MaxInnerProduct("vector", vector)).order_by("distance", "meme_id")
    return ordered.values_list("meme_id", "distance")


def walking(space: EmbeddingSpace, vector: Vector, matching: QuerySet[Meme]) -> Frames:
    """Frames, roughly by distance. By nothing else: with a second key to sort by, the graph is of no use."""
    indexed = Cast("vector", HalfVectorField(dimensions=space.dims))
    rows = Embedding.objects.filter(space=space, meme__in=matching)
    ordered = rows.annotate(distance=MaxInnerProduct(indexed, vector)).order_by("distance")
    return ordered.values_list("meme_id", "distance")


def prepare_walk(depth: int) -> None:
    """Set what a walk needs, for this transaction alone."""
    candidates = min(max(depth, LEAST_CANDIDATES), MOST_CANDIDATES)
    wanted = {**WALK, "hnsw.ef_search": str(candidates)}
    calls = ", ".join(["set_config(%s, %s, true)"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [part for setting in wanted.items() for part in setting])


class _IsMemeAmong(Func):
    """`meme_id = ANY(array)`: ten thousand parameters take Django and Postgres longer than the search."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, ids: list[int]) -> None:
        super().__init__(F("meme_id"), Value(ids, output_field=ArrayField(BigIntegerField())))


def _ids_if_few(matching: QuerySet[Meme], most: int) -> list[int] | None:
    ids = list(matching.order_by().values_list("pk", flat=True)[: most + 1])
    return ids if len(ids) <= most else None


def _best_memes(frames: Frames, depth: int) -> dict[int, float]:
    """Looks at more frames until they are of enough memes."""
    limit = depth + FRAMES_AHEAD
    while True:
        rows = list(frames[:limit])
        best: dict[int, float] = {}
        for meme_id, distance in rows:
            best[meme_id] = min(distance, best.get(meme_id, distance))
        if len(best) >= depth or len(rows) < limit:
            ordered = sorted(best.items(), key=lambda item: (item[1], item[0]))
            return {meme_id: -distance for meme_id, distance in ordered[:depth]}
        limit *= 4
