"""From a query to text that is read as the same query: short, and the same for equal queries."""

from search.query.errors import BadQuery
from search.query.keys import Key, filter_of, find
from search.query.lexer import Token, quote, tokens
from search.query.terms import ExactTerm, Term, TextTerm, value_of
from search.query.tree import Filter, Query


def to_text(query: Query) -> str:
    """`parse(to_text(query)) == query`, for a query whose texts have no blanks at their ends."""
    loose = next((term for term in query.terms if isinstance(term, TextTerm) and _is_loose(term)), None)
    parts = [term.text if term is loose and isinstance(term, TextTerm) else write_term(term) for term in query.terms]
    parts += [_filter(part) for part in query.filters]
    if query.sort is not None:
        sort = _key("sort")
        parts.append(f"sort:{write_value(sort, _form(sort, query.sort))}")
    return " ".join(parts)


def write_term(term: Term) -> str:
    """One term as it stands in a query beside others."""
    minus = "-" if term.weight < 0 else ""
    size = abs(term.weight)
    weight = "" if size == 1 else f"^{size:g}" if float(f"{size:g}") == size else f"^{size!r}"
    if isinstance(term, ExactTerm):
        return f"{minus}{quote(term.text)}{weight}"
    if isinstance(term, TextTerm):
        lone = weight or ("" if minus else "^1")  # without a sign or a weight it would join the words beside it
        if _is_word(term.text, minus, lone):
            return f"{minus}{term.text}{lone}"
    key = _key(term.key)
    return f"{minus}{key.name}:{write_value(key, _form(key, value_of(term)))}{weight}"


def _filter(part: Filter) -> str:
    key = filter_of(_key(part.key))
    values = ",".join(write_value(key, _form(key, value)) for value in part.values)
    return f"{'-' if part.is_negated else ''}{key.name}:{values}"


def _key(name: str) -> Key:
    key = find(name)
    if key is None:
        raise ValueError(f"{name}: no such key")
    return key


def _form(key: Key, value: object) -> str:
    return key.form.write(value)


def write_value(key: Key, text: str) -> str:
    """A value after its key: bare where it is read as it is, else in quotation marks."""
    read = _only(f"{key.name}:{text}")
    is_bare = (
        read is not None
        and read.key
        and read.key.name == key.name
        and read.weight is None
        and [p.text for p in read.pieces] == [text]
    )
    return text if is_bare else quote(text)


def _is_loose(term: TextTerm) -> bool:
    return term.weight == 1 and term.text == " ".join(term.text.split()) and all(map(_is_word, term.text.split()))


def _is_word(text: str, minus: str = "", weight: str = "") -> bool:
    """Whether `text` is read as a word, between this sign and this weight."""
    read = _only(f"{minus}{text}{weight}")
    if read is None or read.key is not None or text.startswith(('"', "“", "„")):
        return False
    found = read.weight.text if read.weight else ""
    return (read.pieces[0].text, read.is_negated, found) == (text, bool(minus), weight.removeprefix("^"))


def _only(text: str) -> Token | None:
    """The token that `text` is, unless it is several, or none that can be read."""
    try:
        found = list(tokens(text))
    except BadQuery:
        return None
    return found[0] if len(found) == 1 else None
