"""Concepts as terms of a search: `concept:"grumpy cat"^0.5`, and `concept:component-1` for a principal direction."""

from collections.abc import Sequence

import numpy as np

from search.concepts import reading
from search.directions import NothingToCompare
from search.kinds import AnyUser
from search.models import Concept, ConceptModel, EmbeddingSpace
from search.query import Key, Role
from search.query.forms import Name
from search.vectors import Vector, combine, to_array

MOST_OFFERED = 10


class ConceptKind:
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
        model = reading.active(space)
        if model is None:
            raise NothingToCompare("No concepts have been learned from this library yet.")
        place = reading.component(value)
        if place is not None:
            return _component(model, place, value)
        found = reading.called(model, value)
        if found is None:
            raise _missing(value)
        parts = [found, *Concept.objects.filter(merged_into=found)]
        if len(parts) == 1:
            return to_array(found.direction)
        return combine([to_array(part.direction) for part in parts], [part.frequency for part in parts])

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


def _component(model: ConceptModel, place: int, value: str) -> Vector:
    packed = ConceptModel.objects.filter(pk=model.pk).values_list("components", "space__dims").first()
    rows = np.frombuffer(packed[0], "<f2").reshape(-1, packed[1]) if packed else np.empty((0, 1))
    if place >= len(rows):
        raise _missing(value)
    return np.asarray(rows[place], np.float32)


def _missing(value: str) -> NothingToCompare:
    return NothingToCompare(f"There is no concept “{value}” here to search by.")
