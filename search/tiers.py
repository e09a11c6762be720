"""Memes tier by tier in one statement: a tier is looked at only while those before it found too few."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Q, QuerySet, sql

from search import conditions
from search.conditions import Condition
from search.models import Meme

# Of each tier, the newest so many are put in order: a word that everything contains must not sort the whole library.
CANDIDATES = 1000
BY_LENGTH = 1  # ts_rank_cd divides by 1 + log(length)
NEWEST = "SELECT id AS pk, words, title, text, phash FROM search_meme"

Written = tuple[str, tuple[Any, ...]]  # SQL and its parameters


@dataclass(frozen=True)
class Closest:
    """Memes with these words, by how close together they stand, in how long a text."""

    wanted: SearchQuery

    def condition(self, query: sql.Query) -> Written:
        text, params = self._compiled(query)
        return f'"search_meme"."words" @@ {text}', params

    def rank(self, query: sql.Query) -> Written:
        text, params = self._compiled(query)
        return f"ts_rank_cd(words, {text}, {BY_LENGTH})", params

    def _compiled(self, query: sql.Query) -> Written:
        text, params = _compiler(query).compile(self.wanted.resolve_expression(query))
        return text, tuple(params)


@dataclass(frozen=True)
class Shortest:
    """Memes that fulfil this, those that say least first."""

    wanted: Q

    def condition(self, query: sql.Query) -> Written:
        text, params = _compiler(query).compile(query.build_where(self.wanted))
        return text, tuple(params)

    def rank(self, query: sql.Query) -> Written:
        return "-(length(title) + length(text))", ()


@dataclass(frozen=True)
class Tier:
    """Looked at only while the tiers before it found fewer than `enough`."""

    members: Closest | Shortest
    enough: int


def found(matching: QuerySet[Meme], tiers: Sequence[Tier], depth: int) -> dict[int, int | None]:
    """Perceptual hashes of some of `matching` by their ids: at most `depth` of each tier, the best tier first, each meme once.

    What makes `matching` is written once for all tiers: Django takes longer for that than Postgres for the answer.
    """
    allowed = conditions.of(matching)
    if allowed is None:
        return {}
    statement, values = "", list[Any]()
    for number, tier in enumerate(tiers):
        arm, filled = _arm(tier, number, allowed, max(CANDIDATES, depth))
        statement += f"{', ' if number else 'WITH '}tier{number} AS MATERIALIZED ({arm} LIMIT %s)"
        values += [*filled, depth]
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} {_all(len(tiers), '*')} ORDER BY tier, rank DESC, pk DESC", values)
        return {pk: phash for _, pk, _, phash in cursor.fetchall()}


def _arm(tier: Tier, number: int, allowed: Condition, candidates: int) -> Written:
    query = Meme.objects.all().query
    (condition, given), (rank, asked) = tier.members.condition(query), tier.members.rank(query)
    newest = f"{NEWEST} WHERE {allowed.text} AND {condition} ORDER BY id DESC LIMIT %s"
    bound = f"WHERE (SELECT count(DISTINCT pk) FROM ({_all(number, 'pk')}) AS found) < %s" if number else ""
    return (
        f"SELECT {number} AS tier, pk, {rank} AS rank, phash FROM ({newest}) AS newest {bound} ORDER BY rank DESC, pk DESC",
        (*asked, *allowed.params, *given, candidates, *([tier.enough] if number else [])),
    )


def _all(count: int, columns: str) -> str:
    """Of the first `count` tiers."""
    return " UNION ALL ".join(f"SELECT {columns} FROM tier{number}" for number in range(count))


def _compiler(query: sql.Query) -> Any:
    return query.get_compiler(connection=connection)
