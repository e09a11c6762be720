"""A query while it is being built: the rows, sliders and fields of a form, and what they say so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from django.contrib.auth.models import AnonymousUser, User
from django.utils.datastructures import MultiValueDict

from search.kinds import is_numerous, joined
from search.query import BadQuery, Filter, KindTerm, Query, Sort, Term, from_pairs, to_pairs
from search.query.fields import FIELDS, NOT, Fields, from_fields, to_fields
from search.query.rows import Row, from_lists, shown_weight, to_row, to_term

AnyUser = User | AnonymousUser
REACH = 2.0  # of a slider, either way
STEP = 0.05


class FormData(Protocol):
    def getlist(self, key: str) -> list[str]: ...

    def __contains__(self, key: str, /) -> bool: ...


@dataclass(frozen=True)
class Slide:
    """A direction that another app offers, with a slider; at 0 it has no part in the query."""

    key: str
    value: str
    weight: str = "0"

    @property
    def name(self) -> str:
        return f"{self.key}:{self.value}"

    @property
    def reach(self) -> str:
        """How far the slider goes: further than usual for a weight that does."""
        return shown_weight(max(REACH, abs(_number(self.weight))))

    @property
    def step(self) -> str:
        """Of the slider: browsers move a weight between two steps onto one of them."""
        steps = _number(self.weight) / STEP
        return f"{STEP:g}" if abs(steps - round(steps)) < 1e-9 else "any"


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: `kind-0`, `value-0` or `weight-0` of a row, a field, a slider, or "" for all of it."""

    place: str
    message: str


@dataclass(frozen=True)
class Draft:
    """`query` is None while there are faults."""

    rows: list[Row]
    slides: list[Slide] = field(default_factory=list)
    fields: Fields = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    query: Query | None = None

    def pairs(self) -> list[tuple[str, str]]:
        """The form as it would be sent."""
        found = []
        for place, row in enumerate(self.rows):
            found += [("kind", row.kind), ("value", row.value), ("weight", row.weight)]
            found += [("minus", str(place))] if row.is_negated else []
        for slide in self.slides:
            found += [("slide", slide.name), ("amount", slide.weight)]
        return found + [(name, value) for name, values in self.fields.items() for value in values if value]


def is_form(data: FormData) -> bool:
    return "kind" in data


def from_form(user: AnyUser, data: FormData) -> Draft:
    """What was sent, faults and all; empty rows say nothing."""
    rows = from_lists(*(data.getlist(name) for name in ("kind", "value", "weight", "minus")))
    weights = dict(zip(data.getlist("slide"), data.getlist("amount"), strict=False))
    slides = [replace(slide, weight=weights.get(slide.name, "0") or "0") for slide in _offered(user)]
    fields = {name: data.getlist(name) for name in FIELDS if any(data.getlist(name))}
    faults: list[Fault] = []
    terms = [*_terms(rows, faults), *_slid(slides, faults)]
    filters, sort = _filters(fields, faults)
    query = None if faults else _checked(Query(tuple(terms), filters, sort), faults)
    return Draft(rows, slides, fields, faults, query)


def from_query(user: AnyUser, query: Query) -> Draft:
    """Nothing of it is lost: what no slider is offered for becomes a row."""
    offered = {slide.name: slide for slide in _offered(user)}
    rows: list[Row] = []
    for term in query.terms:
        slide = offered.get(f"{term.key}:{term.value}") if isinstance(term, KindTerm) else None
        if slide is None or slide.weight != "0":
            rows.append(to_row(term))
        else:
            minus = "-" if term.weight < 0 else ""
            offered[slide.name] = replace(slide, weight=minus + shown_weight(abs(term.weight)))
    return Draft(rows or [Row()], list(offered.values()), to_fields(query), [], query)


def from_address(user: AnyUser, query: Query, data: FormData) -> Draft:
    """A query, and what its address says beside it in fields and sliders of the form, which take the place of its own."""
    draft = from_query(user, query)
    given = {name: data.getlist(name) for name in FIELDS if any(data.getlist(name))}
    weights = dict(zip(data.getlist("slide"), data.getlist("amount"), strict=False))
    if not given and not weights:
        return draft
    negated = [name for name in draft.fields.get(NOT, []) if name not in given]
    fields = {**draft.fields, **given, NOT: [*negated, *given.get(NOT, [])]}
    slides = [replace(slide, weight=weights.get(slide.name, slide.weight)) for slide in draft.slides]
    return sent_again(user, replace(draft, fields=fields, slides=slides))


def sent_again(user: AnyUser, draft: Draft) -> Draft:
    """With the query and the faults of what it became."""
    sent: MultiValueDict[str, str] = MultiValueDict()
    for name, value in draft.pairs():
        sent.appendlist(name, value)
    return from_form(user, sent)


def changed(draft: Draft, order: str) -> Draft:
    """After `add`, or `remove-1`, `up-1` or `down-1` of a row; any other order changes nothing."""
    name, _, number = order.partition("-")
    rows = list(draft.rows)
    place = next((place for place in range(len(rows)) if number == str(place)), -1)
    if name == "add":
        rows.append(Row())
    elif place >= 0 and name == "remove":
        del rows[place]
    elif place >= 0 and name in ("up", "down"):
        other = min(max(0, place + (-1 if name == "up" else 1)), len(rows) - 1)
        rows[place], rows[other] = rows[other], rows[place]
    return replace(draft, rows=rows or [Row()])


def _offered(user: AnyUser) -> list[Slide]:
    few = [(name, kind) for name, kind in joined().items() if not is_numerous(name)]
    return [Slide(name, value) for name, kind in few for value in kind.values(user, "")]


def _terms(rows: Sequence[Row], faults: list[Fault]) -> Iterable[Term]:
    for place, row in enumerate(rows):
        if row.is_blank:
            continue
        try:
            yield to_term(row)
        except BadQuery as error:
            faults.append(Fault(f"{error.parameter}-{place}", str(error)))


def _slid(slides: Iterable[Slide], faults: list[Fault]) -> Iterable[Term]:
    for slide in slides:
        is_negated = slide.weight.strip().startswith("-")
        row = Row(slide.key, slide.value, is_negated, slide.weight.strip().removeprefix("-"))
        try:
            term = to_term(row)
        except BadQuery as error:
            faults.append(Fault(slide.name, str(error)))
            continue
        if term.weight:
            yield term


def _filters(fields: Mapping[str, Sequence[str]], faults: list[Fault]) -> tuple[tuple[Filter, ...], Sort | None]:
    try:
        return from_fields(fields)
    except BadQuery as error:
        faults.append(Fault(error.parameter, str(error)))
        return (), None


def _checked(query: Query, faults: list[Fault]) -> Query | None:
    """As it will be read from its address."""
    pairs = to_pairs(query)
    try:
        return from_pairs("".join(q for name, q in pairs if name == "q"), [e for name, e in pairs if name == "e"])
    except BadQuery as error:
        faults.append(Fault("", str(error)))
        return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
