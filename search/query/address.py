"""A query as the parameters of an address: `q` for what can be typed, `e` for each raw embedding."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from search.query.errors import BadQuery
from search.query.parser import checked, read
from search.query.printer import to_text, write_term
from search.query.terms import VectorTerm
from search.query.tree import Query


def to_pairs(query: Query) -> list[tuple[str, str]]:
    """Parameters in their order; `e` is an embedding, with `^` and its weight when that is not 1."""
    typed = to_text(replace(query, terms=tuple(term for term in query.terms if not isinstance(term, VectorTerm))))
    vectors = [_bare(term) for term in query.terms if isinstance(term, VectorTerm)]
    return ([("q", typed)] if typed else []) + [("e", vector) for vector in vectors]


def to_address(query: Query) -> str:
    """What follows the question mark."""
    return urlencode(to_pairs(query))


def from_pairs(q: str, e: Sequence[str] = ()) -> Query:
    """The query of an address. Raises BadQuery, whose position is one in `q` unless its parameter is `e`."""
    typed = read(q)
    vectors = [term for given in e for term in _vectors(given)]
    return checked(replace(typed, terms=(*typed.terms, *vectors)))


def _vectors(given: str) -> tuple[VectorTerm, ...]:
    try:
        found = read(f"vector:{given}")
    except BadQuery as error:
        raise BadQuery(str(error).replace("“vector:”", "“e”"), parameter="e") from None
    vectors = tuple(term for term in found.terms if isinstance(term, VectorTerm))
    if len(vectors) != 1 or found != Query(vectors):
        raise BadQuery("“e” takes one embedding, which may have a weight: AAA8AAA0^0.5.", parameter="e")
    return vectors


def _bare(term: VectorTerm) -> str:
    sign = "-" if term.weight < 0 else ""
    text = write_term(replace(term, weight=abs(term.weight))).removeprefix("vector:")
    if not sign:
        return text
    vector, _, weight = text.partition("^")
    return f"{vector}^-{weight or '1'}"
