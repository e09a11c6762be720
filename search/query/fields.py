"""The filters and the order of a query as the fields of a form; what fits into none of them stands in `also` as text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from search.query.errors import BadQuery
from search.query.keys import Key, find
from search.query.lexer import quote
from search.query.parser import read
from search.query.printer import to_text, write_value
from search.query.tree import Bounds, Filter, Query, Sort

CHOSEN = ("type", "has")  # any number of a few words
NAMED = ("source", "community", "by", "tag", "in")  # names with commas between them, which `not` turns around
DAYS = ("after", "before")
MEASURED = ("width", "height", "size")  # with `_from` and `_to`
NOT, NSFW, SORT, ALSO = "not", "nsfw", "sort", "also"
FIELDS = (
    *CHOSEN,
    *NAMED,
    *DAYS,
    *(f"{key}_{end}" for key in MEASURED for end in ("from", "to")),
    NOT,
    NSFW,
    SORT,
    ALSO,
)

# The spaces behind a name are taken off later: to look for them here costs the square of their number.
_ITEM = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")\s*(?=,|\Z)|([^,]*))(?:,|\Z)', re.DOTALL)
Fields = dict[str, list[str]]


def to_fields(query: Query) -> Fields:
    """Nothing is lost: `from_fields` makes the same filters of it, though not always in their order."""
    fields: Fields = {}
    left = [part for part in query.filters if not _place(part, fields)]
    if left:
        fields[ALSO] = [to_text(Query(filters=tuple(left)))]
    if query.sort is not None:
        fields[SORT] = [_key(SORT).form.write(query.sort)]
    return fields


def from_fields(fields: Mapping[str, Sequence[str]]) -> tuple[tuple[Filter, ...], Sort | None]:
    """Raises BadQuery, whose parameter is the field that is to blame."""
    filters: list[Filter] = []
    for name in CHOSEN:
        filters += _filter(name, name, [value for value in fields.get(name, ()) if value])
    for name in NAMED:
        filters += _filter(name, name, _items(_first(fields, name)), name in fields.get(NOT, ()))
    for name in (*DAYS, NSFW):
        filters += _filter(name, name, [_first(fields, name)])
    for name in MEASURED:
        filters += _measured(name, _first(fields, f"{name}_from"), _first(fields, f"{name}_to"))
    return (*filters, *_also(_first(fields, ALSO))), _sort(_first(fields, SORT))


# --- into fields ---------------------------------------------------------------------------------------------------


def _place(part: Filter, fields: Fields) -> bool:
    """Put a filter into the fields of its key, unless they are taken or cannot say it."""
    if part.key not in FIELDS and part.key not in MEASURED:
        return False
    key = _key(part.key)
    names = [f"{part.key}_from", f"{part.key}_to"] if part.key in MEASURED else [part.key]
    if any(name in fields for name in names) or (part.is_negated and part.key not in NAMED):
        return False
    if part.key in MEASURED:
        (bounds,) = part.values
        assert isinstance(bounds, Bounds)
        ends = {"from": Bounds(bounds.low, None), "to": Bounds(None, bounds.high)}
        fields |= {f"{part.key}_{end}": [_end(key, one)] for end, one in ends.items() if one != Bounds()}
    elif part.key in NAMED:
        fields[part.key] = [", ".join(map(_item, map(str, part.values)))]
        fields.setdefault(NOT, []).extend([part.key] if part.is_negated else [])
    elif part.key in CHOSEN or part.key in DAYS:
        fields[part.key] = [_written(key, value) for value in part.values]
    else:
        fields[part.key] = [key.form.write(value) for value in part.values]
    return True


def _written(key: Key, value: object) -> str:
    """Dates in full, as the fields of browsers take them."""
    return value.isoformat() if isinstance(value, date) else key.form.write(value)


def _end(key: Key, bound: Bounds) -> str:
    return key.form.write(bound).removeprefix(">=").removeprefix("<=")


def _item(text: str) -> str:
    return quote(text) if not text or text != text.strip() or text.startswith('"') or "," in text else text


# --- out of fields -------------------------------------------------------------------------------------------------


def _first(fields: Mapping[str, Sequence[str]], name: str) -> str:
    given = fields.get(name, ())
    return given[0].strip() if given else ""


def _items(text: str) -> list[str]:
    """Names with commas between them; quotation marks around one that has commas itself."""
    found = [match[1] or match[2].strip() for match in _ITEM.finditer(text)]
    return [re.sub(r'\\(["\\])', r"\1", item[1:-1]) if item[:1] == '"' == item[-1:] and len(item) > 1 else item
            for item in found if item]  # fmt: skip


def _filter(field: str, name: str, texts: Iterable[str], is_negated: bool = False) -> list[Filter]:
    key = _key(name)
    written = ",".join(write_value(key, text) for text in texts if text)
    return list(_read(field, f"{'-' if is_negated else ''}{name}:{written}").filters) if written else []


def _measured(name: str, low: str, high: str) -> list[Filter]:
    """One filter of both ends."""
    ends = [
        _read(f"{name}_{end}", f"{name}:{text if text[0] in '<>=' else sign + text}").filters[0].values[0]
        for end, sign, text in (("from", ">=", low.replace(" ", "")), ("to", "<=", high.replace(" ", "")))
        if text
    ]
    bounds = [end for end in ends if isinstance(end, Bounds)]
    if not bounds:
        return []
    lows = [one.low for one in bounds if one.low is not None]
    highs = [one.high for one in bounds if one.high is not None]
    both = Bounds(max(lows, default=None), min(highs, default=None))
    if both.low is not None and both.high is not None and both.low > both.high:
        raise BadQuery(f"“{name}” from {low} to {high}: nothing is between.", parameter=f"{name}_to")
    return [Filter(name, (both,))]


def _also(text: str) -> tuple[Filter, ...]:
    found = _read(ALSO, text)
    if found.terms or found.sort:
        raise BadQuery("Only filters can stand here, such as -tag:old.", parameter=ALSO)
    return found.filters


def _sort(text: str) -> Sort | None:
    return _read(SORT, f"{SORT}:{write_value(_key(SORT), text)}").sort if text else None


def _read(field: str, text: str) -> Query:
    try:
        return read(text)
    except BadQuery as error:
        raise BadQuery(str(error), error.position, field) from None


def _key(name: str) -> Key:
    key = find(name)
    assert key is not None
    return key
