"""Concepts as terms of a search: `concept:"grumpy cat"^0.5`, and `concept:component-1` for a principal direction."""

from collections.abc import Sequence

from search.concepts import reading
from search.directions import NothingToCompare
from search.kinds import AnyUser, Numerous
from search.models import EmbeddingSpace
from search.query import Key, Role
from search.query.forms import Name
from search.vectors import Vector

MOST_OFFERED = 10


class ConceptKind(Numerous):
    """A `search.kinds.Kind`. What concepts there are does not depend on who asks."""

    key = Key(
        reading.KEY,
        "a concept that was learned from the library: what memes have more of it",
        'concept:"grumpy cat"^0.5',
        Name("the name of a concept"),
        Role.TERM,
        is_negatable=True,
    )

    def vector(self, user: AnyUser, space: EmbeddingSpace, value: str) -> Vector:
        """(dims,); of one that others were merged into, the sum of them all by how frequent they are."""
        place = reading.component(value)
        found = reading.direction(value) if place is None else reading.principal(space, place)
        if found is not None:
            return found
        if reading.active(space) is None:
            raise NothingToCompare("No concepts have been learned from this library yet.")
        raise NothingToCompare(f"There is no concept “{value}” here to search by.")

    def values(self, user: AnyUser, typed: str) -> Sequence[str]:
        """What begins with it, the most frequent first; then what has it inside."""
        model = reading.active()
        if model is None:
            return []
        wanted = " ".join(typed.lower().split())
        listed = reading.of(model).listed().order_by("-frequency", "pk").values_list("label", flat=True)
        found = list(listed.filter(label__startswith=wanted)[:MOST_OFFERED])
        if len(found) < MOST_OFFERED and wanted:
            found += listed.filter(label__contains=wanted).exclude(label__startswith=wanted)[
                : MOST_OFFERED - len(found)
            ]
        return found
