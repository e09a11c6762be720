"""Any query there can be, for Hypothesis."""

import struct
from datetime import date

from hypothesis import strategies as st

from search.query import (
    AverageTerm,
    Bounds,
    ExactTerm,
    Filter,
    LikeTerm,
    PictureTerm,
    Query,
    Sort,
    TextTerm,
    VectorTerm,
)

# Half of the texts are made of what means something to the lexer.
LETTERS = st.text(min_size=1, max_size=12) | st.text(alphabet='ab \\"“”-^:,.12>=\n猫', min_size=1, max_size=12)
AWKWARD = st.sampled_from(
    [
        "type:video",
        "-dogs",
        '"',
        "“a”",
        "a^2",
        "^_^",
        "--",
        "->",
        "like:",
        "sourc:x",
        "x\\",
        '\\"',
        "a,b",
        "5'11\"",
        "in:",
    ]
)
TEXTS = (LETTERS | AWKWARD).map(lambda text: text.replace("\x00", "").strip()).filter(bool)
WEIGHTS = st.sampled_from([1.0, -1.0, 0.5, 2.0, 0.0]) | st.floats(-100, 100).map(lambda weight: weight or 0.0)
HALVES = (
    st.lists(st.floats(-100, 100, width=16), min_size=1, max_size=8)
    .filter(any)
    .map(lambda numbers: struct.pack(f"<{len(numbers)}e", *numbers))
)
REFERENCES = st.from_regex(r"[A-Za-z0-9_-]{16,64}|https?://[a-z.]{1,9}/[!-~]{0,20}", fullmatch=True)
TERMS = st.one_of(
    st.builds(TextTerm, TEXTS, WEIGHTS),
    st.builds(ExactTerm, TEXTS, st.just(-1.0) | st.floats(0, 100).map(lambda weight: weight or 0.0)),
    st.builds(LikeTerm, st.integers(0, 10**18 - 1), WEIGHTS),
    st.builds(PictureTerm, REFERENCES, WEIGHTS),
    st.builds(AverageTerm, TEXTS, WEIGHTS),
    st.builds(VectorTerm, HALVES, WEIGHTS),
)
DAYS = st.dates(date(1000, 1, 1), date(2999, 12, 31)) | st.sampled_from([date(2026, 1, 1), date(2026, 3, 1)])


def bounds(largest: int, *, is_exact: bool) -> st.SearchStrategy[Bounds]:
    number = st.integers(0, largest) | st.sampled_from([0, 1, 999, 1000, 1001, 2_000_001, largest])
    ranges = st.tuples(number, number).map(lambda pair: Bounds(min(pair), max(pair)))
    exact = number.map(lambda same: Bounds(same, same)) if is_exact else st.nothing()
    return st.one_of(
        number.map(lambda low: Bounds(low, None)), number.map(lambda high: Bounds(None, high)), ranges, exact
    )


def many(key: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[Filter]:
    several = st.lists(values, min_size=1, max_size=3, unique=True).map(tuple)
    return st.builds(Filter, st.just(key), several, st.booleans())


def one(key: str, values: st.SearchStrategy[str | date | Bounds]) -> st.SearchStrategy[Filter]:
    return st.builds(Filter, st.just(key), values.map(lambda value: (value,)))


REPEATABLE = st.one_of(
    many("type", st.sampled_from(["image", "animation", "video"])),
    many("has", st.sampled_from(["text", "sound", "title"])),
    *(many(key, TEXTS) for key in ("source", "community", "by", "tag", "in")),
    *(one(key, bounds(10**9, is_exact=True)) for key in ("width", "height")),
    one("size", bounds(10**15, is_exact=False)),
)
SINGLE = {"before": DAYS, "after": DAYS, "nsfw": st.sampled_from(["no", "only", "any"])}
SORTS = st.builds(Sort, st.sampled_from(["new", "old", "random", "size", "score"])) | st.builds(
    Sort, st.just("random"), st.integers(0, 10**9 - 1)
)


def looks_for_something(query: Query) -> bool:
    return not query.directions or any(term.weight > 0 for term in query.directions)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Queries that can be asked: not too large, and not only negative."""
    filters = draw(st.lists(REPEATABLE, max_size=4))
    filters += [draw(one(key, values)) for key, values in SINGLE.items() if draw(st.booleans())]
    order = draw(st.permutations(filters))
    terms = draw(st.lists(TERMS, max_size=5))
    query = Query(tuple(terms), tuple(order), draw(st.none() | SORTS))
    return query if looks_for_something(query) else Query((*query.terms, TextTerm("cats")), query.filters, query.sort)
