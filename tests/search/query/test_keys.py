"""The table of keys, and kinds of term that join it."""

from collections.abc import Iterator

import pytest

from search.query import Key, KindTerm, Query, Role, TextTerm, parse, to_text
from search.query.forms import Choice, Name
from search.query.keys import closest, every_key, find, forget, register

MOOD = Key("mood", "what somebody likes", "mood:useful", Name("the name of an axis"), Role.TERM, is_negatable=True)


@pytest.fixture
def mood() -> Iterator[None]:
    register(MOOD)
    yield
    forget("mood")


def test_a_registered_kind_is_read_and_printed(mood: None) -> None:
    query = parse('cats mood:useful^0.5 -mood:"very odd"')
    assert query == Query((TextTerm("cats"), KindTerm("mood", "useful", 0.5), KindTerm("mood", "very odd", -1.0)))
    assert parse(to_text(query)) == query


def test_without_its_kind_a_key_is_text() -> None:
    assert parse("mood:useful") == Query((TextTerm("mood:useful"),))


def test_registering_a_kind_again_changes_nothing(mood: None) -> None:
    register(MOOD)
    assert [key.name for key in every_key()].count("mood") == 1


def test_a_kind_cannot_take_a_key_that_is_taken() -> None:
    for other in (
        Key("like", "", "", Name("x"), Role.TERM),
        Key("colour", "", "", Choice(("red", "blue")), Role.FILTER),
    ):
        with pytest.raises(ValueError, match="cannot be registered"):
            register(other)
    forget("colour")


def test_every_example_is_read_as_its_key() -> None:
    for key in every_key():
        query = parse(key.example)
        parts = [term.key for term in query.terms] + [part.key for part in query.filters] + ["sort"] * bool(query.sort)
        assert parts == [key.name], key.example


def test_no_two_keys_share_a_name() -> None:
    names = [name for key in every_key() for name in (key.name, *key.aliases)]
    assert len(names) == len(set(names))
    assert all(find(name.upper()) is find(name) for name in names)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("sourc", "source"), ("soruce", "source"), ("heigth", "height"), ("tags", "tag"), ("typ", "type"), ("authors", "by"),
     ("http", None), ("life", None), ("port", None), ("bike", None), ("x", None), ("", None), ("i", None), ("to", None)],
)  # fmt: skip
def test_a_slip_of_a_key_is_known(typed: str, meant: str | None) -> None:
    found = closest(typed)
    assert (found and found.name) == meant
