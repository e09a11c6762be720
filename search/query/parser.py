"""From what somebody typed to a query."""

import re
from typing import Any

from search.query.errors import BadQuery
from search.query.keys import Key, Role, as_filter
from search.query.lexer import Piece, Token, tokens
from search.query.terms import LARGEST_WEIGHT, ExactTerm, Term, TextTerm, is_weight, make
from search.query.tree import Filter, Query, Sort

MAX_LENGTH = 2000  # characters, raw vectors not counted; nobody types more
MAX_LENGTH_WITH_VECTORS = 20_000
MAX_TERMS = 32
MAX_FILTERS = 32

_UNSPEAKABLE = re.compile("[\ud800-\udfff]")
_VECTOR = re.compile(r"\bvector:[A-Za-z0-9_=-]+", re.IGNORECASE)


def parse(text: str) -> Query:
    """Read what somebody typed. Words in a row are one text; `-word` is its opposite. Raises BadQuery."""
    return checked(read(text))


def read(text: str) -> Query:
    """Like `parse`, for a part of a query: it may have nothing but negative terms."""
    check_length(text)
    text = speakable(text)
    terms: list[Term] = []
    filters: list[Filter] = []
    sorts: list[Sort] = []
    words: list[Piece] = []
    for token in tokens(text):
        if token.key is None and not token.is_quoted and not token.is_negated and token.weight is None:
            if not words:
                terms.append(TextTerm("", at=token.at))  # its words are still being gathered
            words.append(token.pieces[0])
        elif token.key is None:
            terms += _term(token)
        elif token.key.role is Role.SORT:
            sorts.append(_sort(token, token.key, sorts))
        elif (key := _filter_key(token, token.key)) is not None:
            filters.append(_filter(token, key, filters))
        else:
            terms += _term(token)
    loose = " ".join(word.text for word in words)
    terms = [TextTerm(loose, at=term.at) if isinstance(term, TextTerm) and not term.text else term for term in terms]
    return Query(tuple(terms), tuple(filters), sorts[0] if sorts else None)


def speakable(text: str) -> str:
    """Without NUL, which no database keeps, and lone surrogates, which no encoding has; all else stays in its place."""
    return _UNSPEAKABLE.sub("\ufffd", text.replace("\x00", " "))


def checked(query: Query) -> Query:
    """The query, if it is not too large and looks for something. Raises BadQuery."""
    if len(query.terms) > MAX_TERMS:
        raise BadQuery(
            f"A query has at most {MAX_TERMS} terms; this one has {len(query.terms)}.", query.terms[MAX_TERMS].at
        )
    if len(query.filters) > MAX_FILTERS:
        raise BadQuery(
            f"A query has at most {MAX_FILTERS} filters; this one has {len(query.filters)}.",
            query.filters[MAX_FILTERS].at,
        )
    directions = query.directions
    if directions and all(term.weight < 0 for term in directions):
        raise BadQuery(
            "This query only says what to stay away from. Add something to look for, as in “cats -dogs”.",
            directions[0].at,
        )
    return query


def check_length(text: str) -> None:
    """Raises BadQuery. Before anything walks through it."""
    length = len(text)
    if MAX_LENGTH < length <= MAX_LENGTH_WITH_VECTORS:
        length = len(_VECTOR.sub("", text))
    if length > MAX_LENGTH:
        raise BadQuery(f"A query has at most {MAX_LENGTH} characters; this one has {length}.", MAX_LENGTH)


def _term(token: Token) -> list[Term]:
    """The term of a token; none for empty quotation marks."""
    weight = _weight(token)
    (piece,) = token.pieces
    if token.key is not None:
        return [make(token.key.name, _value(token.key, piece), weight, token.at)]
    if not token.is_quoted:
        return [TextTerm(piece.text, weight, at=token.at)]
    if weight < 0 and token.weight is not None:
        raise BadQuery("Words that must not occur have no weight.", token.weight.at)
    return [ExactTerm(piece.text.strip(), weight, at=token.at)] if piece.text.strip() else []


def _weight(token: Token) -> float:
    if token.weight is None:
        return -1.0 if token.is_negated else 1.0
    weight = float(token.weight.text)
    if not is_weight(weight):
        limits = f"-{LARGEST_WEIGHT:g} and {LARGEST_WEIGHT:g}"
        raise BadQuery(f"A weight is a number between {limits}.", token.weight.at)
    if token.is_negated and weight < 0:
        raise BadQuery("There is a minus sign before this term already.", token.weight.at)
    return (-weight if token.is_negated else weight) or 0.0  # never -0.0


def _filter_key(token: Token, key: Key) -> Key | None:
    """None for a term."""
    return key if key.role is Role.FILTER else as_filter(key, token.pieces[0].text)


def _filter(token: Token, key: Key, earlier: list[Filter]) -> Filter:
    _refuse_signs(token, key)
    if key.is_single and any(other.key == key.name for other in earlier):
        raise BadQuery(f"“{key.name}:” can stand in a query only once.", token.at)
    values = dict.fromkeys(_value(key, piece) for piece in token.pieces)  # in their order, each once
    return Filter(key.name, tuple(values), token.is_negated, at=token.at)


def _sort(token: Token, key: Key, earlier: list[Sort]) -> Sort:
    _refuse_signs(token, key)
    if earlier:
        raise BadQuery(f"“{key.name}:” can stand in a query only once.", token.at)
    order: Sort = _value(key, token.pieces[0])
    return order


def _refuse_signs(token: Token, key: Key) -> None:
    if token.weight is not None:
        raise BadQuery(f"“{key.name}:” has no weight: only what is looked for has one.", token.weight.at - 1)
    if token.is_negated and not key.is_negatable:
        raise BadQuery(f"“{key.name}:” cannot be turned around with a minus sign.", token.at)


def _value(key: Key, piece: Piece) -> Any:
    try:
        return key.form.read(piece.text)
    except ValueError:
        shown = piece.text if len(piece.text) <= 40 else f"{piece.text[:39]}…"
        raise BadQuery(f"“{key.name}:” takes {key.form.takes}, not “{shown}”.", piece.at) from None
