"""A query as data: the same for the box, the builder, the address, the API and the terminal."""

from dataclasses import dataclass, field
from datetime import date

from search.query.terms import ExactTerm, Term, VectorTerm, is_direction


@dataclass(frozen=True)
class Bounds:
    """Whole numbers from `low` to `high`, both included; None where there is no bound."""

    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Percentile:
    """At least `percent` of the whole library lie below by what `name` says, or with `is_below` fewer do."""

    name: str
    percent: float
    is_below: bool = False


Value = str | date | Bounds | Percentile


@dataclass(frozen=True)
class Filter:
    """What every result must have, or with `is_negated` must not: one of `values`."""

    key: str
    values: tuple[Value, ...]
    is_negated: bool = False
    at: int = field(default=0, compare=False, repr=False, kw_only=True)  # its first character in what was typed


@dataclass(frozen=True)
class Sort:
    """An order other than the closest first; `seed` tells one random order from another, `name` one taste from another."""

    by: str
    seed: int | None = None
    name: str = ""


@dataclass(frozen=True)
class Query:
    """Terms are summed into one direction; filters leave out what they do not let through; then comes the order.

    Raw vectors stand last, whatever order they were given in: an address has a parameter of its own for them.
    """

    terms: tuple[Term, ...] = ()
    filters: tuple[Filter, ...] = ()
    sort: Sort | None = None

    def __post_init__(self) -> None:
        ordered = sorted(self.terms, key=lambda term: isinstance(term, VectorTerm))
        object.__setattr__(self, "terms", tuple(ordered))

    def is_empty(self) -> bool:
        """Whether nothing at all was asked."""
        return not self.terms and not self.filters and self.sort is None

    @property
    def phrases(self) -> tuple[str, ...]:
        """Words that must occur."""
        return tuple(term.text for term in self.terms if isinstance(term, ExactTerm) and term.weight >= 0)

    @property
    def banned(self) -> tuple[str, ...]:
        """Words that must not occur."""
        return tuple(term.text for term in self.terms if isinstance(term, ExactTerm) and term.weight < 0)

    @property
    def directions(self) -> tuple[Term, ...]:
        """The terms that have a part in the sum of vectors."""
        return tuple(term for term in self.terms if is_direction(term))
