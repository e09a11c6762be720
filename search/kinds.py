"""Kinds of term that other apps join to the query language, by a dotted path in settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, runtime_checkable

import numpy as np
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models.expressions import Expression, Subquery
from django.utils.module_loading import import_string

from search.models import EmbeddingSpace
from search.query import Key, KindTerm
from search.query.keys import register
from search.sidecar.terms import Ids
from search.vectors import Vector

AnyUser = User | AnonymousUser


class Kind(Protocol):
    """A taste, a concept: a name that stands for a direction. `settings.SEARCH_TERM_KINDS` names its class."""

    @property
    def key(self) -> Key:
        """Its line in the table of keys: `Role.TERM`, with a form that reads and writes text."""

    def vector(self, user: AnyUser, space: EmbeddingSpace, value: str) -> Vector:
        """(dims,) in `space`, the active one, of any length but zero.

        Raises search.directions.NothingToCompare when there is none.
        """

    def values(self, user: AnyUser, typed: str) -> Sequence[str]:
        """What `user` may mean by the beginning `typed`, the likeliest first."""


@runtime_checkable
class DeepKind(Protocol):
    """A kind some of whose values no direction can stand for, such as a taste learned by a network: what the other terms find
    best is put in order by those. Where they stand alone, their `vector` finds what that is."""

    def is_deep(self, user: AnyUser, space: EmbeddingSpace, value: str) -> bool:
        """Whether `value` is such a one; of the others `vector` is all there is. Of what is not there, False."""

    def scores(self, user: AnyUser, space: EmbeddingSpace, value: str, meme_ids: Ids) -> Vector:
        """meme_ids (n,) int64 -> (n,) float32, comparable with cosines; 0 for memes that nothing can be said of."""


class Numerous:
    """Base of a kind with too many values for a slider each. What each adds to a result is not told: that would take another
    question to the sidecar."""


@dataclass(frozen=True)
class Scale:
    """A number for each meme, the more the better: `sort:taste:useful` and `taste:useful>=80%` go by it."""

    number: "Expression | Subquery[Any]"  # an expression on memes; null where nothing is known
    at: Callable[[float], float]  # percent -> the number that this much of the whole library lies below


@runtime_checkable
class ScaledKind(Protocol):
    """A kind that keeps a number for each meme, such as a score. Any other is measured along its `vector`."""

    def scale(self, user: AnyUser, space: EmbeddingSpace, value: str) -> Scale | None:
        """Of stored percentiles, `Scale(Subquery(…), lambda percent: percent)`; None for what its direction says all of.
        Raises NothingToCompare as `vector` does."""


@cache
def _made(path: str) -> Kind:
    kind: Kind = import_string(path)()
    return kind


def joined() -> dict[str, Kind]:
    """By key. Makes the parser know them; the app calls it when it is ready."""
    kinds = [_made(path) for path in settings.SEARCH_TERM_KINDS]
    for kind in kinds:
        register(kind.key)
    return {kind.key.name: kind for kind in kinds}


def is_deep(key: str, user: AnyUser, space: EmbeddingSpace, value: str) -> bool:
    kind = joined()[key]
    return isinstance(kind, DeepKind) and kind.is_deep(user, space, value)


def is_numerous(key: str) -> bool:
    return isinstance(joined()[key], Numerous)


def has_deep(key: str) -> bool:
    """Whether anything of this kind can be deep."""
    return isinstance(joined()[key], DeepKind)


def scores(term: KindTerm, user: AnyUser, space: EmbeddingSpace, meme_ids: Ids) -> Vector:
    """What a term of a deep kind says of these memes, (n,) float32; anything but a finite number counts as 0."""
    kind = joined()[term.key]
    assert isinstance(kind, DeepKind)
    given = np.asarray(kind.scores(user, space, term.value, meme_ids), np.float32)
    return np.nan_to_num(given, nan=0.0, posinf=0.0, neginf=0.0)
