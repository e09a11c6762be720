"""The same search with more or less of a concept."""

from dataclasses import dataclass, replace

from search.concepts.reading import KEY
from search.query import MAX_TERMS, KindTerm, Query, Term
from search.query.terms import is_direction

STEP = 0.5  # of a weight: more, or less
LARGEST = 2.0  # that a slider goes to


@dataclass(frozen=True)
class Steered:
    """A concept that a query steers by, and how much."""

    label: str
    weight: float


def steered(query: Query) -> list[Steered]:
    return [Steered(term.value, term.weight) for term in query.terms if isinstance(term, KindTerm) and term.key == KEY]


def with_weight(query: Query, label: str, weight: float) -> Query | None:
    """`query` with the concept at this weight, without it at 0; None if that is no query: it would say nothing but what to
    stay away from, or too much."""
    kept = without(query, label).terms
    terms: tuple[Term, ...] = (*kept, KindTerm(KEY, label, weight)) if weight else kept
    directions = [term for term in terms if is_direction(term)]
    if len(terms) > MAX_TERMS or (directions and all(term.weight < 0 for term in directions)):
        return None
    return replace(query, terms=terms)


def without(query: Query, label: str) -> Query:
    """What is left of `query` when the concept is taken out, though that may be no query by itself."""
    return replace(query, terms=tuple(term for term in query.terms if not _is(term, label)))


def _is(term: Term, label: str) -> bool:
    return isinstance(term, KindTerm) and term.key == KEY and term.value.lower() == label.lower()
