"""The query language of the search box, with no knowledge of where anything is looked up."""

from search.query.address import from_pairs, to_address, to_pairs
from search.query.errors import BadQuery
from search.query.keys import Key, Role
from search.query.parser import MAX_FILTERS, MAX_LENGTH, MAX_TERMS, parse, speakable
from search.query.printer import to_text, write_term
from search.query.terms import (
    AverageTerm,
    ExactTerm,
    KindTerm,
    LikeTerm,
    PictureTerm,
    Term,
    TextTerm,
    VectorTerm,
)
from search.query.tree import Bounds, Filter, Percentile, Query, Sort, Value

__all__ = [
    "MAX_FILTERS",
    "MAX_LENGTH",
    "MAX_TERMS",
    "AverageTerm",
    "BadQuery",
    "Bounds",
    "ExactTerm",
    "Filter",
    "Key",
    "KindTerm",
    "LikeTerm",
    "Percentile",
    "PictureTerm",
    "Query",
    "Role",
    "Sort",
    "Term",
    "TextTerm",
    "Value",
    "VectorTerm",
    "from_pairs",
    "parse",
    "speakable",
    "to_address",
    "to_pairs",
    "to_text",
    "write_term",
]
