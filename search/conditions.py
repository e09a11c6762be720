"""The condition that memes of a set fulfil, as SQL: several statements of one search ask for it, and it is written once."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import QuerySet

from search.models import Meme

KNOWN = "_condition"  # on a query set, which never changes: each refinement is another one
REMEMBERED = 1024  # people; a few kilobytes each


@dataclass(frozen=True)
class Condition:
    """`text` is of the columns of search_meme alone, to stand behind WHERE or AND."""

    text: str
    params: tuple[Any, ...]


def listed_for(user: User | AnonymousUser) -> QuerySet[Meme]:
    """What lists show `user`, as the same query set for all questions of a person: its condition is written once.

    To be narrowed, never to be read itself: it would remember its answer.
    """
    return _listed_for(user.pk) if user.is_authenticated else Meme.objects.listed_for(user)


@lru_cache(maxsize=REMEMBERED)
def _listed_for(user_id: int) -> QuerySet[Meme]:
    """Nothing but the number of somebody who is signed in makes a difference to it: what they want to see, Postgres knows."""
    return Meme.objects.listed_for(User(pk=user_id))


def of(memes: QuerySet[Meme]) -> Condition | None:
    """None when no meme can fulfil it. Order and limits of `memes` are no part of it."""
    if KNOWN not in memes.__dict__:
        memes.__dict__[KNOWN] = _written(memes)
    known: Condition | None = memes.__dict__[KNOWN]
    return known


def _written(memes: QuerySet[Meme]) -> Condition | None:
    query = memes.query
    joined = [name for name, uses in query.alias_refcount.items() if uses and name != Meme._meta.db_table]
    if joined or query.is_sliced or query.combinator:
        raise ValueError(f"more than a condition on memes: {joined or 'a part of a set'}")
    try:
        text, params = query.get_compiler(connection=connection).compile(query.where)
    except FullResultSet:
        return Condition("TRUE", ())
    except EmptyResultSet:
        return None
    return Condition(f"({text})", tuple(params))
