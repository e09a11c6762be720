"""The terms of a query as the rows of a form: a kind, a value, a sign and a weight each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from search.query.errors import BadQuery
from search.query.keys import Key, Role, as_filter, every_key, find
from search.query.parser import speakable
from search.query.terms import LARGEST_WEIGHT, ExactTerm, Term, is_weight, make, value_of

EXACT = "exact"  # words in quotation marks, which have no key


@dataclass(frozen=True)
class Row:
    """One term as it stands in the form; `weight` is never negative, the sign stands beside it."""

    kind: str = "about"
    value: str = ""
    is_negated: bool = False
    weight: str = "1"

    @property
    def is_blank(self) -> bool:
        return not self.value.strip()


def kinds() -> list[str]:
    """Those a row can have, in the order of the table."""
    names = [key.name for key in every_key() if key.role is Role.TERM]
    return [names[0], EXACT, *names[1:]]


def to_row(term: Term) -> Row:
    shown = str(value_of(term)) if isinstance(term, ExactTerm) else _key(term.key).form.write(value_of(term))
    return Row(term.key or EXACT, shown, term.weight < 0, shown_weight(abs(term.weight)))


def to_term(row: Row) -> Term:
    """What a row stands for. Raises BadQuery, whose parameter is the field of the row that is to blame."""
    value, weight = speakable(row.value).strip(), _weight(row)
    if row.kind == EXACT:
        return ExactTerm(value, -1.0 if row.is_negated else weight)  # words that must not occur have no weight
    key = _key(row.kind)
    if as_filter(key, value) is not None:
        raise BadQuery("This leaves memes out: write it among the filters.", parameter="value")
    try:
        read = key.form.read(value)
    except ValueError:
        shown = value if len(value) <= 40 else f"{value[:39]}…"
        raise BadQuery(f"This takes {key.form.takes}, not “{shown}”.", parameter="value") from None
    return make(key.name, read, (-weight if row.is_negated else weight) or 0.0, 0)


def from_lists(
    kinds: Iterable[str], values: Iterable[str], weights: Iterable[str], negated: Iterable[str]
) -> list[Row]:
    """The rows of a form whose fields are repeated; `negated` are the places, from 0, of those with a minus sign."""
    minus, given = set(negated), [list(kinds), list(values), list(weights)]
    rows = []
    for place in range(max(map(len, given))):
        kind, value, weight = (one[place] if place < len(one) else "" for one in given)
        rows.append(Row(kind or "about", value, str(place) in minus, weight or "1"))
    return rows


def shown_weight(weight: float) -> str:
    return f"{weight:g}" if float(f"{weight:g}") == weight else repr(weight)


def _weight(row: Row) -> float:
    try:
        weight = float(row.weight)
    except ValueError:
        weight = -1.0
    if not is_weight(weight) or weight < 0:
        raise BadQuery(f"A weight is a number from 0 to {LARGEST_WEIGHT:g}.", parameter="weight")
    return weight


def _key(name: str) -> Key:
    key: Any = find(name)
    if key is None or key.role is not Role.TERM:
        raise BadQuery(f"There is no kind of term “{name[:40]}”.", parameter="kind")
    return key  # type: ignore[no-any-return]  # find gives a Key or None
