"""Some columns of memes, read by plain statements: lists show little of many."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models.base import ModelState

from search.models import Meme

# What a search reads of memes on its way it reads of more than are shown.
MOST_ON_THE_WAY = 4
LONG = frozenset({"title", "text"})


@dataclass(frozen=True)
class Columns:
    """These fields of a meme beside its number."""

    names: tuple[str, ...]

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        known = {known.name: known.attname for known in Meme._meta.concrete_fields}
        return tuple(known[name] for name in ("id", *self.names))

    def as_sql(self) -> str:
        return ", ".join(self.attributes)

    def meme(self, values: Sequence[Any]) -> Meme:
        """From a row of `as_sql`. What else is asked of it is read then. Django's own way takes six times as long, to tell
        those who listen; nobody listens to memes."""
        made = Meme.__new__(Meme)
        made._state = ModelState()
        made._state.db, made._state.adding = DEFAULT_DB_ALIAS, False
        made.__dict__.update(zip(self.attributes, values, strict=True))
        return made


@dataclass(frozen=True, eq=False)
class Read:
    """What was read of memes on the way to a page: who shows no more of them need not ask again."""

    columns: Columns
    rows: dict[int, Sequence[Any]] = field(default_factory=dict)  # by id, as `Columns.meme` takes them


def on_the_way(names: Sequence[str] | None) -> Read | None:
    """For what is shown of each meme; None when that is too much to be read of all that are looked at."""
    if not names or len(names) > MOST_ON_THE_WAY or LONG.intersection(names):
        return None
    return Read(Columns(tuple(names)))
